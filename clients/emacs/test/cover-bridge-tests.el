;;; cover-bridge-tests.el --- The package against the real bridge  -*- lexical-binding: t; -*-

;;; Commentary:

;; The variable COVER_BRIDGE names the program; see
;; Tests/scripts/test-editor.  Each test starts its own bridge.

;;; Code:

(require 'support (expand-file-name "support" (file-name-directory load-file-name)))
(require 'fault-tests (expand-file-name "fault-tests" (file-name-directory load-file-name)))
(require 'surroundings-tests
         (expand-file-name "surroundings-tests" (file-name-directory load-file-name)))
(require 'conformance-tests
         (expand-file-name "conformance-tests" (file-name-directory load-file-name)))
(require 'error-tests (expand-file-name "error-tests" (file-name-directory load-file-name)))

(tests-deftest tests-watch-to-the-end
  "The list shows each state, and the end is shown as a message."
  (let* (ended (cover-bridge-ended-functions (list (lambda (cover) (push cover ended)))))
    (cover-bridge-list)
    (cover-bridge-watch '("success-0.9s-one"))
    (tests-wait (string-match-p "success-0.9s-one +pending " (tests-list)))
    (tests-wait (string-match-p "success-0.9s-one +generating " (tests-list)))
    (tests-wait (string-match-p "success-0.9s-one +succeeded .*succeeded, 2 images" (tests-list)))
    (tests-message "success-0.9s-one succeeded, 2 images")
    (should (equal '("success-0.9s-one") (mapcar #'cover-bridge-cover-id ended)))
    (should-not (cover-bridge-watched))))

(tests-deftest tests-failure
  "A failure shows its reason."
  (cover-bridge-list)
  (cover-bridge-watch '("fail-0.4s"))
  (tests-message "fail-0.4s failed: The cover could not be generated")
  (should (string-match-p "fail-0.4s +failed .*asked for a failure" (tests-list))))

(tests-deftest tests-non-ascii
  "Ids may contain other characters than ASCII.  One call watches several ids."
  (cover-bridge-watch '("success-0.3s-käse" "fail-0.3s-日本"))
  (tests-message "success-0.3s-käse succeeded")
  (tests-message "fail-0.3s-日本 failed"))

(tests-deftest tests-unwatch
  "Unwatching removes the cover from the list, and ends the watch."
  (cover-bridge-list)
  (cover-bridge-watch '("pending-a" "pending-b"))
  (tests-wait (equal "pending" (tests-text "pending-a")))
  (with-current-buffer "*covers*"
    (goto-char (point-min))
    (search-forward "pending-a")
    (call-interactively #'cover-bridge-list-unwatch))
  (should-not (string-match-p "pending-a" (tests-list)))
  (should (string-match-p "pending-b" (tests-list)))
  (tests-watches '("pending-b")))

(tests-deftest tests-last
  "A cover that the bridge watches already shows its last status at once."
  (let ((cover-bridge-interval 60))
    (cover-bridge-watch "pending-a")
    (tests-wait (equal "pending" (tests-text "pending-a")))
    ;; This makes the package forget the cover.
    (clrhash cover-bridge--covers)
    (cover-bridge-watch "pending-a")
    (should (equal "requested" (tests-text "pending-a")))
    (tests-wait (equal "pending" (tests-text "pending-a")))
    (should (plist-get (cover-bridge-cover-status (car (cover-bridge-covers))) :checkedAt))))

(tests-deftest tests-look-alikes
  "Ids are compared as bytes.  Two ids that look equal can be two covers."
  (let ((composed "pending-caf\u00e9") (decomposed "pending-cafe\u0301")
        (kelvin "pending-\u212a") (k "pending-K"))
    (cover-bridge-watch (list composed decomposed kelvin k))
    (dolist (id (list composed decomposed kelvin k))
      (tests-wait (equal "pending" (tests-text id))))
    (should (equal 4 (length (cover-bridge-watched))))
    (cover-bridge-unwatch composed)
    (tests-watches (list k decomposed kelvin))))

(tests-deftest tests-id-of-bytes
  "An id of bytes becomes text.  An id that is not UTF-8 is refused alone."
  (cover-bridge-watch (list (encode-coding-string "success-0.3s-k\u00e4se" 'utf-8)))
  (tests-message "success-0.3s-k\u00e4se succeeded")
  (should (equal 1 (length (cover-bridge-covers))))
  (cover-bridge-watch (list "pending-a" "pending-\351" "pending-b"))
  (tests-message "cannot watch pending-")
  (tests-watches '("pending-a" "pending-b"))
  (should (equal '("pending-a" "pending-b") (cover-bridge-watched))))

(tests-deftest tests-one-id
  "A single id counts as a list of one."
  (cover-bridge-watch "pending-a")
  (tests-watches '("pending-a"))
  (cover-bridge-status "success-0s")
  (tests-message "success-0s succeeded, 2 images")
  (cover-bridge-unwatch "pending-a")
  (tests-watches '()))

(tests-deftest tests-status
  "A status is shown and leaves no watch."
  (cover-bridge-status '("success-0s"))
  (tests-message "success-0s succeeded, 2 images")
  (should-not (cover-bridge-covers)))

(tests-deftest tests-health
  "The health of the API is shown."
  (cover-bridge-watch '("ratelimit-0.3s"))
  (tests-message "The API asks for fewer queries")
  (tests-message "ratelimit-0.3s succeeded"))

(tests-deftest tests-journal
  "A journal keeps the watches.  Without a bridge, a task can be unwatched."
  (let ((cover-bridge-journal (make-temp-file "journal" nil ".sqlite")))
    (delete-file cover-bridge-journal)
    (cover-bridge-watch '("pending-j"))
    (tests-wait (equal "pending" (tests-text "pending-j")))
    (cover-bridge-stop)
    (clrhash cover-bridge--covers)
    (cover-bridge-status '("success-0s"))
    (tests-wait (equal '("pending-j") (cover-bridge-watched)))
    (cover-bridge-stop)
    (cover-bridge-unwatch "pending-j")
    (cover-bridge-status '("success-0s"))
    (tests-watches nil)
    (should-not (cover-bridge-watched))))

(tests-deftest tests-stop
  "The bridge ends with Emacs."
  (cover-bridge-watch '("pending"))
  (let ((process (tests-process))
        (cover-bridge-client--grace tests-patience))
    (run-hooks 'kill-emacs-hook)
    (should-not (process-live-p process))
    (should (equal 0 (process-exit-status process)))
    (should-not tests-said)))

(tests-deftest tests-open
  "The chosen function opens images; a cover without images gets a message."
  (let* (opened (cover-bridge-open-function (lambda (urls id) (push (cons id urls) opened))))
    (cover-bridge-open "success-0s-x")
    (tests-wait opened)
    (should (equal "success-0s-x" (caar opened)))
    (should (string-match-p "/images/success-0s-x-1.png\\'" (cadar opened)))
    (should (equal 2 (length (cdar opened))))
    (cover-bridge-open "pending")
    (tests-message "pending has no images yet: pending")))

(tests-deftest tests-open-in-list
  "RET opens the images of the cover at point, in the browser of a terminal."
  (let* (browsed (browse-url-browser-function (lambda (url &rest _) (push url browsed))))
    (cover-bridge-list)
    (cover-bridge-watch '("success-0s-z"))
    (tests-message "success-0s-z succeeded")
    (with-current-buffer "*covers*"
      (goto-char (point-min))
      (search-forward "success-0s-z")
      (call-interactively (lookup-key cover-bridge-list-mode-map (kbd "RET"))))
    (should (equal 2 (length browsed)))))

(tests-deftest tests-images-inline
  "Emacs fetches images and inserts them into a buffer, even on a terminal."
  (let (created)
    (cl-letf (((symbol-function 'display-images-p) (lambda (&rest _) t))
              ((symbol-function 'create-image)
               (lambda (data &rest _) (push data created) '(image :type png)))
              ((symbol-function 'insert-image) (lambda (_image text) (insert "IMAGE " text))))
      (cover-bridge-open "success-0s-i")
      (tests-wait (= 2 (length created)))
      (should (string-prefix-p "\211PNG" (car created)))
      (with-current-buffer "*cover success-0s-i*"
        (tests-wait (string-match-p "IMAGE http.*-1.png\\(.\\|\n\\)*IMAGE http.*-2.png"
                                    (buffer-string)))
        (kill-buffer)))))

(tests-deftest tests-image-missing
  "The buffer shows why an image cannot be fetched."
  (cl-letf (((symbol-function 'display-images-p) (lambda (&rest _) t)))
    (cover-bridge-open-images '("http://127.0.0.1:1/none.png") "gone")
    (with-current-buffer "*cover gone*"
      (tests-wait (string-match-p "(not shown: " (buffer-string)))
      (kill-buffer))))

(tests-deftest tests-id-at-point
  "The function returns the id at point, or nil if there is none."
  (pcase-dolist (`(,text ,position ,id) '(("abc" 1 "abc")
                                          ("x = \"abc-1.5s\"," 8 "abc-1.5s")
                                          ("See abc." 6 "abc")
                                          ("a  b" 3 nil)
                                          ("" 1 nil)
                                          ("(käse_7)" 4 "käse_7")
                                          ("..." 2 nil)))
    (erase-buffer)
    (insert text)
    (goto-char position)
    (should (equal id (cover-bridge-id-at-point)))))

(tests-deftest tests-interactive
  "The commands read ids, and offer the one at point."
  (insert "success-0s-q")
  (cl-letf (((symbol-function 'completing-read)
             (lambda (prompt &rest arguments)
               (should (string-match-p "default success-0s-q" prompt))
               (nth 5 arguments))))
    (call-interactively #'cover-bridge-watch)
    (tests-message "success-0s-q succeeded")))

(tests-deftest tests-key
  "The key comes from `auth-sources', unless the environment has one."
  (let ((cover-bridge-sandbox nil)
        (auth-sources (list (make-temp-file "authinfo" nil nil
                                            "machine api.kie.ai login me password k3y\n"))))
    (auth-source-forget-all-cached)
    (should (equal "k3y" (cover-bridge-client--key)))
    (let ((process-environment (cons "KIE_API_KEY=other" process-environment)))
      (should-not (cover-bridge-client--key)))
    ;; An empty variable counts as a missing one.
    (let ((process-environment (cons "KIE_API_KEY=" process-environment)))
      (should (equal "k3y" (cover-bridge-client--key))))
    (auth-source-forget-all-cached)))

(defun cover-bridge-tests-run (&optional selector)
  "Run the tests that SELECTOR names, or all; print the counts, and exit."
  (let* ((stats (ert-run-tests-batch selector))
         (failed (ert-stats-completed-unexpected stats)))
    (princ (format "emacs, the package: %d passed, %d failed\n"
                   (ert-stats-completed-expected stats) failed))
    (kill-emacs (if (and (zerop failed) (cl-plusp (ert-stats-completed-expected stats))) 0 1))))

(provide 'cover-bridge-tests)
;;; cover-bridge-tests.el ends here
