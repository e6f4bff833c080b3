;;; conformance-tests.el --- What each client must do  -*- lexical-binding: t; -*-

;;; Commentary:

;; This file is a part of cover-bridge-tests.el.  Each case of
;; clients/conformance becomes a test with the name tests-conformance-NAME.
;; The README of that folder explains the form of a case.

;;; Code:

(require 'json)
(require 'seq)
(require 'support (expand-file-name "support" (file-name-directory load-file-name)))

(defconst conformance-tests-folder (expand-file-name "clients/conformance/" tests-root))

(defvar conformance-tests--place nil "The folder of the current case.")
(defvar conformance-tests--calls nil "An alist of names and request ids.")
(defvar conformance-tests--answers nil "An alist of names and errors with results.")
(defvar conformance-tests--watches nil "An alist of names and ids.")
(defvar conformance-tests--shown nil
  "By task: the shown texts, from old to new, without repetitions in a row.")
(defvar conformance-tests--seen nil "By watch and task, how much of that the watch has seen.")

(defun conformance-tests--read (file)
  "Return the JSON in FILE."
  (let ((json-object-type 'plist)) (json-read-file file)))

(defun conformance-tests--look ()
  "Record what is shown."
  (dolist (cover (cover-bridge-covers))
    (let* ((id (cover-bridge-cover-id cover))
           (text (cover-bridge-cover-text cover))
           (now (if (string-match "\\`no longer watched: " text) (substring text (match-end 0))
                  (plist-get (cover-bridge-cover-status cover) :state)))
           (shown (gethash id conformance-tests--shown)))
      (unless (or (null now) (equal now (car (last shown))))
        (puthash id (append shown (list now)) conformance-tests--shown)))))

(defun conformance-tests--call (name method params)
  "Call METHOD with PARAMS under NAME."
  (push (cons name (cover-bridge-client-request
                    method params
                    (lambda (err result)
                      (unless (assoc name conformance-tests--answers)
                        (push (list name err result) conformance-tests--answers)))))
        conformance-tests--calls))

(defun conformance-tests--next-p (name task wanted)
  "Whether TASK was shown as WANTED when the watch NAME began, or later."
  (let* ((key (cons name task))
         (seen (gethash key conformance-tests--seen))
         (shown (gethash task conformance-tests--shown)))
    (when (equal wanted (nth seen shown)) (puthash key (setq seen (1+ seen)) conformance-tests--seen))
    (and (> seen 0) (equal wanted (nth (1- seen) shown)))))

(defun conformance-tests--seen-p (step)
  "Whether the bridge has read what STEP waits for."
  (cl-flet ((alist (object) (sort (cl-loop for (key value) on object by #'cddr
                                           collect (cons (symbol-name key) value))
                                  (lambda (a b) (string< (car a) (car b))))))
    (let ((seen (conformance-tests--read (expand-file-name "seen.json" conformance-tests--place))))
      (and (memql (plist-get step :starts) (list nil (plist-get seen :starts)))
           (or (not (plist-member step :watched))
               (equal (alist (plist-get step :watched)) (alist (plist-get seen :watched))))
           (cl-loop for (method times) on (plist-get step :heard) by #'cddr
                    always (eql times (or (plist-get (plist-get seen :heard) method) 0)))))))

(defun conformance-tests--step (step)
  "Play STEP."
  (cl-flet ((its (key) (plist-get step key))
            (watched (ids) (seq-filter #'cover-bridge--watched-p ids)))
    (let ((ids (cdr (assoc (its :of) conformance-tests--watches)))
          (err (its :error)))
      (pcase (its :do)
        ("start" (conformance-tests--call "start" 'ping nil)
                 (conformance-tests--step `(:do "result" :of "start" :error ,err)))
        ("watch" (let ((new (append (its :ids) nil)))
                   (push (cons (its :as) new) conformance-tests--watches)
                   (dolist (id new)
                     (puthash (cons (its :as) id) (length (gethash id conformance-tests--shown))
                              conformance-tests--seen))
                   (setq cover-bridge-interval (its :interval))
                   (cover-bridge-watch new)))
        ("next" (tests-wait
                 (cond ((its :over) (not (watched ids)))
                       ((member err '("bridgeDied" "bridgeClosed"))
                        (seq-some (lambda (id) (equal "no longer watched: the bridge ended" (tests-text id)))
                                  ids))
                       (err (seq-some (lambda (said) (string-match-p (format "cannot watch .*(%s)" err) said))
                                      tests-said))
                       (t (conformance-tests--next-p (its :of) (its :task) (or (its :state) (its :reason)))))))
        ("break" (cover-bridge-unwatch (watched ids)))
        ("call" (conformance-tests--call (its :as) (intern (its :method)) (list :taskId (its :task))))
        ("result" (pcase-let ((`(,failure ,result)
                               (cdr (tests-wait (assoc (its :of) conformance-tests--answers)))))
                    (should (equal err (cover-bridge--kind failure)))
                    (should (string-suffix-p (or (its :says) "") (or (plist-get failure :message) "")))
                    (should (member (its :state) (list nil (plist-get result :state))))
                    (should (member (its :task) (list nil (plist-get result :taskId))))))
        ;; A cancelled call has its outcome at once, because its caller does not wait.
        ("cancel" (push (list (its :of) '(:data (:kind "cancelled"))) conformance-tests--answers)
                  (tests-cancel (cdr (assoc (its :of) conformance-tests--calls))))
        ("open" (write-region "" nil (expand-file-name (concat "gate-" (its :gate)) conformance-tests--place)
                              nil 'silent))
        ("see" (tests-wait (conformance-tests--seen-p step)))
        ("close" (cover-bridge-stop))
        (other (error "There is no step %s" other))))))

(defun conformance-tests--play (name)
  "Play the case NAME."
  (let* ((conformance-tests--place (make-temp-file "conformance" t))
         (conformance-tests--shown (make-hash-table :test #'equal))
         (conformance-tests--seen (make-hash-table :test #'equal))
         conformance-tests--calls conformance-tests--answers conformance-tests--watches
         ;; The Lisp code is not compiled, so 10,000 events take long on a busy machine.
         (tests-patience 90)
         (case (cdr (assoc name conformance-tests--cases)))
         (process-environment
          (append (cl-loop for (key value) on (plist-get case :environment) by #'cddr
                           collect (format "%s=%s" (substring (symbol-name key) 1) value))
                  process-environment))
         (cover-bridge-changed-hook (cons #'conformance-tests--look cover-bridge-changed-hook))
         (cover-bridge-command (list "python3" (concat conformance-tests-folder "fake_bridge.py")
                                     conformance-tests--place))
         (cover-bridge-restart-delays (and (eq t (plist-get case :restart))
                                           (default-toplevel-value 'cover-bridge-restart-delays))))
    (with-temp-file (expand-file-name "case.json" conformance-tests--place)
      (insert (json-encode case)))
    (seq-do #'conformance-tests--step (plist-get case :steps))
    (should (equal [] (plist-get (conformance-tests--read (expand-file-name "seen.json" conformance-tests--place))
                                 :faults)))))

(defconst conformance-tests--cases
  (let (cases)
    (dolist (file (directory-files (concat conformance-tests-folder "cases") t "\\.json\\'") cases)
      (seq-doseq (case (conformance-tests--read file))
        (unless (plist-get case :iterators)
          (push (cons (plist-get case :name) case) cases))))))

(defmacro conformance-tests-define ()
  "Define a test for each case."
  `(progn
     ,@(mapcar (lambda (case)
                 `(tests-deftest ,(intern (concat "tests-conformance-" (string-replace " " "-" (car case))))
                    ,(car case)
                    (conformance-tests--play ,(car case))))
               conformance-tests--cases)))

(conformance-tests-define)

(provide 'conformance-tests)
;;; conformance-tests.el ends here
