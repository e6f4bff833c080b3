"""Tests Neovim with the settings of clients/lsp/README.md, by its screen."""

from __future__ import annotations

import os
from pathlib import Path

from editors import FAILED, FIRST, ROOT, SECOND, Place, snippet
from picture import svg

OLD = os.environ.get("NVIM", "nvim")
NEW = str(ROOT / ".venv/bin/nvim")
DOWNLOADS = ROOT / "dist/screenshots"
REASON = "✗ The cover could not be generated"


def test_the_settings_have_at_most_eight_lines() -> None:
    assert len(snippet("Neovim", "lua").splitlines()) <= 8


def test_three_covers_in_neovim_0_11(place: Place) -> None:
    neovim = place.neovim(NEW, snippet("Neovim", "lua"))
    neovim.shows("Covers for the album")
    neovim.type(
        ":lua vim.wait(60000, function()"
        " for _, c in pairs(vim.lsp.get_clients()) do return c.initialized end end)\r"
    )
    # The keys leave visual mode first: in visual mode, Neovim pauses three seconds after each
    # message.
    neovim.type(":lua vim.lsp.buf.code_action({ range = { start = {1, 0}, ['end'] = {5, 9} } })\r")
    neovim.shows("1: Follow 3 covers")
    neovim.type("1\r")
    neovim.shows(rf"{FIRST} ✓ 2 images")
    neovim.shows(rf"{SECOND} ✓ 2 images")
    neovim.shows(rf"{FAILED} {REASON}")
    neovim.shows("3 of 3 covers done")
    # On a busy machine, a state may pass between two refreshes.
    neovim.has_shown(f"{FIRST} (pending|generating)", f"{FIRST} ✓ 2 images")
    neovim.has_shown(f"{FAILED} (pending|generating)", f"{FAILED} {REASON}")
    neovim.has_shown("0 of 3 covers done", "[12] of 3 covers done", "3 of 3 covers done")
    # The diagnostic is a sign, with its text at the end of the line.
    neovim.shows(rf"^W .*{FAILED} .*■ The cover could")
    # The cursor moves to the last line, so that the hover covers no other line. A move of the
    # cursor closes the hover.
    neovim.type(f"/{SECOND}\r")
    neovim.shows(r"\[1/1\]")
    neovim.type("K")
    neovim.shows(r"Image 1")
    neovim.shows(r"succeeded")
    picture = svg(neovim.screen)
    assert len(picture.encode()) < 60_000
    DOWNLOADS.mkdir(parents=True, exist_ok=True)
    (DOWNLOADS / "neovim.svg").write_text(picture)
    neovim.type(":qall!\r")
    assert neovim.finish() == 0


def test_the_picture_shows_what_neovim_shows() -> None:
    picture = (ROOT / "clients/lsp/images/neovim.svg").read_text()
    assert len(picture.encode()) < 60_000
    for words in (FIRST, SECOND, FAILED, "✓ 2 images", REASON, "succeeded", "Image 1"):
        assert words in picture


def test_three_covers_in_neovim_0_7(place: Place) -> None:
    settings = snippet("Neovim 0.7 to 0.10", "lua")
    # Neovim 0.7 requests lenses when the cursor rests. By default, that takes four seconds.
    neovim = place.neovim(OLD, f"vim.o.updatetime = 200\n{settings}")
    neovim.shows("Covers for the album")
    neovim.type(
        ":lua vim.wait(60000, function()"
        " for _, c in pairs(vim.lsp.buf_get_clients()) do return c.initialized end end)\r"
    )
    for task in (FIRST, SECOND, FAILED):
        neovim.type(f"/{task}\r:lua vim.lsp.buf.code_action()\r")
        neovim.shows(f"1: Follow cover {task}")
        neovim.type("1\r")
        neovim.shows(f"{task} (pending|generating|✓|✗)")
    neovim.shows(f"Cover {SECOND} is done: 2 images")
    # The server cannot refresh lenses in Neovim 0.7. It requests them when the cursor rests again.
    neovim.type("\rgg")
    neovim.shows(f"{SECOND} ✓ 2 images")
    assert Path(NEW).exists()
