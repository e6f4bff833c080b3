;;; lint.el --- Byte-compiles the package and checks its style  -*- lexical-binding: t; -*-

;;; Commentary:

;; This program compiles each file with warnings as errors, and runs checkdoc
;; and package.el.  It prints each fault, and fails if there is any.  It writes
;; nothing into the folder of the package.

;;; Code:

(require 'bytecomp)
(require 'checkdoc)
(require 'package)

(defconst lint-folder (expand-file-name ".." (file-name-directory load-file-name)))
(defvar lint-faults nil)

(setq checkdoc-create-error-function
      (lambda (text start _end &optional _unfixable)
        (push (format "%s:%d: %s" (buffer-name) (if start (line-number-at-pos start) 1) text)
              lint-faults)
        nil))

(dolist (file (directory-files lint-folder t "\\`cover-bridge.*\\.el\\'"))
  (let* ((output (make-temp-file "lint" nil ".elc"))
         (byte-compile-error-on-warn t)
         (byte-compile-dest-file-function (lambda (_source) output)))
    (unless (byte-compile-file file)
      (push (format "%s: does not compile" file) lint-faults))
    (delete-file output))
  (with-current-buffer (find-file-noselect file)
    (checkdoc-current-buffer t)))

(with-current-buffer (find-file-noselect (expand-file-name "cover-bridge.el" lint-folder))
  (condition-case err
      (package-buffer-info)
    (error (push (error-message-string err) lint-faults))))

(princ (format "emacs, lint: %d faults\n" (length lint-faults)))
(dolist (fault (reverse lint-faults))
  (princ (concat "FAILED " fault "\n")))
(kill-emacs (if lint-faults 1 0))

;;; lint.el ends here
