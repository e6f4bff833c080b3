;;; cover-bridge-covers.el --- The state of each cover  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; This file has the covers that are or were watched, by their task ids.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)

(defvar cover-bridge-changed-hook nil
  "Normal hook, run after the state of a cover has changed.")

(cl-defstruct cover-bridge-cover
  "The state of a cover.
STATE is a state of the protocol, or \"ended\" if it is no longer watched;
TEXT describes it to people; STATUS is the last CoverStatus, a plist;
WATCHING is non-nil until the watch ends."
  id state text status watching)

(defvar cover-bridge--covers (make-hash-table :test #'equal)
  "Covers by id.")

(defun cover-bridge-covers ()
  "All covers that are or were watched, by id."
  (seq-sort-by #'cover-bridge-cover-id #'string< (hash-table-values cover-bridge--covers)))

(defun cover-bridge-watched ()
  "The ids of the covers that have not ended."
  (seq-filter #'cover-bridge--watched-p (mapcar #'cover-bridge-cover-id (cover-bridge-covers))))

(defun cover-bridge-status-text (status)
  "Return a text for STATUS, a CoverStatus."
  (cl-destructuring-bind (&key state images failure &allow-other-keys) status
    (cond ((equal state "succeeded")
           (format (if (= 1 (length images)) "%s, %d image" "%s, %d images") state (length images)))
          (failure (format "%s: %s" state (plist-get failure :message)))
          (t state))))

(defun cover-bridge--note (id state text watching &optional status)
  "Set STATE, TEXT and WATCHING of the cover ID, and STATUS if it is given.
Return a new cover.  The old object does not change."
  ;; A newer bridge may send values that are not strings.
  (cl-check-type id string)
  (cl-check-type state string)
  (let ((before (gethash id cover-bridge--covers)))
    (prog1 (puthash id
                    (make-cover-bridge-cover
                     :id id :state state :text text :watching watching
                     :status (or status (and before (cover-bridge-cover-status before))))
                    cover-bridge--covers)
      (run-hooks 'cover-bridge-changed-hook))))

(defun cover-bridge--note-status (id status watching)
  "Set STATUS, a CoverStatus, and WATCHING of the cover ID.  Return the cover."
  (cover-bridge--note id (plist-get status :state) (cover-bridge-status-text status)
                      watching status))

(defun cover-bridge--watched-p (id)
  "Whether the cover ID has not ended."
  (when-let ((cover (gethash id cover-bridge--covers))) (cover-bridge-cover-watching cover)))

(defun cover-bridge--restore (before)
  "Restore the covers in BEFORE, unless they were watched then.
BEFORE is an alist of ids and covers.  An id without a cover is removed."
  (pcase-dolist (`(,id . ,cover) before)
    (cond ((null cover) (remhash id cover-bridge--covers))
          ((not (cover-bridge-cover-watching cover)) (puthash id cover cover-bridge--covers))))
  (run-hooks 'cover-bridge-changed-hook))

(provide 'cover-bridge-covers)
;;; cover-bridge-covers.el ends here
