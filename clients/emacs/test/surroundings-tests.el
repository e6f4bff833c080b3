;;; surroundings-tests.el --- Where Emacs runs, and how its bridge dies  -*- lexical-binding: t; -*-

;;; Commentary:

;; This file is a part of cover-bridge-tests.el.

;;; Code:

(require 'support (expand-file-name "support" (file-name-directory load-file-name)))

(defun surroundings-tests-environment (variables)
  "Return the environment with VARIABLES, strings like A=b, before all others."
  (append variables process-environment))

(tests-deftest tests-death-calls-back
  "If the bridge dies, each request gets one answer, even if it was not sent."
  (let (called)
    (cover-bridge-client-request 'ping nil #'ignore)
    (cover-bridge-client-request 'cover/wait '(:taskId "pending")
                                 (lambda (&rest _) (error "On purpose")))
    (dotimes (number 1000)
      (cover-bridge-client-request
       'cover/wait '(:taskId "pending")
       (lambda (err _result) (push (cons number (plist-get err :code)) called))))
    (signal-process (tests-process) 'SIGKILL)
    (tests-wait (= 1000 (length called)))
    (tests-message "ended with code 9")
    (should (equal (mapcar (lambda (number) (cons number -1)) (number-sequence 0 999))
                   (reverse called)))))

(tests-deftest tests-hook-that-fails
  "An error in a function of the user does not affect later events."
  (let ((cover-bridge-ended-functions
         (list (lambda (cover)
                 (signal (if (string-suffix-p "1" (cover-bridge-cover-id cover)) 'quit 'error) nil))))
        (ids (mapcar (lambda (number) (format "success-0s-%d" number)) (number-sequence 1 20))))
    (cover-bridge-watch ids)
    (dolist (id ids)
      (tests-message (concat id " succeeded")))))

(tests-deftest tests-late-words
  "Messages of a bridge that was stopped are ignored."
  (cover-bridge-watch "pending-a")
  (tests-wait (equal "pending" (tests-text "pending-a")))
  (let ((wire (process-get (tests-process) 'wire))
        (change (list :taskId "pending-a" :status (cover-bridge-cover-status (car (cover-bridge-covers))))))
    (cover-bridge-stop)
    (clrhash cover-bridge--covers)
    (with-temp-buffer
      (cl-letf (((symbol-function 'process-buffer) (let ((buffer (current-buffer))) (lambda (_) buffer))))
        (cover-bridge-wire--received
         wire (concat (json-serialize (list :method "cover/statusChanged" :params change)
                                      :false-object :json-false)
                      "\n"))))
    (should-not (cover-bridge-covers))))

(tests-deftest tests-killed-buffers
  "Killing the buffers of the process counts as a death."
  (dolist (buffer (list (lambda () (process-buffer (process-get (tests-process) 'wire)))
                        (lambda () (process-buffer (tests-process)))
                        (lambda () "*cover-bridge events*")))
    (cover-bridge-watch "pending-b")
    (tests-watches '("pending-b"))
    (kill-buffer (funcall buffer))
    (accept-process-output nil 0.3)
    (tests-wait (cover-bridge-client-running-p))
    (tests-watches '("pending-b"))
    (cover-bridge-stop)))

(tests-deftest tests-grandchild
  "If a child keeps the bridge's pipes, Emacs still notices the death."
  (let ((cover-bridge-command (append '("sh" "-c" "sleep 60 & exec \"$0\" \"$@\"") cover-bridge-command)))
    (cover-bridge-watch "pending-g")
    (tests-wait (equal "pending" (tests-text "pending-g")))
    (signal-process (tests-process) 'SIGKILL)
    (tests-message "ended with code 9")
    (tests-watches '("pending-g"))))

(tests-deftest tests-talkative-grandchild
  "If a child writes for ever, Emacs still notices the death of the bridge."
  (let* ((talk "import sys, time\nwhile True: print('talk', file=sys.stderr, flush=True); time.sleep(0.01)")
         (cover-bridge-command (append (list "sh" "-c" "python3 -c \"$0\" & exec \"$@\"" talk)
                                       cover-bridge-command)))
    (cover-bridge-watch "pending-g")
    (tests-wait (equal "pending" (tests-text "pending-g")))
    (tests-wait (with-current-buffer "*cover-bridge stderr*"
                  (string-match-p "talk\ntalk" (buffer-string))))
    (signal-process (tests-process) 'SIGKILL)
    (tests-message "ended with code 9: talk")
    (tests-watches '("pending-g"))))

(tests-deftest tests-no-home
  "Without a home folder, the bridge runs in another folder."
  (dolist (home '("HOME=/no/such/folder" "HOME"))
    (let ((process-environment (surroundings-tests-environment (list home))))
      (cover-bridge-watch "success-0s-h")
      (tests-message "success-0s-h succeeded")
      (cover-bridge-stop)
      (setq tests-said nil))))

(tests-deftest tests-start-that-fails
  "After any failed start, no cover is shown as watched."
  (let ((cover-bridge-sandbox nil)
        (process-environment (surroundings-tests-environment '("KIE_API_KEY="))))
    (cover-bridge-status '("success-0s"))
    (cover-bridge-stop)
    (setq tests-said nil)
    (dolist (condition '(error quit file-missing))
      (cl-letf (((symbol-function 'auth-source-search)
                 (lambda (&rest _) (signal condition '("On purpose")))))
        (should (eq condition (condition-case err (cover-bridge-watch '("pending-a" "pending-b"))
                                ((error quit) (car err)))))
        (should-not (cover-bridge-covers))
        (should-not (cover-bridge-client-running-p))))
    (let ((cover-bridge-sandbox t))
      (cover-bridge-watch "success-0s")
      (tests-message "success-0s succeeded"))))

(tests-deftest tests-relative-journal
  "A relative journal is one file in the home folder, whatever buffer is current."
  (let* ((home (make-temp-file "home" t))
         (process-environment (surroundings-tests-environment (list (concat "HOME=" home)))))
    (dolist (name '("j.db" "~/k.db"))
      (dolist (default-directory '("/" "/tmp/" "/no/such/folder/"))
        (let ((cover-bridge-journal name)
              (file (expand-file-name (file-name-nondirectory name) home)))
          (cover-bridge-status "success-0s")
          (tests-message "success-0s succeeded")
          (cover-bridge-stop)
          (should (file-exists-p file))
          (delete-file file)
          (setq tests-said nil))))))

(tests-deftest tests-journals-that-are-no-files
  "The bridge reports what is wrong with a journal that is not a file."
  (dolist (name '(":memory:" "file:j.db"))
    (let ((cover-bridge-journal name))
      (cover-bridge-status "success-0s")
      (tests-message "ended with code 9: ")
      (should (string-match-p (regexp-quote name) (car tests-said)))
      (cover-bridge-stop)
      (setq tests-said nil))))

(tests-deftest tests-local-environment
  "A restarted bridge has the environment of the buffer that started it."
  (let* ((program (car cover-bridge-command))
         (cover-bridge-command '("the-bridge" "serve"))
         (folder (make-temp-file "bin" t)))
    (make-symbolic-link program (expand-file-name "the-bridge" folder))
    (setq-local exec-path (cons folder exec-path))
    (cover-bridge-watch "pending-l")
    (tests-wait (equal "pending" (tests-text "pending-l")))
    (with-temp-buffer
      (signal-process (tests-process) 'SIGKILL)
      (tests-message "starting it again")
      (tests-wait (cover-bridge-client-running-p))
      (tests-watches '("pending-l")))))

(tests-deftest tests-network-variables
  "The bridge has the environment of Emacs."
  (let* ((file (make-temp-file "environment"))
         (cover-bridge-command (list "sh" "-c" (concat "env >" file)))
         (cover-bridge-restart-delays nil)
         (variables '("HTTPS_PROXY=http://p:1" "NO_PROXY=a.b" "SSL_CERT_FILE=/ca.pem" "SSL_CERT_DIR=/cas"))
         (process-environment (surroundings-tests-environment variables)))
    (cover-bridge-watch "pending")
    (tests-message "ended with code 0")
    (with-temp-buffer
      (insert-file-contents file)
      (dolist (variable variables)
        (should (member variable (split-string (buffer-string) "\n")))))))

(defun surroundings-tests-shows (text)
  "Return the variables and buffers of the package that contain TEXT."
  (let (places)
    (mapatoms (lambda (symbol)
                (when (and (string-prefix-p "cover-bridge" (symbol-name symbol)) (boundp symbol)
                           (string-match-p text (prin1-to-string (symbol-value symbol))))
                  (push symbol places))))
    (dolist (buffer (buffer-list) places)
      (when (string-match-p "cover" (buffer-name buffer))
        (with-current-buffer buffer
          (when (string-match-p text (buffer-string)) (push buffer places)))))))

(tests-deftest tests-no-key-shown
  "No command line, variable, object or buffer shows the key."
  (let* ((key "sk-very-secret")
         (cover-bridge-sandbox nil)
         (cover-bridge-command (append cover-bridge-command '("--endpoint" "http://127.0.0.1:1")))
         (auth-sources (list (make-temp-file "authinfo" nil nil
                                             (format "machine api.kie.ai login me password %s\n" key)))))
    (auth-source-forget-all-cached)
    (dolist (variable (list "KIE_API_KEY=" (concat "KIE_API_KEY=" key)))
      (let ((process-environment (surroundings-tests-environment (list variable))))
        (cover-bridge-watch "pending")
        (cover-bridge-client-request 'cover/watches nil
                                     (lambda (&rest _) (push "watches" tests-said)))
        (tests-message "watches")
        (with-temp-buffer
          (insert-file-contents-literally (format "/proc/%d/environ" (process-id (tests-process))))
          (should (search-forward (concat "KIE_API_KEY=" key) nil t)))
        (should-not (string-match-p key (prin1-to-string (process-command (tests-process)))))
        (should-not (surroundings-tests-shows key))
        (cover-bridge-stop)
        (setq tests-said nil)))
    (auth-source-forget-all-cached)))

(provide 'surroundings-tests)
;;; surroundings-tests.el ends here
