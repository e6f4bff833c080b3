;;; generic.el --- Emacs' own jsonrpc.el against the real bridge  -*- lexical-binding: t; -*-

;;; Commentary:

;; What any Emacs package built on jsonrpc.el gets, without a line that
;; knows Cover Bridge.  Prints "N passed, N failed".

;;; Code:

(require 'jsonrpc)

(defvar generic-command (or (getenv "COVER_BRIDGE") "cover-bridge"))
(defvar generic-passed 0)
(defvar generic-failed 0)
(defvar generic-notifications nil "Plists of :method and :params, the latest first.")
(defvar generic-exit-code nil)

(defun generic-check (name ok &optional seen)
  "Count the check NAME as passed if OK; else print what was SEEN."
  (if ok
      (setq generic-passed (1+ generic-passed))
    (setq generic-failed (1+ generic-failed))
    (princ (format "FAILED %s: %S\n" name seen))))

(defmacro generic-wait (seconds form)
  "Wait up to SECONDS until FORM is non-nil; return its value."
  `(with-timeout (,seconds nil)
     (let (value)
       (while (not (setq value ,form)) (accept-process-output nil 0.02))
       value)))

(defun generic-connect ()
  "Start the bridge and connect to it."
  (make-instance
   'jsonrpc-process-connection
   :name "generic"
   :events-buffer-scrollback-size 0
   :process (lambda ()
              (make-process :name "generic" :noquery t :connection-type 'pipe
                            :coding 'utf-8-emacs-unix
                            :stderr (get-buffer-create "*generic stderr*")
                            :command (list generic-command "serve" "--sandbox")))
   :notification-dispatcher
   (lambda (_connection method params)
     (push (list :method method :params params) generic-notifications))
   :on-shutdown
   (lambda (connection)
     (setq generic-exit-code (process-exit-status (jsonrpc--process connection))))))

(defun generic-states (task)
  "The states that were notified for TASK, in their order."
  (delq nil
        (mapcar (lambda (note)
                  (let ((params (plist-get note :params)))
                    (and (eq (plist-get note :method) 'cover/statusChanged)
                         (equal (plist-get params :taskId) task)
                         (plist-get (plist-get params :status) :state))))
                (reverse generic-notifications))))

(defun generic-error (connection method params)
  "The jsonrpc error that METHOD with PARAMS signals over CONNECTION."
  (condition-case err
      (progn (jsonrpc-request connection method params) nil)
    (jsonrpc-error (cddr err))))

(defun generic-run ()
  "Run all checks."
  (let* ((connection (generic-connect))
         (hello (jsonrpc-request connection 'initialize
                                 (list :processId (emacs-pid)
                                       :clientInfo '(:name "jsonrpc.el")))))
    (generic-check "initialize" (equal (plist-get (plist-get hello :serverInfo) :name)
                                       "cover-bridge")
                   hello)
    (generic-check "sandbox" (eq (plist-get hello :sandbox) t) hello)
    (jsonrpc-notify connection 'initialized nil)
    (let ((ping (jsonrpc-request connection 'ping nil)))
      (generic-check "ping with null params" (null ping) ping))
    (let ((status (jsonrpc-request connection 'cover/status '(:taskId "success-0s-é"))))
      (generic-check "cover/status" (equal (plist-get status :state) "succeeded") status)
      (generic-check "a non-ASCII id" (equal (plist-get status :taskId) "success-0s-é") status))
    (let ((missing (generic-error connection 'cover/status '(:taskId "missing"))))
      (generic-check "an error with its kind"
                     (equal (plist-get (alist-get 'jsonrpc-error-data missing) :kind)
                            "taskNotFound")
                     missing))
    (let ((unknown (generic-error connection 'textDocument/hover nil)))
      (generic-check "a method it lacks" (eql (alist-get 'jsonrpc-error-code unknown) -32601)
                     unknown))
    (let ((watch (jsonrpc-request connection 'cover/watch
                                  '(:taskIds ["success-0.6s-emacs"] :interval 0.1))))
      (generic-check "cover/watch" (= 1 (length (plist-get watch :watches))) watch))
    (generic-wait 10 (member "succeeded" (generic-states "success-0.6s-emacs")))
    (let ((states (generic-states "success-0.6s-emacs")))
      (generic-check "changes to the end"
                     (equal states '("pending" "generating" "succeeded")) states))
    (let (answer)
      (jsonrpc-async-request connection 'cover/wait '(:taskId "pending")
                             :success-fn (lambda (result) (setq answer (list :result result)))
                             :error-fn (lambda (err) (setq answer err))
                             :timeout nil)
      (generic-wait 0.3 answer)
      (generic-check "cover/wait waits" (null answer) answer)
      ;; jsonrpc.el has no public way to the id of a request before Emacs 30.
      (jsonrpc-notify connection '$/cancelRequest
                      (list :id (jsonrpc--next-request-id connection)))
      (generic-wait 10 answer)
      (generic-check "a cancelled request is answered with -32800"
                     (eql (plist-get answer :code) -32800) answer))
    (generic-check "shutdown" (null (jsonrpc-request connection 'shutdown nil)))
    (jsonrpc-notify connection 'exit nil)
    (generic-wait 10 generic-exit-code)
    (generic-check "exit code 0" (eql generic-exit-code 0) generic-exit-code)))

(condition-case err
    (with-timeout (45 (error "Took longer than 45 seconds"))
      (generic-run))
  (error (generic-check "no Lisp error" nil err)))

(princ (format "emacs, jsonrpc.el: %d passed, %d failed\n" generic-passed generic-failed))
(kill-emacs (if (zerop generic-failed) 0 1))

;;; generic.el ends here
