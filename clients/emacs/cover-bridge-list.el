;;; cover-bridge-list.el --- A live list of covers  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; M-x cover-bridge-list shows the list.  Emacs draws the list again when the
;; bridge sends a change, and does not poll.

;;; Code:

(require 'tabulated-list)
(require 'cover-bridge)

(defun cover-bridge-list--entry (cover)
  "Return the line of COVER, in the form of `tabulated-list-entries'."
  (let* ((id (cover-bridge-cover-id cover))
         (state (cover-bridge-cover-state cover))
         ;; Three states have a face with the name of the state.
         (face (intern-soft (concat "cover-bridge-" state)))
         (checked (plist-get (cover-bridge-cover-status cover) :checkedAt)))
    (list id (vector id (propertize state 'face (if (facep face) face 'cover-bridge-waiting))
                     (if checked (format-time-string "%T" (date-to-time checked)) "")
                     (cover-bridge-cover-text cover)))))

(define-derived-mode cover-bridge-list-mode tabulated-list-mode "Covers"
  "Major mode for the list of covers.

\\{cover-bridge-list-mode-map}"
  (setq tabulated-list-format [("Task" 34 t) ("State" 11 t) ("Changed" 9 t) ("" 0 nil)]
        tabulated-list-entries (lambda () (mapcar #'cover-bridge-list--entry (cover-bridge-covers)))
        tabulated-list-sort-key '("Task"))
  (tabulated-list-init-header))

(define-key cover-bridge-list-mode-map (kbd "RET") #'cover-bridge-list-open)
(define-key cover-bridge-list-mode-map "w" #'cover-bridge-watch)
(define-key cover-bridge-list-mode-map "s" #'cover-bridge-list-status)
(define-key cover-bridge-list-mode-map "u" #'cover-bridge-list-unwatch)

(defun cover-bridge-list--update ()
  "Draw the list again, if it exists."
  (when-let ((buffer (get-buffer "*covers*")))
    (with-current-buffer buffer (tabulated-list-print t))))

(add-hook 'cover-bridge-changed-hook #'cover-bridge-list--update)

(defun cover-bridge-list--id ()
  "Return the task id of the line at point."
  (or (tabulated-list-get-id) (user-error "No cover on this line")))

(defun cover-bridge-list-open ()
  "Show the images of the cover at point."
  (interactive nil)
  (cover-bridge-open (cover-bridge-list--id)))

(defun cover-bridge-list-status ()
  "Query the status of the cover at point."
  (interactive nil)
  (cover-bridge-status (list (cover-bridge-list--id))))

(defun cover-bridge-list-unwatch ()
  "Unwatch the cover at point, and remove it from the list."
  (interactive nil)
  (cover-bridge-unwatch (list (cover-bridge-list--id))))

;;;###autoload
(defun cover-bridge-list ()
  "Show a live list of the covers that are watched."
  (interactive)
  (pop-to-buffer "*covers*")
  (unless (derived-mode-p 'cover-bridge-list-mode) (cover-bridge-list-mode))
  (tabulated-list-print t))

(provide 'cover-bridge-list)
;;; cover-bridge-list.el ends here
