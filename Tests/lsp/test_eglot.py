"""Tests Emacs with the settings of clients/lsp/README.md, by its screen."""

from __future__ import annotations

from editors import FAILED, FIRST, SECOND, Place, snippet


def test_three_covers_in_eglot(place: Place) -> None:
    emacs = place.emacs(snippet("Emacs", "elisp"))
    emacs.shows("Covers for the album")
    emacs.shows("eglot|EGLOT")
    # These keys select the whole document and run its only code action.
    emacs.type("\x18h\x1bxeglot-code-actions\r")
    emacs.shows("Follow 3 covers")
    emacs.type("\t\r")
    # The test waits for the last message, because that message would cover the hover.
    emacs.shows(f"Cover {SECOND} is done: 2 images")
    # Emacs requests a hover when the cursor has moved.
    emacs.type(f"\x1b<\x13{FIRST}\r\x02")
    emacs.shows("succeeded")
    emacs.type("\x1bxflymake-show-buffer-diagnostics\r")
    emacs.shows(f"warning.*The cover could not be generated|{FAILED}")
    emacs.type("\x18\x03")
    emacs.finish()
