;;; cover-bridge-client.el --- The process of cover-bridge.el  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The package starts the program cover-bridge when it is first needed.  If
;; the program dies while covers are watched, the package restarts it after a
;; pause.  Each pause is longer than the one before it.

;;; Code:

(require 'cl-lib)
(require 'auth-source)
(require 'subr-x)
(require 'cover-bridge-options)
(require 'cover-bridge-wire)

(defvar cover-bridge-client-function #'ignore
  "Called with each event, in these forms:
:started HELLO            a new process has answered `initialize'
:restarted                a new process has replaced one that died
:notification METHOD PARAMS
:refused ERR              the bridge refused a message and cannot name its
                          request, so no callback gets the error
:lost REASON DELAY        the bridge died; DELAY is the time to the next start,
                          nil if there is none
:wanted                   return whether a restart is useful")

(defvar cover-bridge-client--process nil "The process of the bridge, until its end is handled.")
(defvar cover-bridge-client--open (make-hash-table) "The callbacks of unanswered requests, by id.")
(defvar cover-bridge-client-last-id 0 "The id of the newest request.  Ids increase.")
(defvar cover-bridge-client--policy (cons 0 0)
  "A cons: pauses since a bridge last lived long; failed starts in a row.")
(defvar cover-bridge-client--buffer nil
  "The buffer whose command started the bridge.
`process-environment' and the variable `exec-path' may be local to it.")

(defun cover-bridge-client-running-p ()
  "Return non-nil if the bridge is running."
  (process-live-p cover-bridge-client--process))

(defun cover-bridge-client-command-line ()
  "The command line of the bridge, as a list."
  (append cover-bridge-command
          (and cover-bridge-sandbox '("--sandbox"))
          ;; Other names stay as they are.  The bridge runs in the home folder, and reports invalid names.
          (and cover-bridge-journal
               (list "--journal" (if (string-prefix-p "~" cover-bridge-journal)
                                     (expand-file-name cover-bridge-journal)
                                   cover-bridge-journal)))))

(defun cover-bridge-client--key ()
  "The key from `auth-sources', or nil."
  (and cover-bridge-auth-host
       (not cover-bridge-sandbox)
       ;; An empty variable counts as a missing one.
       (member (getenv "KIE_API_KEY") '(nil ""))
       (auth-source-pick-first-password :host cover-bridge-auth-host)))

(defun cover-bridge-client--make-process ()
  "Start the process.  Signal a `user-error' if that is not possible."
  (unless (fboundp 'json-serialize)
    (user-error "This Emacs was built without JSON (libjansson), which cover-bridge needs"))
  (let* (;; The current buffer's folder may be remote, or may not exist at the next start.
         (default-directory (if (ignore-errors (file-accessible-directory-p "~/")) "~/" "/"))
         (program (or (executable-find (car cover-bridge-command))
                      (user-error "No program \"%s\": install cover-bridge, or customize `cover-bridge-command'"
                                  (car cover-bridge-command))))
         (key (cover-bridge-client--key))
         ;; The key is in the environment, because a buffer shows all messages.
         (process-environment (append (and key (list (concat "KIE_API_KEY=" key))) process-environment)))
    (cover-bridge-wire-start (cons program (cdr (cover-bridge-client-command-line)))
                             #'cover-bridge-client--received #'cover-bridge-client--ended)))

(defun cover-bridge-client-start ()
  "Start the bridge, unless it is running.
Signal a `user-error' if that is not possible."
  ;; A dead process stays in the variable until its end is handled.  Then it is restarted.
  (unless cover-bridge-client--process
    (setq cover-bridge-client--buffer (current-buffer)
          cover-bridge-client--process (cover-bridge-client--make-process))
    (cover-bridge-client-request
     'initialize (list :clientInfo '(:name "cover-bridge.el") :processId (emacs-pid))
     (lambda (err hello)
       (unless err
         (process-put cover-bridge-client--process 'ready-at (current-time))
         (funcall cover-bridge-client-function :started hello))))))

(defun cover-bridge-client--received (process message)
  "Handle MESSAGE of PROCESS."
  ;; A bridge that was stopped may still send messages.
  (when (eq process cover-bridge-client--process)
    (cl-destructuring-bind (&key id method params result error &allow-other-keys) message
      (let ((callback (gethash id cover-bridge-client--open)))
        (unless method (remhash id cover-bridge-client--open))
        (cond (method (funcall cover-bridge-client-function :notification (intern method) params))
              (callback (funcall callback error result))
              ((and error (null id)) (funcall cover-bridge-client-function :refused error)))))))

(defun cover-bridge-client-request (method params callback)
  "Call METHOD, a symbol, with PARAMS, a plist; start the bridge if necessary.
CALLBACK is called once, with an error and a result.  An error is a plist
of :code, :message and :data, and the :kind in there is \"bridgeDied\" or
\"bridgeClosed\" if the bridge is gone.  Return the id of the request."
  (cover-bridge-client-start)
  (let ((id (cl-incf cover-bridge-client-last-id)))
    (puthash id callback cover-bridge-client--open)
    (condition-case oops
        (cover-bridge-wire-send cover-bridge-client--process
                                `(:id ,id :method ,(symbol-name method) :params ,params))
      (error (remhash id cover-bridge-client--open)
             (run-at-time 0 nil callback (list :code -32602 :message (error-message-string oops)
                                               :data '(:kind "invalidParams")) nil)))
    id))

(defun cover-bridge-client--fail (kind reason)
  "Forget the process, and answer all open requests in their order.
The answers are errors of KIND and REASON."
  (setq cover-bridge-client--process nil)
  (dolist (id (sort (hash-table-keys cover-bridge-client--open) #'<))
    ;; A callback may close other requests.
    (when-let ((callback (gethash id cover-bridge-client--open)))
      (remhash id cover-bridge-client--open)
      (cover-bridge-wire-protect callback (list :code -1 :message reason :data (list :kind kind)) nil))))

(defun cover-bridge-client--ended (process)
  "Report that PROCESS ended unexpectedly, and why."
  (when (eq process cover-bridge-client--process)
    (let* ((words (or (cover-bridge-wire-last-words process) "it did not say why"))
           (ready-at (process-get process 'ready-at))
           ;; A bridge that cannot start writes its name and the reason.
           (doubt (if (or ready-at (eq (process-status process) 'signal) (string-match-p "cover-bridge" words)
                          (> (car cover-bridge-client--policy) 0)) ""
                    (format " (%s has answered nothing: is it really cover-bridge?)" (car (process-command process))))))
      (cover-bridge-client--lost
       (format "the bridge ended with code %d: %s%s" (process-exit-status process) words doubt) ready-at))))

(defun cover-bridge-client--pause (policy lived delays)
  "Return the seconds to the next start, one of DELAYS, or nil for no start.
This is the policy of clients/conformance.  The function changes POLICY, a
cons like `cover-bridge-client--policy'.  LIVED is how many seconds the bridge
lived after its answer to `initialize'; it is nil if there was no answer."
  (setcdr policy (if lived 0 (1+ (cdr policy))))
  (unless (< (or lived 0) 60) (setcar policy 0))
  ;; If the very first start fails, it is not repeated.
  (unless (or (>= (cdr policy) 3) (and (not lived) (zerop (car policy))))
    (or (nth (1- (cl-incf (car policy))) delays) (car (last delays)))))

(defun cover-bridge-client--lost (reason &optional ready-at)
  "Report the REASON why the bridge is gone, and restart it if that is useful.
READY-AT is the time when the bridge answered `initialize', or nil."
  (let ((lived (and ready-at (float-time (time-since ready-at)))) delay)
    (cover-bridge-client--fail "bridgeDied" reason)
    (when (funcall cover-bridge-client-function :wanted)
      (setq delay (cover-bridge-client--pause cover-bridge-client--policy lived cover-bridge-restart-delays)))
    (funcall cover-bridge-client-function :lost reason delay)
    (if delay (run-with-timer delay nil #'cover-bridge-client--restart)
      (setq cover-bridge-client--policy (cons 0 0)))))

(defun cover-bridge-client--restart ()
  "Restart the bridge, if that is still useful."
  (when (funcall cover-bridge-client-function :wanted)
    (condition-case err
        (with-current-buffer (if (buffer-live-p cover-bridge-client--buffer) cover-bridge-client--buffer (current-buffer))
          (cover-bridge-client-start)
          (funcall cover-bridge-client-function :restarted))
      (error (cover-bridge-client--lost (error-message-string err))))))

(defvar cover-bridge-client--grace 2 "How many seconds the bridge has to end before it is killed.")

(defun cover-bridge-client-stop ()
  "End the bridge, and wait for it."
  (let ((process cover-bridge-client--process))
    (setq cover-bridge-client--policy (cons 0 0))
    (cover-bridge-client--fail "bridgeClosed" "the bridge was stopped")
    (when (process-live-p process)
      (cover-bridge-wire-send process '(:id 0 :method "shutdown"))
      (cover-bridge-wire-send process '(:method "exit"))
      (with-timeout (cover-bridge-client--grace (delete-process process))
        (while (process-live-p process) (accept-process-output process 0.02))))))

(provide 'cover-bridge-client)
;;; cover-bridge-client.el ends here
