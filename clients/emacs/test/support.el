;;; support.el --- Support for the tests  -*- lexical-binding: t; -*-

;;; Commentary:

;; `tests-deftest' defines a test that starts its own bridge.

;;; Code:

(require 'ert)
(require 'cover-bridge)
(require 'cover-bridge-list)
(require 'cover-bridge-image)

(defconst tests-root (expand-file-name "../../.." (file-name-directory load-file-name))
  "The folder of the repository.")

(defvar tests-said nil "The messages that were shown in the echo area.")

(defun tests-say (format &rest arguments)
  "Record FORMAT with ARGUMENTS instead of showing it."
  (push (apply #'format format arguments) tests-said)
  nil)

(defvar tests-patience 30 "How many seconds a test waits for an event.")

(defmacro tests-wait (form)
  "Wait until FORM is non-nil and return it; fail after `tests-patience'."
  `(let ((end (time-add nil tests-patience)) value)
     (while (not (setq value ,form))
       (when (time-less-p end nil)
         (ert-fail (list "Never" ',form 'said tests-said 'list (tests-list))))
       (accept-process-output nil 0.02))
     value))

(defun tests-message (text)
  "Wait for a message that contains TEXT, and return it."
  (tests-wait (cl-find-if (lambda (said) (string-match-p (regexp-quote text) said)) tests-said)))

(defun tests-text (id)
  "Return the text that is shown for the cover ID."
  (let ((cover (gethash id cover-bridge--covers)))
    (and cover (cover-bridge-cover-text cover))))

(defun tests-list ()
  "Return the text of the list of covers, or nil."
  (when (get-buffer "*covers*")
    (with-current-buffer "*covers*"
      (buffer-substring-no-properties (point-min) (point-max)))))

(defun tests-watches (ids)
  "Wait until the bridge watches exactly IDS."
  (let (asked seen)
    (tests-wait
     (progn
       (unless asked
         (setq asked t)
         (cover-bridge-client-request
          'cover/watches nil
          (lambda (_err result)
            (setq asked nil
                  seen (mapcar (lambda (watch) (plist-get watch :taskId))
                               (plist-get result :watches))))))
       (equal ids seen)))))

(defun tests-process ()
  "Return the process of the bridge."
  cover-bridge-client--process)

(defun tests-cancel (id)
  "Cancel the request ID."
  (cover-bridge-wire-send (tests-process) `(:method "$/cancelRequest" :params (:id ,id))))

(defmacro tests-deftest (name docstring &rest body)
  "Define the test NAME with DOCSTRING and BODY, with a bridge of its own."
  (declare (indent 1) (doc-string 2))
  `(ert-deftest ,name ()
     ,docstring
     (let ((cover-bridge-command (list (getenv "COVER_BRIDGE") "serve"))
           (cover-bridge-sandbox t)
           (cover-bridge-interval 0.1)
           (cover-bridge-restart-delays '(0.1 0.1 0.1))
           (inhibit-message t)
           (tests-said nil))
       (advice-add 'cover-bridge--say :override #'tests-say)
       (unwind-protect
           (with-temp-buffer ,@body)
         (cover-bridge-stop)
         (clrhash cover-bridge--covers)
         (when (get-buffer "*covers*") (kill-buffer "*covers*"))
         (advice-remove 'cover-bridge--say #'tests-say)))))

(provide 'support)
;;; support.el ends here
