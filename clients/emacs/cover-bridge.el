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

(defcustom cover-bridge-interval nil
  "Seconds between two looks at a cover; nil for what the bridge does, 30."
  :type '(choice (const :tag "As the bridge does" nil) number)
  :group 'cover-bridge)

(defcustom cover-bridge-open-function #'cover-bridge-open-images
  "How to look at images; called with a list of URLs and the task's id."
  :type '(choice (function-item :tag "In Emacs where it can" cover-bridge-open-images)
                 (function-item :tag "In the browser" cover-bridge-open-in-browser)
                 function)
  :group 'cover-bridge)

(defcustom cover-bridge-ended-functions nil
  "Functions to call when a cover is done or no longer followed.
Each gets a `cover-bridge-cover'."
  :type 'hook
  :group 'cover-bridge)

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

(defun cover-bridge--status-changed (change)
  "Take in CHANGE, a StatusChange."
  (let* ((final (eq t (plist-get change :final)))
         (cover (cover-bridge--note-status (plist-get change :taskId) (plist-get change :status)
                                           (not final))))
    (when final
      (cover-bridge--say "%s %s" (cover-bridge-cover-id cover) (cover-bridge-cover-text cover))
      (run-hook-with-args 'cover-bridge-ended-functions cover))))

(defun cover-bridge--watch-ended (ended)
  "Take in ENDED, a watch that ended without a final state."
  (let* ((id (plist-get ended :taskId))
         (reason (plist-get ended :reason))
         (err (plist-get ended :error))
         (cover (cover-bridge--note id "ended" (concat "no longer followed: " reason) nil)))
    (cover-bridge--say "%s is no longer followed: %s" id
                       (if err (cover-bridge--error-text err) reason))
    (run-hook-with-args 'cover-bridge-ended-functions cover)))

(defun cover-bridge--notified (method params)
  "Take in the notification METHOD with PARAMS."
  (unless (gethash (plist-get params :taskId) cover-bridge--unwatched)
    (pcase method
      ('cover/statusChanged (cover-bridge--status-changed params))
      ('cover/watchEnded (cover-bridge--watch-ended params))
      ('bridge/healthChanged (cover-bridge--say "%s" (plist-get params :message))))))

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

(defun cover-bridge--started (hello)
  "Learn what is in the journal; HELLO is the answer to `initialize'."
  (when (eq t (plist-get (plist-get hello :journal) :persistent))
    (cover-bridge-client-request
     'cover/watches nil
     (lambda (_err result) (cover-bridge--take-in result 0)))))

(defun cover-bridge--give-up ()
  "Say of each cover that it is no longer followed."
  (clrhash cover-bridge--unwatched)
  (dolist (id (cover-bridge-watched))
    (cover-bridge--note id "ended" "no longer followed: the bridge ended" nil)))

(defun cover-bridge--lost (reason delay)
  "Tell the REASON why the bridge is gone, and the DELAY to its next start."
  (clrhash cover-bridge--unwatched)
  (if delay
      (cover-bridge--say "%s; starting it again in %s s" reason delay)
    (cover-bridge--give-up)
    (cover-bridge--say "%s; M-x cover-bridge-watch starts it again" reason)))

(defun cover-bridge--refused (err)
  "Tell of ERR, by which the bridge refused a message."
  (cover-bridge--say "the bridge refused a message: %s" (cover-bridge--error-text err)))

(setq cover-bridge-client-notification-function #'cover-bridge--notified
      cover-bridge-client-refused-function #'cover-bridge--refused
      cover-bridge-client-started-function #'cover-bridge--started
      cover-bridge-client-restarted-function
      (lambda () (cover-bridge--ask-for (cover-bridge-watched) (make-hash-table)))
      cover-bridge-client-lost-function #'cover-bridge--lost
      cover-bridge-client-wanted-p #'cover-bridge-watched)

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
     ;; If the bridge died it is started again, and asked again.
     ((member kind '("bridgeDied" "bridgeClosed")))
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
  (interactive (list (cover-bridge-ids-read "Follow covers")))
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
  (interactive (list (cover-bridge-ids-read
                      "Stop following" (hash-table-keys cover-bridge--covers))))
  (setq ids (cover-bridge-ids-list ids))
  (cover-bridge--forget ids)
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
  (interactive (list (cover-bridge-ids-read
                      "Status of covers" (hash-table-keys cover-bridge--covers))))
  (dolist (id (cover-bridge-ids-list ids))
    (cover-bridge--ask id (lambda (status)
                            (cover-bridge--say "%s %s" id (cover-bridge-status-text status))))))

;;;###autoload
(defun cover-bridge-open (id)
  "Look at the images of the cover of the task ID."
  (interactive (list (or (car (cover-bridge-ids-read
                               "Images of cover" (hash-table-keys cover-bridge--covers)))
                         (user-error "No task id"))))
  (let* ((cover (gethash id cover-bridge--covers))
         (known (and cover (cover-bridge-cover-status cover)))
         (open (lambda (status)
                 (let ((urls (append (plist-get status :images) nil)))
                   (if urls
                       (funcall cover-bridge-open-function urls id)
                     (cover-bridge--say "%s has no images yet: %s" id
                                        (cover-bridge-status-text status)))))))
    (if (eq t (plist-get known :final))
        (funcall open known)
      (cover-bridge--ask id open))))

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
