;;; cover-bridge.el --- Follow Suno covers on Kie.ai  -*- lexical-binding: t; -*-

;; Author: Cover Bridge contributors
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: comm, multimedia
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; This package follows the generation of cover images on Kie.ai with the
;; program cover-bridge, which must be in `exec-path'.  The key comes from the
;; variable KIE_API_KEY, or from the host api.kie.ai in `auth-sources'.
;;
;;   M-x cover-bridge-watch    watch covers to their end
;;   M-x cover-bridge-list     show a live list of them
;;   M-x cover-bridge-status   query once
;;   M-x cover-bridge-open     show the images
;;   M-x cover-bridge-unwatch  stop watching
;;
;; To try it without a key, set `cover-bridge-sandbox' and watch
;; "success-9s-demo".

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'cover-bridge-client)
(require 'cover-bridge-covers)

(defvar cover-bridge--unwatched (make-hash-table :test #'equal)
  "By id: the number of the newest request before the task was unwatched.
Answers can come in any order.  So messages about such an id are outdated
until the bridge answers a later request that watches it.")

(defun cover-bridge--say (format &rest arguments)
  "Show FORMAT with ARGUMENTS in the echo area."
  (message "Cover: %s" (apply #'format format arguments)))

(defun cover-bridge--kind (err)
  "Return the kind of ERR, a JSON-RPC error or nil."
  (plist-get (plist-get err :data) :kind))

(defun cover-bridge--error-text (err)
  "Return the message of ERR, a JSON-RPC error, with its kind."
  (let ((kind (cover-bridge--kind err)))
    (concat (plist-get err :message) (and kind (format " (%s)" kind)))))

(defconst cover-bridge--unreadable '(:message "its status cannot be read" :data (:kind "protocolError"))
  "The error of an answer that cannot be read.")

;;; Messages of the bridge

(defun cover-bridge--end (cover text)
  "Show TEXT for COVER, which is final or no longer watched."
  (cover-bridge--say "%s %s" (cover-bridge-cover-id cover) text)
  (run-hook-with-args 'cover-bridge-ended-functions cover))

(defun cover-bridge--notified (method params)
  "Handle the notification METHOD with PARAMS."
  (cl-destructuring-bind (&key taskId status final reason error message &allow-other-keys) params
    (unless (gethash taskId cover-bridge--unwatched)
      (pcase method
        ((and 'cover/statusChanged (guard (stringp taskId)) (guard (not (plist-get status :state))))
         ;; The unreadable change may be the last change of the task.
         (let ((cover (cover-bridge--note taskId "ended" "no longer watched: its status cannot be read" nil)))
           (cover-bridge--say "cannot watch %s: its status cannot be read (protocolError)" taskId)
           (cover-bridge--leave (list taskId))
           (run-hook-with-args 'cover-bridge-ended-functions cover)))
        ('cover/statusChanged
         (let ((cover (cover-bridge--note-status taskId status (not (eq t final)))))
           (when (eq t final) (cover-bridge--end cover (cover-bridge-cover-text cover)))))
        ('cover/watchEnded
         (cover-bridge--end (cover-bridge--note taskId "ended" (concat "no longer watched: " reason) nil)
                            (concat "is no longer watched: "
                                    (if error (cover-bridge--error-text error) reason))))
        ('bridge/healthChanged (cover-bridge--say "%s" message))))))

(defun cover-bridge--take-in (result since)
  "Handle the list of the bridge's watches.
RESULT, with `:watches', is the answer to the request after the request SINCE."
  (seq-doseq (watch (cl-the vector (plist-get result :watches)))
    (cl-destructuring-bind (&key taskId last &allow-other-keys) watch
      (unless (> (gethash taskId cover-bridge--unwatched 0) since)
        (remhash taskId cover-bridge--unwatched)
        (cond (last (cover-bridge--note-status taskId last t))
              ((not (cover-bridge--watched-p taskId))
               (cover-bridge--note taskId "pending" "requested" t)))))))

(defun cover-bridge--give-up ()
  "Mark each cover as no longer watched."
  (dolist (id (cover-bridge-watched))
    (cover-bridge--note id "ended" "no longer watched: the bridge ended" nil)))

(defun cover-bridge--heard (&rest event)
  "Handle EVENT, one of the events of `cover-bridge-client-function'."
  (pcase event
    (`(:notification ,method ,params) (cover-bridge--notified method params))
    (`(:refused ,err) (cover-bridge--say "the bridge refused a message: %s" (cover-bridge--error-text err)))
    ;; The journal may have watches from an earlier start of the bridge.
    (`(:started ,hello)
     (when (eq t (plist-get (plist-get hello :journal) :persistent))
       (cover-bridge--leave (seq-remove #'cover-bridge--watched-p (hash-table-keys cover-bridge--unwatched)))
       (cover-bridge-client-request 'cover/watches nil
                                    (lambda (err result) (unless err (cover-bridge--take-in result 0))))))
    ('(:wanted) (cover-bridge-watched))
    ('(:restarted) (cover-bridge--ask 'cover/watch (mapcar #'list (cover-bridge-watched))))
    (`(:lost ,reason ,delay)
     (unless delay (cover-bridge--give-up))
     (cover-bridge--say (if delay "%s; starting it again in %s s" "%s; M-x cover-bridge-watch starts it again")
                        reason delay))))

(setq cover-bridge-client-function #'cover-bridge--heard)

;;; Ids

(defun cover-bridge-id-at-point ()
  "Return the task id at point, or nil."
  (save-excursion
    (skip-chars-backward "[:alnum:]_.-")
    ;; A full stop at the end of a sentence does not belong to the id.
    (when (looking-at "\\.*\\([[:alnum:]_.-]*[[:alnum:]_-]\\)")
      (match-string-no-properties 1))))

(defun cover-bridge--read-ids (prompt)
  "Read task ids with PROMPT; return a list of a list, for `interactive'.
The user can complete ids that are or were watched."
  (let ((default (or (get-text-property (point) 'tabulated-list-id)
                     (cover-bridge-id-at-point))))
    (list (split-string
           (completing-read (format (if default "%s (default %s): " "%s: ") prompt default)
                            cover-bridge--covers nil nil nil nil default)
           "[ ,]+" t))))

(defun cover-bridge--id-list (ids)
  "Return IDS, a list of task ids or a single one, as a list.
An id that is bytes becomes text, as the bridge will send it."
  (mapcar (lambda (id) (if (multibyte-string-p id) id (decode-coding-string id 'utf-8-unix)))
          (if (listp ids) ids (list ids))))

;;; Commands

(defun cover-bridge--answered (method before since err result)
  "Handle ERR and RESULT, the answer to METHOD of `cover-bridge--ask'.
The request about BEFORE came after the request SINCE."
  (let ((kind (cover-bridge--kind err))
        (watches (eq method 'cover/watch)))
    (cond
     ((null err) (condition-case nil (when watches (cover-bridge--take-in result since))
                   (error (cover-bridge--answered method before since cover-bridge--unreadable nil)
                          ;; The bridge has the watches.
                          (cover-bridge--leave (seq-remove #'cover-bridge--watched-p (mapcar #'car before))))))
     ;; The bridge refuses all ids if one of them is bad.  So each id is sent alone, unless the user has changed it.
     ((and (cdr before) (equal kind "invalidParams"))
      (dolist (one before)
        (when (eq watches (and (gethash (car one) cover-bridge--covers) t))
          (cover-bridge--ask method (list one)))))
     ;; If the bridge died or shuts down, a new one starts, and the watches are requested again.
     ((member kind '("bridgeDied" "bridgeClosed" "shuttingDown")))
     (t
      (when watches (cover-bridge--restore before))
      (cover-bridge--say "cannot %s %s: %s" (if watches "watch" "unwatch")
                         (mapconcat #'car before ", ") (cover-bridge--error-text err))))))

(defun cover-bridge--ask (method before)
  "Send METHOD, cover/watch or cover/unwatch, to the bridge.
BEFORE is an alist of ids and covers, which a refusal restores."
  ;; The bridge accepts at most 1000 ids in a request.
  (dolist (some (seq-partition before 1000))
    (cover-bridge-client-request
     method `(:taskIds ,(vconcat (mapcar #'car some))
              ,@(and cover-bridge-interval (eq method 'cover/watch) (list :interval cover-bridge-interval)))
     (apply-partially #'cover-bridge--answered method some cover-bridge-client-last-id))))

(defun cover-bridge--leave (ids)
  "Unwatch the tasks IDS; without a bridge, at the start of the next one."
  (dolist (id ids) (puthash id cover-bridge-client-last-id cover-bridge--unwatched))
  (when (cover-bridge-client-running-p)
    (cover-bridge--ask 'cover/unwatch (mapcar #'list ids))))

;;;###autoload
(defun cover-bridge-watch (ids)
  "Watch the covers of the tasks IDS, a list or a string, to their end."
  (interactive (cover-bridge--read-ids "Watch covers"))
  (cover-bridge-client-start)
  (let ((before (mapcar (lambda (id) (cons id (gethash id cover-bridge--covers)))
                        (cover-bridge--id-list ids))))
    ;; The covers are noted first, because the bridge is restarted only for watched covers.
    (pcase-dolist (`(,id) before)
      ;; If the cover is already watched, the bridge sends nothing before the next change.
      (unless (cover-bridge--watched-p id)
        (cover-bridge--note id "pending" "requested" t)))
    (cover-bridge--ask 'cover/watch before)))

;;;###autoload
(defun cover-bridge-unwatch (ids)
  "Unwatch the covers of the tasks IDS, a list or a string; forget them."
  (interactive (cover-bridge--read-ids "Unwatch"))
  (cover-bridge--restore (mapcar #'list (cover-bridge--id-list ids)))
  (cover-bridge--leave (cover-bridge--id-list ids)))

(defun cover-bridge--query (id then)
  "Query the status of ID now, and call THEN with it."
  (cover-bridge-client-request
   'cover/status (list :taskId id)
   (lambda (err status)
     (cond ((null err) (funcall then status))
           ((not (equal "bridgeClosed" (cover-bridge--kind err)))
            (cover-bridge--say "%s: %s" id (cover-bridge--error-text err)))))))

;;;###autoload
(defun cover-bridge-status (ids)
  "Query the status of the tasks IDS, a list or a string, once."
  (interactive (cover-bridge--read-ids "Status of covers"))
  (dolist (id (cover-bridge--id-list ids))
    (cover-bridge--query id (lambda (status)
                            (cover-bridge--say "%s %s" id (cover-bridge-status-text status))))))

(defun cover-bridge--open (id status)
  "Show the images of the cover ID with STATUS."
  (if-let ((urls (append (plist-get status :images) nil)))
      (funcall cover-bridge-open-function urls id)
    (cover-bridge--say "%s has no images yet: %s" id (cover-bridge-status-text status))))

;;;###autoload
(defun cover-bridge-open (id)
  "Show the images of the cover of the task ID."
  (interactive (list (or (caar (cover-bridge--read-ids "Images of cover")) (user-error "No task id"))))
  (let ((known (when-let ((cover (gethash id cover-bridge--covers))) (cover-bridge-cover-status cover))))
    (if (eq t (plist-get known :final))
        (cover-bridge--open id known)
      (cover-bridge--query id (apply-partially #'cover-bridge--open id)))))

(defun cover-bridge-stop ()
  "End the bridge.  It is started again by the next command."
  (interactive)
  (cover-bridge-client-stop)
  (clrhash cover-bridge--unwatched)
  (cover-bridge--give-up))

(add-hook 'kill-emacs-hook #'cover-bridge-client-stop)

(autoload 'cover-bridge-list "cover-bridge-list" "Show the covers that are watched." t)
(autoload 'cover-bridge-open-images "cover-bridge-image")
(autoload 'cover-bridge-open-in-browser "cover-bridge-image")

(provide 'cover-bridge)
;;; cover-bridge.el ends here
