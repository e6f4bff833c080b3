;;; cover-bridge.el --- Follow Suno covers on Kie.ai  -*- lexical-binding: t; -*-

;; Author: Cover Bridge contributors
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: comm, multimedia
;; SPDX-License-Identifier: MIT

;;; Commentary:

;; Follows the generation of cover images on Kie.ai by way of the program
;; cover-bridge, which must be in `exec-path'.  The key comes from the
;; variable KIE_API_KEY or from `auth-sources', host api.kie.ai.
;;
;;   M-x cover-bridge-watch    follow covers to their end
;;   M-x cover-bridge-list     a list of them that keeps itself up to date
;;   M-x cover-bridge-status   ask once
;;   M-x cover-bridge-open     look at the images
;;   M-x cover-bridge-unwatch  stop following
;;
;; To try it without a key, set `cover-bridge-sandbox' and watch
;; "success-9s-demo".

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'cover-bridge-client)
(require 'cover-bridge-covers)
(require 'cover-bridge-ids)

(defvar cover-bridge--requests 0 "How many requests have been about watches.")

(defvar cover-bridge--unwatched (make-hash-table :test #'equal)
  "By id the number of the request that unwatched it.
What the bridge says of it is old news until a later request that watches
it is answered; answers come in any order.")

(defun cover-bridge--say (format &rest arguments)
  "Show FORMAT with ARGUMENTS in the echo area."
  (message "Cover: %s" (apply #'format format arguments)))

(defun cover-bridge--kind (err)
  "The kind of ERR, a JSON-RPC error or nil."
  (plist-get (plist-get err :data) :kind))

(defun cover-bridge--error-text (err)
  "The message of ERR, a JSON-RPC error, with its kind."
  (let ((kind (cover-bridge--kind err)))
    (concat (plist-get err :message) (and kind (format " (%s)" kind)))))

;;; What the bridge says

(defun cover-bridge--end (cover text)
  "Say TEXT of COVER, which is done or no longer followed."
  (cover-bridge--say "%s %s" (cover-bridge-cover-id cover) text)
  (run-hook-with-args 'cover-bridge-ended-functions cover))

(defun cover-bridge--notified (method params)
  "Take in the notification METHOD with PARAMS."
  (let ((id (plist-get params :taskId))
        (reason (plist-get params :reason))
        (err (plist-get params :error)))
    (unless (gethash id cover-bridge--unwatched)
      (pcase method
        ('cover/statusChanged
         (let* ((final (eq t (plist-get params :final)))
                (cover (cover-bridge--note-status id (plist-get params :status) (not final))))
           (when final (cover-bridge--end cover (cover-bridge-cover-text cover)))))
        ('cover/watchEnded
         (cover-bridge--end (cover-bridge--note id "ended" (concat "no longer followed: " reason) nil)
                            (concat "is no longer followed: "
                                    (if err (cover-bridge--error-text err) reason))))
        ('bridge/healthChanged (cover-bridge--say "%s" (plist-get params :message)))))))

(defun cover-bridge--take-in (result number)
  "Take in how the covers stand that the bridge follows.
RESULT is the answer to the request NUMBER, with `:watches'."
  (seq-doseq (watch (plist-get result :watches))
    (let ((id (plist-get watch :taskId))
          (last (plist-get watch :last)))
      (unless (> (gethash id cover-bridge--unwatched 0) number)
        (remhash id cover-bridge--unwatched)
        (cond (last (cover-bridge--note-status id last t))
              ((not (cover-bridge--follows-p id))
               (cover-bridge--note id "pending" "asked for" t)))))))

(defun cover-bridge--give-up ()
  "Say of each cover that it is no longer followed."
  (clrhash cover-bridge--unwatched)
  (dolist (id (cover-bridge-watched))
    (cover-bridge--note id "ended" "no longer followed: the bridge ended" nil)))

(defun cover-bridge--heard (&rest event)
  "Take in EVENT, one of those of `cover-bridge-client-function'."
  (pcase event
    (`(:notification ,method ,params) (cover-bridge--notified method params))
    (`(:refused ,err)
     (cover-bridge--say "the bridge refused a message: %s" (cover-bridge--error-text err)))
    ;; A journal may have watches of before.
    (`(:started ,hello)
     (when (eq t (plist-get (plist-get hello :journal) :persistent))
       (cover-bridge-client-request 'cover/watches nil
                                    (lambda (_err result) (cover-bridge--take-in result 0)))))
    ('(:wanted) (cover-bridge-watched))
    ('(:restarted) (cover-bridge--ask-for (cover-bridge-watched) (make-hash-table)))
    (`(:lost ,reason ,delay)
     (clrhash cover-bridge--unwatched)
     (unless delay (cover-bridge--give-up))
     (cover-bridge--say (if delay "%s; starting it again in %s s"
                          "%s; M-x cover-bridge-watch starts it again")
                        reason delay))))

(setq cover-bridge-client-function #'cover-bridge--heard)

;;; Commands

(defconst cover-bridge--most 1000 "The most ids that one request takes.")

(defun cover-bridge--answered (ids number before err result)
  "Take in ERR and RESULT, which answer the request NUMBER about IDS.
BEFORE is as in `cover-bridge--ask-for'."
  (let ((kind (cover-bridge--kind err)))
    (cond
     ((null err) (cover-bridge--take-in result number))
     ;; One bad id is enough; alone, each gets the answer that it deserves, unless it was taken back meanwhile.
     ((and (cdr ids) (equal kind "invalidParams"))
      (dolist (id ids)
        (when (eq (null before) (null (gethash id cover-bridge--covers)))
          (cover-bridge--ask-for (list id) before))))
     ;; If the bridge died, or is about to, it is started again, and asked again.
     ((member kind '("bridgeDied" "bridgeClosed" "shuttingDown")))
     (t
      (when before (cover-bridge--restore ids before))
      (cover-bridge--say "cannot %s %s: %s" (if before "follow" "stop following")
                         (string-join ids ", ") (cover-bridge--error-text err))))))

(defun cover-bridge--ask-for (ids before)
  "Ask the bridge to follow IDS, or no longer if BEFORE is nil.
BEFORE is a copy of the table of covers: a refusal changes nothing."
  (dolist (some (seq-partition ids cover-bridge--most))
    (let ((number (cl-incf cover-bridge--requests)))
      (unless before
        (dolist (id some) (puthash id number cover-bridge--unwatched)))
      (cover-bridge-client-request
       (if before 'cover/watch 'cover/unwatch)
       `(:taskIds ,(vconcat some)
         ,@(and before cover-bridge-interval (list :interval cover-bridge-interval)))
       (lambda (err result) (cover-bridge--answered some number before err result))))))

;;;###autoload
(defun cover-bridge-watch (ids)
  "Follow the covers of the tasks IDS, a list or a string, to their end."
  (interactive (cover-bridge-ids-read "Follow covers"))
  (setq ids (cover-bridge-ids-list ids))
  (let ((before (copy-hash-table cover-bridge--covers)))
    ;; First, since the bridge is started again only for covers that are followed.
    (dolist (id ids)
      ;; Of one that is followed already the bridge says nothing before it changes.
      (unless (cover-bridge--follows-p id)
        (cover-bridge--note id "pending" "asked for" t)))
    (condition-case err
        (cover-bridge--ask-for ids before)
      ((error quit) (cover-bridge--restore ids before)
                    (signal (car err) (cdr err))))))

;;;###autoload
(defun cover-bridge-unwatch (ids)
  "Stop following the covers of the tasks IDS, a list or a string; forget them."
  (interactive (cover-bridge-ids-read "Stop following"))
  (setq ids (cover-bridge-ids-list ids))
  (cover-bridge--restore ids (make-hash-table))
  (when (cover-bridge-client-running-p)
    (cover-bridge--ask-for ids nil)))

(defun cover-bridge--ask (id then)
  "Ask the API for the status of ID now, and call THEN with it."
  (cover-bridge-client-request
   'cover/status (list :taskId id)
   (lambda (err status)
     (cond ((null err) (funcall then status))
           ((not (equal "bridgeClosed" (cover-bridge--kind err)))
            (cover-bridge--say "%s: %s" id (cover-bridge--error-text err)))))))

;;;###autoload
(defun cover-bridge-status (ids)
  "Ask once how the covers of the tasks IDS, a list or a string, stand."
  (interactive (cover-bridge-ids-read "Status of covers"))
  (dolist (id (cover-bridge-ids-list ids))
    (cover-bridge--ask id (lambda (status)
                            (cover-bridge--say "%s %s" id (cover-bridge-status-text status))))))

(defun cover-bridge--open (id status)
  "Look at the images of the cover ID with STATUS."
  (if-let ((urls (append (plist-get status :images) nil)))
      (funcall cover-bridge-open-function urls id)
    (cover-bridge--say "%s has no images yet: %s" id (cover-bridge-status-text status))))

;;;###autoload
(defun cover-bridge-open (id)
  "Look at the images of the cover of the task ID."
  (interactive (list (or (caar (cover-bridge-ids-read "Images of cover")) (user-error "No task id"))))
  (let* ((cover (gethash id cover-bridge--covers))
         (known (and cover (cover-bridge-cover-status cover))))
    (if (eq t (plist-get known :final))
        (cover-bridge--open id known)
      (cover-bridge--ask id (apply-partially #'cover-bridge--open id)))))

(defun cover-bridge-stop ()
  "End the bridge.  It is started again by the next command."
  (interactive)
  (cover-bridge-client-stop)
  (cover-bridge--give-up))

(add-hook 'kill-emacs-hook #'cover-bridge-client-stop)

(autoload 'cover-bridge-list "cover-bridge-list" "Show the covers that are followed." t)
(autoload 'cover-bridge-open-images "cover-bridge-image")
(autoload 'cover-bridge-open-in-browser "cover-bridge-image")

(provide 'cover-bridge)
;;; cover-bridge.el ends here
