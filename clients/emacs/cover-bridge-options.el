;;; cover-bridge-options.el --- The options of the user  -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: MIT

;;; Commentary:

;; This file has all options of the package, and the faces of the list.

;;; Code:

(defgroup cover-bridge nil
  "Follow the generation of Suno covers on Kie.ai."
  :group 'external)

(defcustom cover-bridge-command '("cover-bridge" "serve")
  "The program cover-bridge and its first arguments."
  :type '(repeat string))

(defcustom cover-bridge-sandbox nil
  "Whether to watch pretend covers, without a key or a network.
The id says what such a cover does: \"success-6s\", \"fail-2s\"."
  :type 'boolean)

(defcustom cover-bridge-journal nil
  "A file that keeps the watches over restarts, or nil for none.
A relative name starts at the home folder."
  :type '(choice (const :tag "None" nil) file))

(defcustom cover-bridge-auth-host "api.kie.ai"
  "The host whose secret in `auth-sources' is the key, or nil.
The variable KIE_API_KEY of the environment comes first."
  :type '(choice (const :tag "Do not look there" nil) string))

(defcustom cover-bridge-restart-delays '(0.1 0.2 0.4 0.8 1.6 3.2 6.4 12.8 25.6 30)
  "Seconds before each restart of a bridge that died; the last is repeated.
After a life of a minute the first one is used again; nil means no restart."
  :type '(repeat number))

(defcustom cover-bridge-interval nil
  "Seconds between two polls of a cover; nil for the bridge's default, 30."
  :type '(choice (const :tag "As the bridge does" nil) number))

(defcustom cover-bridge-open-function #'cover-bridge-open-images
  "The function that shows images; called with a list of URLs and the task id."
  :type '(choice (function-item :tag "In Emacs where it can" cover-bridge-open-images)
                 (function-item :tag "In the browser" cover-bridge-open-in-browser)
                 function))

(defcustom cover-bridge-ended-functions nil
  "Functions to call when a cover is final or no longer watched.
Each gets a `cover-bridge-cover'."
  :type 'hook)

(defface cover-bridge-waiting '((t :inherit shadow))
  "For covers that are pending, or no longer watched.")
(defface cover-bridge-generating '((t :inherit warning))
  "For covers that are being generated.")
(defface cover-bridge-succeeded '((t :inherit success))
  "For covers that succeeded.")
(defface cover-bridge-failed '((t :inherit error))
  "For covers that failed.")

(provide 'cover-bridge-options)
;;; cover-bridge-options.el ends here
