;;; cover-bridge-image.el --- Show cover images  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; These functions are for `cover-bridge-open-function'.  If Emacs can
;; display images, they show them in a buffer.  Otherwise, they show them in
;; the browser.

;;; Code:

(require 'url)

(defvar url-http-end-of-headers)

(defun cover-bridge-open-in-browser (urls &optional _id)
  "Open each of URLS in the browser."
  (mapc #'browse-url urls))

(defun cover-bridge-image--body (status)
  "Return the body of the HTTP answer in the current buffer.
STATUS comes from `url-retrieve'.  Signal an error if there is no body."
  (when-let ((err (plist-get status :error))) (signal (car err) (cdr err)))
  (unless (bound-and-true-p url-http-end-of-headers) (error "No answer"))
  (buffer-substring-no-properties (1+ url-http-end-of-headers) (point-max)))

(defun cover-bridge-image--insert (status marker url)
  "Insert at MARKER the image at URL, or the reason why it is missing.
STATUS comes from `url-retrieve', whose answer is the current buffer."
  (let ((image (condition-case err
                   (create-image (cover-bridge-image--body status) nil t :max-width 600)
                 (error (format "(not shown: %s)" (error-message-string err))))))
    (kill-buffer)
    (when (buffer-live-p (marker-buffer marker))
      (with-current-buffer (marker-buffer marker)
        (save-excursion
          (goto-char marker)
          (let ((inhibit-read-only t))
            (if (stringp image) (insert image) (insert-image image url))))))))

(defun cover-bridge-image--show (urls id)
  "Show the images at URLS in a buffer named for the task ID."
  (with-current-buffer (get-buffer-create (format "*cover %s*" id))
    (let ((inhibit-read-only t))
      (special-mode)
      (erase-buffer)
      (dolist (url urls)
        (insert-text-button url 'action (lambda (_button) (browse-url url)) 'follow-link t)
        (insert "\n\n\n")
        (url-retrieve url #'cover-bridge-image--insert (list (copy-marker (- (point) 2)) url) t))
      (goto-char (point-min)))
    (pop-to-buffer (current-buffer))))

(defun cover-bridge-open-images (urls id)
  "Show the images at URLS in Emacs if it can display them, else in the browser.
ID is the id of the task."
  (if (display-images-p)
      (cover-bridge-image--show urls id)
    (cover-bridge-open-in-browser urls)))

(provide 'cover-bridge-image)
;;; cover-bridge-image.el ends here
