;;; fault-tests.el --- Faults and what they must not affect  -*- lexical-binding: t; -*-

;;; Commentary:

;; This file is a part of cover-bridge-tests.el.

;;; Code:

(require 'json)
(require 'seq)
(require 'support (expand-file-name "support" (file-name-directory load-file-name)))

(tests-deftest tests-bad-id
  "A bad id does not prevent the watches of other ids in the same call."
  (let ((bad (make-string 257 ?x)))
    (cover-bridge-watch (list "pending-a" bad "pending-b"))
    (should (string-match-p (concat "cannot watch " bad ":") (tests-message "(invalidParams)")))
    (tests-watches '("pending-a" "pending-b"))
    (should (equal '("pending-a" "pending-b") (cover-bridge-watched)))
    (should (equal 1 (length tests-said)))))

(tests-deftest tests-refused-request
  "A refused request does not end watches."
  (cover-bridge-watch '("pending-a"))
  (tests-wait (equal "pending" (tests-text "pending-a")))
  (let ((cover-bridge-interval 0.001))
    (cover-bridge-watch '("pending-a" "pending-b"))
    (tests-message "cannot watch pending-a: ")
    (tests-message "cannot watch pending-b: "))
  (tests-watches '("pending-a"))
  (should (equal "pending" (tests-text "pending-a")))
  (should-not (tests-text "pending-b")))

(tests-deftest tests-watching-right-after-unwatching
  "Watching and unwatching keep their order."
  (dotimes (_ 50)
    (cover-bridge-watch '("pending-a"))
    (cover-bridge-unwatch '("pending-a")))
  (cover-bridge-watch '("pending-b"))
  (dotimes (_ 50)
    (cover-bridge-unwatch '("pending-b"))
    (cover-bridge-watch '("pending-b")))
  (tests-watches '("pending-b"))
  (should (equal '("pending-b") (mapcar #'cover-bridge-cover-id (cover-bridge-covers)))))

(tests-deftest tests-busy
  "A busy Emacs loses no change."
  (let ((cover-bridge-command (append cover-bridge-command '("--rate" "1000")))
        (ids (mapcar (lambda (number) (format "success-0.4s-%d" number)) (number-sequence 1 200))))
    (cover-bridge-watch ids)
    (call-process "sleep" nil nil nil "1.5")
    (dolist (id ids) (tests-message (concat id " succeeded")))
    (should (equal 200 (length tests-said)))))

(tests-deftest tests-wait-timeout
  "The error of a wait that reaches its timeout has the last status."
  (let (late)
    (cover-bridge-client-request 'cover/wait '(:taskId "pending" :timeout 2)
                                 (lambda (err _result) (setq late err)))
    (tests-wait late)
    (should (equal "pending" (plist-get (plist-get (plist-get late :data) :last) :state)))))

(tests-deftest tests-watch-ended
  "A watch that ends without a final status shows the reason."
  (cover-bridge-list)
  (cover-bridge-watch '("unauthorized"))
  (tests-message "unauthorized is no longer watched: ")
  (should (string-match-p "unauthorized +ended .*no longer watched: unauthorized" (tests-list))))

(tests-deftest tests-watch-refused
  "A watch that is refused leaves no cover."
  (let ((cover-bridge-interval 0.001))
    (cover-bridge-watch '("pending"))
    (tests-message "(invalidParams)")
    (should-not (cover-bridge-covers))))

(tests-deftest tests-killed
  "A bridge that is killed is restarted and continues its watches."
  (cover-bridge-watch '("success-1.2s-k" "pending-k"))
  (tests-wait (equal "pending" (tests-text "pending-k")))
  (let ((first (tests-process)))
    (signal-process first 'SIGKILL)
    (tests-message "starting it again in 0.1 s")
    (tests-message "success-1.2s-k succeeded")
    (should (equal 1 (cl-count-if (lambda (said) (string-match-p "1.2s-k succeeded" said))
                                  tests-said)))
    (should-not (eq first (tests-process))))
  (tests-watches '("pending-k")))

(tests-deftest tests-command-before-sentinel
  "A command that finds the bridge dead keeps the earlier watches."
  (cover-bridge-watch '("pending-k"))
  (tests-wait (equal "pending" (tests-text "pending-k")))
  (signal-process (tests-process) 'SIGKILL)
  (call-process "sleep" nil nil nil "0.2")
  (cover-bridge-watch '("pending-l"))
  (tests-watches '("pending-k" "pending-l")))

(tests-deftest tests-first-start-fails
  "A first start that fails is not repeated, and shows the reason."
  (let ((cover-bridge-command '("sh" "-c" "echo broken >&2; exit 3")))
    (cover-bridge-watch '("pending"))
    (let ((last (tests-message "M-x cover-bridge-watch starts it again")))
      (should (string-match-p "ended with code 3: broken (.*sh has answered nothing: is it really cover-bridge\\?)" last)))
    (should (equal 1 (length tests-said)))
    (should (equal "no longer watched: the bridge ended" (tests-text "pending")))))

(tests-deftest tests-given-up
  "A bridge that keeps dying is not restarted; its last line is shown."
  (let* ((file (make-temp-name (expand-file-name "died" temporary-file-directory)))
         (script (format "test -e %s && echo broken >&2 && exit 3; exec \"$0\" \"$@\"" file))
         (cover-bridge-command (append (list "sh" "-c" script) cover-bridge-command)))
    (cover-bridge-watch '("pending"))
    (tests-wait (equal "pending" (tests-text "pending")))
    (write-region "" nil file nil 'silent)
    (signal-process (tests-process) 'SIGKILL)
    (let ((last (tests-message "M-x cover-bridge-watch starts it again")))
      (should (string-match-p "ended with code 3: broken" last)))
    (should (equal 4 (length tests-said)))
    (should (equal "no longer watched: the bridge ended" (tests-text "pending")))
    (delete-file file)))

(tests-deftest tests-restart-policy
  "The restart policy is that of clients/conformance."
  (let* ((json-object-type 'plist)
         (file (expand-file-name "clients/conformance/restarts.json" tests-root))
         (delays (default-toplevel-value 'cover-bridge-restart-delays)))
    (seq-doseq (lives (plist-get (json-read-file file) :lives))
      (let ((policy (cons 0 0)))
        (seq-doseq (life lives)
          (should (equal (aref life 1)
                         (cover-bridge-client--pause policy (aref life 0) delays))))))))

(tests-deftest tests-unwatch-bad-id
  "One bad id does not prevent the end of other watches."
  (cover-bridge-watch '("pending-a" "pending-b"))
  (tests-watches '("pending-a" "pending-b"))
  (cover-bridge-unwatch (list "pending-a" (make-string 257 ?x)))
  (tests-message "cannot unwatch xxx")
  (tests-watches '("pending-b"))
  (should (equal '("pending-b") (cover-bridge-watched))))

(tests-deftest tests-refused-twice
  "An id that is refused twice leaves no cover."
  (let ((bad (make-string 257 ?x)))
    (cover-bridge-watch (list bad bad))
    (tests-message "(invalidParams)")
    (should-not (cover-bridge-covers))))

(tests-deftest tests-dead-at-once
  "A bridge that died before a request is noticed."
  (cover-bridge-status '("success-0s"))
  (tests-message "success-0s succeeded")
  (cover-bridge-stop)
  (let ((start (symbol-function 'cover-bridge-client--make-process))
        (cover-bridge-command '("sh" "-c" "exit 3")))
    (cl-letf (((symbol-function 'cover-bridge-client--make-process)
               (lambda () (prog1 (funcall start) (call-process "sleep" nil nil nil "0.2")))))
      (cover-bridge-status '("success-0s"))
      (tests-message "ended with code 3"))))

(tests-deftest tests-no-restart
  "Without watches, the bridge is not restarted until the next command."
  (cover-bridge-status '("success-0s"))
  (tests-message "success-0s succeeded")
  (signal-process (tests-process) 'SIGKILL)
  (tests-message "ended with code 9")
  (accept-process-output nil 0.3)
  (should-not (cover-bridge-client-running-p))
  (cover-bridge-status '("success-0s-again"))
  (tests-message "success-0s-again succeeded"))

(tests-deftest tests-stopping
  "A watch that a bridge refuses at its shutdown is requested again."
  (let* ((folder (make-temp-file "stopping" t))
         (err '(:code 1007 :message "stopping" :data (:kind "shuttingDown")))
         (fake (expand-file-name "clients/conformance/fake_bridge.py" tests-root))
         (cover-bridge-command (list "python3" fake folder)))
    (with-temp-file (expand-file-name "case.json" folder)
      (insert (json-serialize
               `(:bridges [[(:read "cover/watch" :hold t) (:answer "cover/watch" :error ,err) (:die 0)]
                           [(:read "cover/watch") (:change "a" :state "succeeded")]]))))
    (cover-bridge-watch "a")
    (tests-message "a succeeded")))

(tests-deftest tests-no-json
  "An Emacs without JSON is a user error, and no cover is shown as watched."
  (cl-letf (((symbol-function 'json-serialize) nil))
    (should (string-match-p "built without JSON"
                            (cadr (should-error (cover-bridge-watch '("pending"))
                                                :type 'user-error))))
    (should-not (cover-bridge-covers))))

(tests-deftest tests-no-program
  "A missing program is a user error."
  (let ((cover-bridge-command '("no-such-bridge")))
    (should (string-match-p "cover-bridge-command"
                            (cadr (should-error (cover-bridge-watch '("pending"))
                                                :type 'user-error))))
    (should-not (cover-bridge-covers))))

(provide 'fault-tests)
;;; fault-tests.el ends here
