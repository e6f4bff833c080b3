;;; generic.el --- Emacs' own jsonrpc.el drives the bridge  -*- lexical-binding: t; -*-

;; Run as: emacs -Q --batch -l generic.el, with COVER_BRIDGE naming the binary.

;;; Code:

(require 'jsonrpc)

(defvar generic-states nil "The states that were reported, the newest first.")
(defvar generic-passed 0 "The number of expectations that held.")

(defun generic-expect (what condition)
  "Count WHAT as passed if CONDITION holds, else end with a failure."
  (if condition
      (setq generic-passed (1+ generic-passed))
    (message "not true: %s" what)
    (kill-emacs 1)))

(let* ((process (make-process :name "cover-bridge"
                              :command (list (getenv "COVER_BRIDGE") "serve" "--sandbox" "--stdio")
                              :connection-type 'pipe
                              :coding 'utf-8-emacs-unix
                              :noquery t
                              :stderr (get-buffer-create "*stderr*")))
       (connection
        (jsonrpc-process-connection
         :name "cover-bridge"
         :process process
         :notification-dispatcher
         (lambda (_connection method params)
           (when (eq method 'cover/statusChanged)
             (push (plist-get (plist-get params :status) :state) generic-states))))))
  (let ((bridge (jsonrpc-request connection :initialize '(:clientInfo (:name "Emacs") :processId nil))))
    (generic-expect "initialize" (equal (plist-get (plist-get bridge :serverInfo) :name) "cover-bridge")))
  (jsonrpc-notify connection :initialized nil)
  (generic-expect "ping" (null (jsonrpc-request connection :ping nil)))
  (let ((status (jsonrpc-request connection :cover/status '(:taskId "success-0s-ä"))))
    (generic-expect "status" (equal (plist-get status :state) "succeeded"))
    (generic-expect "the id comes back" (equal (plist-get status :taskId) "success-0s-ä")))
  (generic-expect
   "an error is an error"
   (condition-case error
       (jsonrpc-request connection :cover/status '(:taskId ""))
     (jsonrpc-error (= (alist-get 'jsonrpc-error-code (cdr error)) -32602))))
  (jsonrpc-request connection :cover/watch '(:taskIds ["success-4s"] :interval 0.2))
  (while (not (equal (car generic-states) "succeeded")) (accept-process-output nil 0.1))
  (generic-expect "each state once" (equal (reverse generic-states) '("pending" "generating" "succeeded")))
  (let* ((code nil)
         (id (car (jsonrpc--async-request-1       ; the public function does not return the id
                    connection :cover/wait '(:taskId "pending")
                    :error-fn (lambda (error) (setq code (plist-get error :code)))))))
    (jsonrpc-notify connection :$/cancelRequest (list :id id))
    (while (not code) (accept-process-output nil 0.1))
    (generic-expect "a cancelled request" (= code -32800)))
  (jsonrpc-request connection :shutdown nil)
  (jsonrpc-notify connection :exit nil)
  (while (process-live-p process) (accept-process-output nil 0.1))
  (generic-expect "exit" (= (process-exit-status process) 0)))

(message "emacs, its own client: %d passed, 0 failed" generic-passed)
(kill-emacs 0)

;;; generic.el ends here
