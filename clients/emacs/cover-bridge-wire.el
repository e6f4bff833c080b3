;;; cover-bridge-wire.el --- The process and its lines of JSON  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; This package does not use jsonrpc.el for two reasons.  jsonrpc.el would
;; lose the lines after an unexpected line.  It also does not notice that a
;; bridge has closed its output and still runs.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defun cover-bridge-wire--log (arrow line)
  "Append ARROW and LINE to the events buffer."
  (with-current-buffer (get-buffer-create "*cover-bridge events*")
    (goto-char (point-max))
    (insert arrow " " line "\n")
    (when (> (buffer-size) 200000) (delete-region (point-min) (- (point-max) 100000)))))

(defun cover-bridge-wire-protect (function &rest arguments)
  "Call FUNCTION with ARGUMENTS; show its error as a message.
The error must not affect later messages of the bridge."
  (condition-case oops
      (apply function arguments)
    ;; If the function asks the user, the user may quit it.
    ((error quit) (message "cover-bridge: %s" (error-message-string oops)))))

(defun cover-bridge-wire--received (wire text)
  "Handle TEXT, which came over WIRE and may contain parts of lines."
  (with-current-buffer (process-buffer wire)
    (save-excursion (goto-char (point-max)) (insert text))
    (goto-char (point-min))
    (while (search-forward "\n" nil t)
      (let ((line (string-trim (delete-and-extract-region (point-min) (point)))))
        (unless (string-empty-p line)
          (cover-bridge-wire--log "<" line)
          (cover-bridge-wire-protect
           (lambda () (funcall (process-get wire 'received) (process-get wire 'bridge)
                               (json-parse-string line :object-type 'plist :null-object nil
                                                  :false-object :json-false)))))))))

(defun cover-bridge-wire--changed (process _change)
  "Read the rest of the output of PROCESS, which has ended, and report its end."
  (let ((wire (process-get process 'wire)))
    ;; A child process of the bridge may still run, and write for ever.
    (with-timeout (1) (while (accept-process-output wire 0.1)))
    (delete-process wire)
    (kill-buffer (process-buffer wire))
    (funcall (process-get wire 'ended) process)))

(defun cover-bridge-wire--secrets ()
  "Return a pattern of the secrets in `process-environment' and in URLs.
Its group 1 is the secret."
  (let* ((fleet (or (getenv "COVER_BRIDGE_FLEET") ""))
         (password (and (string-match "://[^:@]*:\\(.+\\)@" fleet) (match-string 1 fleet)))
         (secrets (list (getenv "KIE_API_KEY") (getenv "KIE_WEBHOOK_KEY") password)))
    ;; A text of fewer than 8 characters stays, because it may be a part of any word.
    (concat (regexp-opt (cl-remove-if (lambda (secret) (< (length secret) 8)) secrets) t)
            "\\|://[^:@[:space:]]*:\\(?1:[^[:space:]]+\\)@")))

(defun cover-bridge-wire-start (command received ended)
  "Start COMMAND, a list, and return its process.
RECEIVED is called with the process and each message, a plist.  ENDED is
called with the process when it has ended."
  (let* ((wire (make-pipe-process :name "cover-bridge wire"
                                  :buffer (generate-new-buffer " *cover-bridge output*")
                                  :coding 'utf-8-unix :noquery t
                                  :filter #'cover-bridge-wire--received
                                  ;; A bridge without output is useless.  It has a second to exit by itself.
                                  :sentinel (lambda (wire _change)
                                              (run-at-time 1 nil #'delete-process (process-get wire 'bridge)))))
         ;; Emacs reports the end of stderr, but not the end of stdout.  So the two are exchanged.
         (process (make-process :name "cover-bridge"
                                :buffer (get-buffer-create "*cover-bridge stderr*")
                                :command `("sh" "-c" "exec \"$@\" 3>&1 >&2 2>&3 3>&-" "sh" ,@command)
                                :connection-type 'pipe :coding 'utf-8-unix :noquery t
                                :stderr wire :sentinel #'cover-bridge-wire--changed)))
    (with-current-buffer (process-buffer process) (erase-buffer))
    (set-process-plist process (list 'wire wire 'secrets (cover-bridge-wire--secrets)))
    (set-process-plist wire (list 'bridge process 'received received 'ended ended))
    process))

(defun cover-bridge-wire-send (process message)
  "Send MESSAGE, a plist, to PROCESS; signal an error if it is not text."
  (let ((line (json-serialize `(:jsonrpc "2.0" ,@message))))
    (cover-bridge-wire--log ">" line)
    ;; An error means that the process is dead.  Its sentinel handles its end soon.
    (ignore-errors (process-send-string process (concat line "\n")))))

(defun cover-bridge-wire-last-words (process)
  "Return the last line that PROCESS wrote to stderr, or nil.
Secrets are removed first, because a wrapper may write its environment."
  (when (buffer-live-p (process-buffer process))
    (with-current-buffer (process-buffer process)
      (goto-char (point-min))
      (while (re-search-forward (process-get process 'secrets) nil t) (replace-match "***" t t nil 1))
      (car (last (split-string (buffer-string) "\n" t))))))

(provide 'cover-bridge-wire)
;;; cover-bridge-wire.el ends here
