;;; error-tests.el --- An error of each kind, from the real bridge  -*- lexical-binding: t; -*-

;;; Commentary:

;; This file is a part of cover-bridge-tests.el.  Each entry of
;; Tests/errors/errors.json becomes a test with the name tests-error-KIND.

;;; Code:

(require 'json)
(require 'seq)
(require 'support (expand-file-name "support" (file-name-directory load-file-name)))

(defun error-tests-read (file)
  "The JSON in FILE of the repository."
  (let ((json-object-type 'plist))
    (json-read-file (expand-file-name file tests-root))))

(defconst error-tests-entries (error-tests-read "Tests/errors/errors.json"))

(defconst error-tests-codes
  (let ((errors (plist-get (plist-get (error-tests-read "clients/openrpc.json") :components) :errors)))
    (cl-loop for (kind err) on errors by #'cddr
             collect (cons (substring (symbol-name kind) 1) (plist-get err :code))))
  "The codes of the protocol's kinds.  The shared list has those of JSON-RPC.")

(ert-deftest tests-error-kinds ()
  "The shared list has each documented kind, once."
  (let ((documented (mapcar #'car error-tests-codes)))
    (with-temp-buffer
      (insert-file-contents (expand-file-name "clients/PROTOCOL.md" tests-root))
      (search-forward "JSON-RPC's own errors use the kinds")
      (let ((end (save-excursion (search-forward "\n\n"))))
        (while (re-search-forward "`\\([A-Za-z]+\\)`" end t)
          (push (match-string 1) documented))))
    (should (equal (sort documented #'string<)
                   (sort (mapcar (lambda (entry) (plist-get entry :kind)) error-tests-entries)
                         #'string<)))))

(defun error-tests-ask (method params)
  "Call METHOD with PARAMS; return a list of the error and the result."
  (let (answer)
    (cover-bridge-client-request method params (lambda (&rest it) (setq answer it)))
    (tests-wait answer)))

(defun error-tests-call (entry folder)
  "Make the calls of ENTRY, with FOLDER for files; return the error of the last one."
  (cl-flet* ((params (call) (mapcar (lambda (value) (if (equal value "FOLDER") folder value))
                                    (plist-get call :params)))
             (send (call callback) (cover-bridge-client-request (intern (plist-get call :method))
                                                                (params call) callback)))
    (let (answered err)
      (seq-do (lambda (call) (error-tests-ask (intern (plist-get call :method)) (params call)))
              (plist-get entry :before))
      (dotimes (_ (1- (or (plist-get entry :times) 1)))
        (send entry #'ignore))
      (send entry (lambda (it _result) (setq answered t err it)))
      (when (plist-get entry :cancel)
        (tests-cancel cover-bridge-client-last-id))
      ;; This is the message that the user sees.
      (when (and (equal "cover/status" (plist-get entry :method)) (plist-get entry :params))
        (cover-bridge-status (plist-get (plist-get entry :params) :taskId))
        (tests-message (format "(%s)" (plist-get entry :kind))))
      (tests-wait answered)
      err)))

(defun error-tests-send (lines)
  "Send LINES, which the client would not send.  Return the bridge's error."
  (error-tests-ask 'ping nil)
  (let* (err
         (heard cover-bridge-client-function)
         (cover-bridge-client-function (lambda (&rest event)
                                         (when (eq :refused (car event)) (setq err (cadr event)))
                                         (apply heard event))))
    (seq-do (lambda (line) (process-send-string (tests-process) (concat line "\n"))) lines)
    (tests-wait err)
    (should (equal '(nil nil) (error-tests-ask 'ping nil)))
    (should (equal 1 (length tests-said)))
    (tests-message (format "(%s)" (plist-get (plist-get err :data) :kind)))
    err))

(defun error-tests-provoke (entry)
  "Provoke the error of ENTRY, and check it."
  (let* ((folder (make-temp-file "errors" t))
         (buffer (generate-new-buffer "api"))
         (api (make-process :name "api" :buffer buffer :connection-type 'pipe :noquery t
                            :command (list "python3" (expand-file-name "Tests/errors/api.py" tests-root)
                                           folder (plist-get entry :kind))))
         (address (tests-wait (with-current-buffer buffer
                                (goto-char (point-min))
                                (and (re-search-forward "^https?://.*$" nil t) (match-string 0)))))
         (cover-bridge-sandbox nil)
         (cover-bridge-auth-host nil)
         (cover-bridge-journal (expand-file-name "journal.db" folder))
         (cover-bridge-command (append cover-bridge-command (list "--endpoint" address)
                                       (plist-get entry :arguments) nil))
         (process-environment (if (eq :json-false (plist-get entry :key)) process-environment
                                (cons "KIE_API_KEY=key" process-environment)))
         (kind (plist-get entry :kind))
         ;; The bridge itself waits 10 s for the API.
         (tests-patience (if (equal kind "requestTimeout") 60 tests-patience)))
    (unwind-protect
        (let ((err (if (plist-get entry :lines) (error-tests-send (plist-get entry :lines))
                     (error-tests-call entry folder))))
          (should (equal kind (plist-get (plist-get err :data) :kind)))
          (should (equal (or (plist-get entry :code) (cdr (assoc kind error-tests-codes)))
                         (plist-get err :code))))
      (delete-process api)
      (cover-bridge-stop)
      (kill-buffer buffer)
      (delete-directory folder t))))

(defmacro error-tests-define ()
  "Define a test for each entry of the shared list."
  `(progn
     ,@(mapcar (lambda (entry)
                 (let ((kind (plist-get entry :kind)))
                   `(tests-deftest ,(intern (concat "tests-error-" kind))
                      ,(format "The bridge's error %s reaches the caller." kind)
                      (error-tests-provoke ',entry))))
               error-tests-entries)))

(error-tests-define)

(provide 'error-tests)
;;; error-tests.el ends here
