"""`status --preview` shows pictures if the terminal can display them, or else links."""

from __future__ import annotations

import pytest
from terminal import Terminal, run

PREVIEW = "status success-0s --preview --sandbox"
ATTRIBUTES = b"\x1b[c"
SIXEL = b"\x1bP0;1;0q"


@pytest.mark.parametrize(
    ("extra", "start"),
    [
        ({"KITTY_WINDOW_ID": "1"}, b"\x1b_Gf=100,a=T,"),
        ({"TERM_PROGRAM": "iTerm.app"}, b"\x1b]1337;File=inline=1;"),
        ({"TERM_PROGRAM": "iTerm.app", "TMUX": "x"}, None),
        ({}, None),
    ],
)
def test_preview(extra: dict[str, str], start: bytes | None) -> None:
    terminal = Terminal("status success-0s --preview --sandbox", 80, extra=extra)
    assert terminal.finish() == 0
    for mark in (b"\x1b_G", b"\x1b]1337"):
        assert (mark in terminal.raw) == (start is not None and start.startswith(mark))
    if start is not None:
        assert terminal.raw.count(start) == 2
    assert b"/images/success-0s-1.png\x1b]8;;" in terminal.raw


@pytest.mark.parametrize("extra", [{}, {"TMUX": "x", "KITTY_WINDOW_ID": "1"}])
def test_sixel_if_the_terminal_announces_it(extra: dict[str, str]) -> None:
    terminal = Terminal(PREVIEW, 80, extra=extra, answers={ATTRIBUTES: b"\x1b[?62;4;22c"})
    assert terminal.finish() == 0
    assert terminal.raw.count(SIXEL + b'"1;1;64;64') == 2
    assert b"/images/success-0s-1.png\x1b]8;;" in terminal.raw
    # The screen shows no answer of the terminal, and the terminal has its old settings again.
    assert b"62;4" not in terminal.raw
    assert terminal.last_settings == terminal.first_settings


def test_sixel_with_the_available_colors() -> None:
    # The terminal's attributes are the last answer, because the command stops to read after them.
    answers = {
        b"\x1b[16t": b"\x1b[6;4;2t",
        b"\x1b[?1;1;0S": b"x\x1b[?1;0;2S",
        ATTRIBUTES: b"\x1b[?64;4c",
    }
    terminal = Terminal(PREVIEW, 80, answers=answers)
    assert terminal.finish() == 0
    # The picture has twelve rows of four pixels.
    assert terminal.raw.count(SIXEL + b'"1;1;48;48') == 2
    assert b"#1;2;" in terminal.raw
    assert b"#2;2;" not in terminal.raw


@pytest.mark.parametrize(
    "answer", [b"", b"\x1b[?6c", b"\x1b[?62;22c", b"\x1b[?62;4;99999999999", b"c" * 5000]
)
def test_no_sixel_if_the_terminal_does_not_announce_it(answer: bytes) -> None:
    terminal = Terminal(PREVIEW, 80, answers={ATTRIBUTES: answer})
    assert terminal.finish() == 0
    assert b"\x1bP" not in terminal.raw
    assert terminal.raw.count(ATTRIBUTES) == 1
    assert terminal.last_settings == terminal.first_settings


def test_the_terminal_is_queried_only_if_needed() -> None:
    """The command needs images to show, and output on a terminal."""
    terminal = Terminal("status pending --preview --sandbox", 80)
    assert terminal.finish() == 0
    assert ATTRIBUTES not in terminal.raw
    terminal = Terminal(PREVIEW, 80, extra={"TERM": "dumb"})
    assert terminal.finish() == 0
    assert b"\x1b" not in terminal.raw
    assert "\x1b" not in run(PREVIEW).stdout


def test_control_c_during_the_query_of_the_terminal() -> None:
    terminal = Terminal(PREVIEW, 80)
    terminal.until(lambda: ATTRIBUTES in terminal.raw)
    terminal.press(b"\x03")
    assert terminal.finish() == 130
    assert terminal.last_settings == terminal.first_settings
