;;; cover-bridge-client.el --- The process behind cover-bridge.el  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Starts the program cover-bridge when it is first needed and talks to
;; it over jsonrpc.el.  When it dies while covers are followed, it is
;; started again with growing delays.

;;; Code:

(require 'cl-lib)
(require 'jsonrpc)
(require 'auth-source)
(require 'cover-bridge-calls)

(defgroup cover-bridge nil
  "Follow the generation of Suno covers on Kie.ai."
  :group 'external
  :prefix "cover-bridge-")

(defcustom cover-bridge-command '("cover-bridge" "serve")
  "The program cover-bridge and its first arguments."
  :type '(repeat string))

(defcustom cover-bridge-sandbox nil
  "Whether to follow pretend covers, without a key or a network.
What such a cover does is read from its id: \"success-6s\", \"fail-2s\"."
  :type 'boolean)

(defcustom cover-bridge-journal nil
  "A file that keeps what is followed over restarts, or nil for none.
A relative name counts from the home folder."
  :type '(choice (const :tag "None" nil) file))

(defcustom cover-bridge-auth-host "api.kie.ai"
  "The host whose secret in `auth-sources' is the key, or nil.
The variable KIE_API_KEY of the environment comes first."
  :type '(choice (const :tag "Do not look there" nil) string))

(defcustom cover-bridge-restart-delays '(1 2 4 8 16 30)
  "Seconds before each new start of a bridge that died.
One that lived for half a minute begins with the first delay again."
  :type '(repeat number))

(defvar cover-bridge-client-notification-function #'ignore
  "Called with the method, a symbol, and the parameters, a plist.")

(defvar cover-bridge-client-refused-function #'ignore
  "Called with the error of a message that the bridge could not take.
No request gets it, since the bridge cannot tell which one was meant.")

(defvar cover-bridge-client-started-function #'ignore
  "Called with the answer to `initialize', a plist, by each new process.")

(defvar cover-bridge-client-restarted-function #'ignore
  "Called without arguments when a bridge that died has been started again.")

(defvar cover-bridge-client-lost-function #'ignore
  "Called when the bridge died, with the reason and a delay.
The delay is the time to its next start in seconds, or nil if there will
be none.")

(defvar cover-bridge-client-wanted-p #'ignore
  "Returns non-nil if it is worth starting a bridge again that died.")

(defvar cover-bridge-client--connection nil)
(defvar cover-bridge-client--started-at nil)
(defvar cover-bridge-client--attempts 0)
(defvar cover-bridge-client--buffer nil
  "The buffer in which the bridge was started by a command.
`process-environment' and the variable `exec-path' may be local to it.")

(defun cover-bridge-client-running-p ()
  "Return non-nil if the bridge is up."
  (and cover-bridge-client--connection
       (jsonrpc-running-p cover-bridge-client--connection)))

(defun cover-bridge-client--folder ()
  "The folder of the bridge: that of the user, or the root where there is none.
The folder of the current buffer may be remote, or gone by the next start."
  (let ((home (ignore-errors (expand-file-name "~/"))))
    (if (and home (file-accessible-directory-p home)) home "/")))

(defun cover-bridge-client-command-line ()
  "The command line of the bridge, as a list."
  (append cover-bridge-command
          (and cover-bridge-sandbox '("--sandbox"))
          (and cover-bridge-journal
               (list "--journal"
                     ;; A name that SQLite would not take for a file's is left
                     ;; to the bridge, which says what is wrong with it.
                     (if (string-match-p "\\`\\(?::memory:\\'\\|file:\\)"
                                         cover-bridge-journal)
                         cover-bridge-journal
                       (expand-file-name cover-bridge-journal
                                         (cover-bridge-client--folder)))))))

(defun cover-bridge-client--key ()
  "The key from `auth-sources', or nil."
  (let* ((found (and cover-bridge-auth-host
                     (not cover-bridge-sandbox)
                     ;; An empty one is none.
                     (member (getenv "KIE_API_KEY") '(nil ""))
                     (car (auth-source-search :host cover-bridge-auth-host :max 1))))
         (secret (plist-get found :secret)))
    (if (functionp secret) (funcall secret) secret)))

(defun cover-bridge-client--make-process ()
  "Start the process."
  ;; In the environment, since what goes over the wire is shown in jsonrpc.el's events buffer.
  (let* ((key (cover-bridge-client--key))
         (process-environment (if key (cons (concat "KIE_API_KEY=" key) process-environment)
                                process-environment)))
    ;; jsonrpc.el would do it later, before there is a sentinel: if the new process is dead by then, nobody
    ;; would hear of it, since Emacs tells of all deaths when that of the old buffer's process is told.
    (ignore-errors (kill-buffer " *cover-bridge stderr*"))
    (make-process :name "cover-bridge"
                  :command (cover-bridge-client-command-line)
                  :connection-type 'pipe
                  :coding 'utf-8-emacs-unix
                  :noquery t
                  :stderr (get-buffer-create "*cover-bridge stderr*"))))

(defun cover-bridge-client--received (connection message)
  "Tell of MESSAGE from CONNECTION if it is an error without an id."
  (when (and (eq connection cover-bridge-client--connection)
             (plist-get message :error)
             (not (plist-get message :id)))
    (cover-bridge-calls-protect cover-bridge-client-refused-function
                                (plist-get message :error))))

;; jsonrpc.el drops such a message, and no method or function of a connection gets to see it.
(advice-add 'jsonrpc-connection-receive :before #'cover-bridge-client--received)

(defun cover-bridge-client--start ()
  "Start the bridge and connect to it, unless that is done.
Signal a `user-error' if that is not possible."
  ;; One that is dead is still there until its sentinel has run, and that sees to the next start.
  (unless cover-bridge-client--connection
    (let ((default-directory (cover-bridge-client--folder))
          process dead)
      (unless (executable-find (car cover-bridge-command))
        (user-error "No program \"%s\": install cover-bridge, or customize `cover-bridge-command'"
                    (car cover-bridge-command)))
      (setq cover-bridge-client--started-at (current-time)
            cover-bridge-client--connection
            (apply
             #'make-instance 'jsonrpc-process-connection
             :name "cover-bridge"
             :process (lambda () (setq process (cover-bridge-client--make-process)))
             :notification-dispatcher
             (lambda (connection method params)
               ;; One that was told to stop may still have something to say.
               (when (eq connection cover-bridge-client--connection)
                 (cover-bridge-calls-protect cover-bridge-client-notification-function
                                             method params)))
             :on-shutdown
             (lambda (connection)
               (setq dead t)
               (cover-bridge-client--ended connection process))
             ;; Newer versions of jsonrpc.el warn of the latter; older ones do not know the former.
             (if (slot-exists-p 'jsonrpc-process-connection '-events-buffer-config)
                 '(:events-buffer-config (:size 200000 :format full))
               '(:events-buffer-scrollback-size 200000))))
      ;; One that dies while it is being connected to has not been the current one then.
      (when dead
        (cover-bridge-client--ended cover-bridge-client--connection process)))
    (when cover-bridge-client--connection
      (cover-bridge-client-request
       'initialize (list :clientInfo '(:name "cover-bridge.el") :processId (emacs-pid))
       (lambda (err hello)
         (unless err (funcall cover-bridge-client-started-function hello)))))))

(defun cover-bridge-client--last-words (connection)
  "The last line that the bridge behind CONNECTION wrote on stderr, or nil."
  (let ((buffer (jsonrpc-stderr-buffer connection))
        (end (time-add nil 1)))
    (when (buffer-live-p buffer)
      ;; They come on a pipe of their own, perhaps later than the end of the process.  What the bridge left
      ;; behind may go on for ever.
      (while (and (process-live-p (get-buffer-process buffer))
                  (time-less-p nil end)
                  (accept-process-output (get-buffer-process buffer) 0.1)))
      (with-current-buffer buffer
        (car (last (cl-remove-if (lambda (line) (string-match-p "\\`Process .* stderr " line))
                                 (split-string (buffer-string) "\n" t))))))))

(defun cover-bridge-client--ended (connection process)
  "What to do when PROCESS, the one behind CONNECTION, is gone."
  ;; One that was told to stop is the current one no more.
  (when (eq connection cover-bridge-client--connection)
    (let ((reason (format "the bridge ended with code %d: %s" (process-exit-status process)
                          (or (cover-bridge-client--last-words connection)
                              "it did not say why"))))
      (setq cover-bridge-client--connection nil)
      (when (> (float-time (time-since cover-bridge-client--started-at)) 30)
        (setq cover-bridge-client--attempts 0))
      (cover-bridge-calls-fail (list :code -1 :message reason))
      (cover-bridge-client--restart-later reason))))

(defun cover-bridge-client--restart-later (reason)
  "Tell of the REASON why the bridge is gone, and start it again if it is wanted."
  (let ((delay (and (funcall cover-bridge-client-wanted-p)
                    (nth cover-bridge-client--attempts cover-bridge-restart-delays))))
    (setq cover-bridge-client--attempts (if delay (1+ cover-bridge-client--attempts) 0))
    (funcall cover-bridge-client-lost-function reason delay)
    (when delay
      (run-with-timer delay nil #'cover-bridge-client--restart))))

(defun cover-bridge-client--restart ()
  "Start the bridge again, if it is still wanted."
  (when (funcall cover-bridge-client-wanted-p)
    (condition-case err
        (with-current-buffer (if (buffer-live-p cover-bridge-client--buffer)
                                 cover-bridge-client--buffer
                               (current-buffer))
          (cover-bridge-client--start)
          (funcall cover-bridge-client-restarted-function))
      (error (cover-bridge-client--restart-later (error-message-string err))))))

;;; Requests

(defun cover-bridge-client--request (add method params callback)
  "ADD a call of METHOD with PARAMS and CALLBACK; start the bridge if need be."
  (unless cover-bridge-client--connection
    (setq cover-bridge-client--buffer (current-buffer)))
  (cover-bridge-client--start)
  (if cover-bridge-client--connection
      (funcall add cover-bridge-client--connection method params callback)
    (funcall callback '(:code -1 :message "the bridge ended at once") nil)))

(defun cover-bridge-client-request (method params callback)
  "Call METHOD, a symbol, with PARAMS, a plist; start the bridge if need be.
CALLBACK is called once, with an error and a result.  An error is a plist
of :code, :message and :data; the code is -1 if the bridge died."
  (cover-bridge-client--request #'cover-bridge-calls-add method params callback))

(defun cover-bridge-client-request-in-turn (method params callback)
  "Call METHOD with PARAMS once the one before is answered; then CALLBACK.
Answers may come in any order, so that one to a cover/unwatch could be
taken for newer than the cover/watch that was sent after it."
  (cover-bridge-client--request #'cover-bridge-calls-add-in-turn method params callback))

(defun cover-bridge-client-stop ()
  "End the bridge, and wait a moment for it."
  (let ((connection cover-bridge-client--connection))
    (setq cover-bridge-client--connection nil
          cover-bridge-client--attempts 0)
    (cover-bridge-calls-drop)
    (when (and connection (jsonrpc-running-p connection))
      ;; Nobody wants to read, on the way out, that this or that was not answered.
      (jsonrpc-forget-pending-continuations connection)
      (jsonrpc-async-request connection 'shutdown nil :success-fn #'ignore :error-fn #'ignore)
      (jsonrpc-notify connection 'exit nil)
      (with-timeout (1 (jsonrpc-shutdown connection))
        (while (jsonrpc-running-p connection)
          (accept-process-output nil 0.02))))))

(provide 'cover-bridge-client)
;;; cover-bridge-client.el ends here
