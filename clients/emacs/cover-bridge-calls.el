;;; cover-bridge-calls.el --- Requests and who waits for their answers  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Every request is called back once: with its answer, or with an error
;; when the bridge is gone.

;;; Code:

(require 'jsonrpc)
(require 'subr-x)

(defvar cover-bridge-calls--open (make-hash-table :test #'eq)
  "The calls that are not answered.
A call is a list of a connection, a method, parameters and a callback.")

(defvar cover-bridge-calls--turns nil
  "The open calls that wait for one another; the first is out.")

(defun cover-bridge-calls-protect (function &rest arguments)
  "Call FUNCTION with ARGUMENTS; show an error of its own as a message.
It must not cost what the bridge says next."
  (condition-case oops
      (apply function arguments)
    ;; A function that asks something can be quit.
    ((error quit) (message "cover-bridge: %s" (error-message-string oops)))))

(defun cover-bridge-calls--call-back (call err result)
  "Call the callback of CALL with ERR and RESULT."
  (cover-bridge-calls-protect (nth 3 call) err result))

(defun cover-bridge-calls--answered (call err result)
  "Call back CALL with ERR and RESULT, if it is open; then the next has its turn."
  (when (gethash call cover-bridge-calls--open)
    (remhash call cover-bridge-calls--open)
    (cover-bridge-calls--call-back call err result)
    (when (eq call (car cover-bridge-calls--turns))
      (pop cover-bridge-calls--turns)
      (when cover-bridge-calls--turns
        (cover-bridge-calls--send (car cover-bridge-calls--turns))))))

(defun cover-bridge-calls--send (call)
  "Send CALL."
  (pcase-let ((`(,connection ,method ,params ,_callback) call))
    (condition-case oops
        (jsonrpc-async-request
         connection method params
         :success-fn (lambda (result) (cover-bridge-calls--answered call nil result))
         :error-fn (lambda (err)
                     ;; The code is jsonrpc.el's own for a death; `cover-bridge-calls-fail' follows.
                     (unless (eql -1 (plist-get err :code))
                       (cover-bridge-calls--answered call err nil)))
         ;; The bridge has time limits of its own, and a wait has none.
         :timeout nil)
      (error
       ;; A bridge that is dead fails all calls soon.  One that lives cannot have got what is no text.
       (when (jsonrpc-running-p connection)
         (run-at-time 0 nil #'cover-bridge-calls--answered call
                      (list :code -32602 :message (error-message-string oops)
                            :data '(:kind "invalidParams"))
                      nil))))))

(defun cover-bridge-calls-add (connection method params callback)
  "Call METHOD with PARAMS over CONNECTION, then CALLBACK with error and result."
  (let ((call (list connection method params callback)))
    (puthash call t cover-bridge-calls--open)
    (cover-bridge-calls--send call)))

(defun cover-bridge-calls-add-in-turn (connection method params callback)
  "Call METHOD with PARAMS over CONNECTION, then CALLBACK, when it has its turn."
  (let ((call (list connection method params callback)))
    (puthash call t cover-bridge-calls--open)
    (setq cover-bridge-calls--turns (append cover-bridge-calls--turns (list call)))
    (unless (cdr cover-bridge-calls--turns)
      (cover-bridge-calls--send call))))

(defun cover-bridge-calls-drop ()
  "Forget what is open without calling it back; return it, the oldest first."
  (prog1 (hash-table-keys cover-bridge-calls--open)
    (clrhash cover-bridge-calls--open)
    (setq cover-bridge-calls--turns nil)))

(defun cover-bridge-calls-fail (err)
  "Call back what is open with ERR, since the bridge is gone."
  (dolist (call (cover-bridge-calls-drop))
    (cover-bridge-calls--call-back call err nil)))

(provide 'cover-bridge-calls)
;;; cover-bridge-calls.el ends here
