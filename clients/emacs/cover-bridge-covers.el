;;; cover-bridge-covers.el --- What is known of covers  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; The covers that are or were followed, by the ids of their tasks.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defvar cover-bridge-changed-hook nil
  "Normal hook, run after anything has changed in what is known of covers.")

(cl-defstruct cover-bridge-cover
  "What is known of a cover.
STATE is the protocol's, a string, or \"ended\" if it is no longer followed;
TEXT says it to people; STATUS is the last CoverStatus, a plist; WATCHING is
non-nil until the end."
  id state text status watching)

(defvar cover-bridge--covers (make-hash-table :test #'equal)
  "Covers by id.")

(defun cover-bridge-covers ()
  "All covers that are or were followed, by id."
  (sort (hash-table-values cover-bridge--covers)
        (lambda (a b) (string< (cover-bridge-cover-id a) (cover-bridge-cover-id b)))))

(defun cover-bridge-watched ()
  "The ids of the covers that have not ended."
  (mapcar #'cover-bridge-cover-id
          (cl-remove-if-not #'cover-bridge-cover-watching (cover-bridge-covers))))

(defun cover-bridge-status-text (status)
  "The words for STATUS, a CoverStatus."
  (let ((images (length (plist-get status :images)))
        (reason (plist-get (plist-get status :failure) :message))
        (state (plist-get status :state)))
    (cond ((equal state "succeeded") (format "succeeded, %d image%s" images (if (= images 1) "" "s")))
          (reason (format "%s: %s" state reason))
          (t state))))

(defun cover-bridge--note (id &rest slots)
  "Set SLOTS of the cover ID, a plist; return the cover."
  (let ((cover (or (gethash id cover-bridge--covers)
                   (puthash id (make-cover-bridge-cover :id id) cover-bridge--covers))))
    (cl-loop for (slot value) on slots by #'cddr
             do (setf (cl-struct-slot-value 'cover-bridge-cover slot cover) value))
    (run-hooks 'cover-bridge-changed-hook)
    cover))

(defun cover-bridge--forget (ids)
  "Drop the covers IDS."
  (dolist (id ids) (remhash id cover-bridge--covers))
  (run-hooks 'cover-bridge-changed-hook))

(defun cover-bridge--note-status (id status watching)
  "Set STATUS, a CoverStatus, and WATCHING of the cover ID; return the cover."
  (cover-bridge--note id 'state (plist-get status :state) 'text (cover-bridge-status-text status)
                      'status status 'watching watching))

(defun cover-bridge--take-in (watch)
  "Take in how a cover stands from WATCH, unless a later word has come.
A final status follows as a change."
  (let* ((id (plist-get watch :taskId))
         (cover (gethash id cover-bridge--covers))
         (known (and cover (plist-get (cover-bridge-cover-status cover) :checkedAt)))
         (last (plist-get watch :last)))
    (when (and last (not (eq t (plist-get last :final)))
               cover (cover-bridge-cover-watching cover)
               (or (not known) (string< known (plist-get last :checkedAt))))
      (cover-bridge--note-status id last t))))

(defun cover-bridge--restore (ids before)
  "Put the covers IDS back to what they were BEFORE, an alist of copies."
  (dolist (id ids)
    (let ((cover (cdr (assoc id before))))
      (if cover (puthash id cover cover-bridge--covers)
        (remhash id cover-bridge--covers))))
  (run-hooks 'cover-bridge-changed-hook))

(provide 'cover-bridge-covers)
;;; cover-bridge-covers.el ends here
