;;; cover-bridge-ids.el --- Task ids at point and from the minibuffer  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Where the commands of cover-bridge.el get their ids from.

;;; Code:

(require 'subr-x)
(require 'cover-bridge-covers)

(defun cover-bridge-id-at-point ()
  "The task id at point, or nil."
  (let* ((characters "[:alnum:]_.-")
         (id (save-excursion
               (skip-chars-backward characters)
               (buffer-substring-no-properties
                (point) (progn (skip-chars-forward characters) (point))))))
    ;; A full stop ends a sentence.
    (setq id (string-trim id "\\.+" "\\.+"))
    (unless (string-empty-p id) id)))

(defun cover-bridge-ids-read (prompt)
  "Ask for task ids with PROMPT; return a list of a list, for `interactive'.
Ids that are or were followed are completed."
  (let ((default (or (get-text-property (point) 'tabulated-list-id)
                     (cover-bridge-id-at-point))))
    (list (split-string
           (completing-read (if default (format "%s (default %s): " prompt default)
                              (concat prompt ": "))
                            cover-bridge--covers nil nil nil nil default)
           "[ ,]+" t))))

(defun cover-bridge-ids-list (ids)
  "IDS, a list of task ids or a single one, as a list.
One that is bytes becomes the text that they are, as the bridge will say it."
  (mapcar (lambda (id)
            (if (multibyte-string-p id) id (decode-coding-string id 'utf-8-unix)))
          (if (listp ids) ids (list ids))))

(provide 'cover-bridge-ids)
;;; cover-bridge-ids.el ends here
