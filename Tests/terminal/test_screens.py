"""What the commands show on a terminal.

Most tests are about `watch`: its whole screen, a change of its size, and the end. Some are about
the links and colours of other commands.
"""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import pytest
from processes import state
from terminal import COMMAND, PATIENCE, PROMPT, Terminal, still, watch

TASKS = "success-2s-a fail-1s-b generating-c"

LIVE = {
    40: [
        "TASK          STATE       ELAPSED",
        "success-2s-a  succeeded        #s",
        "fail-1s-b     failed           #s",
        "generating-c  generating       #s",
        "1 generating, 1 succeeded, 1 failed",
    ],
    80: [
        "TASK          STATE       ELAPSED    NEXT  IMAGES  DETAIL",
        "success-2s-a  succeeded        #s               2  image 1 image 2",
        "fail-1s-b     failed           #s                  The cover could not be gener…",
        "generating-c  generating       #s     now",
        "1 generating, 1 succeeded, 1 failed",
    ],
    200: [
        "TASK          STATE       ELAPSED    NEXT  IMAGES  DETAIL",
        "success-2s-a  succeeded        #s               2  image 1 image 2",
        "fail-1s-b     failed           #s                  "
        "The cover could not be generated: the sandbox was asked for a failure",
        "generating-c  generating       #s     now",
        "1 generating, 1 succeeded, 1 failed",
    ],
}


@pytest.mark.parametrize("columns", LIVE)
def test_live_screen_at_each_width(columns: int) -> None:
    terminal = watch(TASKS, columns)
    terminal.until(lambda: still(terminal.lines()) == LIVE[columns])
    assert terminal.screen.is_second
    terminal.signal(signal.SIGINT)
    assert terminal.finish() == 130


@pytest.mark.parametrize("change", [(80, 40), (40, 80), (200, 80)])
def test_resize_in_the_middle(change: tuple[int, int]) -> None:
    before, after = change
    terminal = watch(TASKS, before)
    terminal.until(lambda: still(terminal.lines()) == LIVE[before])
    terminal.resize(after, 24)
    terminal.until(lambda: still(terminal.lines()) == LIVE[after])
    terminal.signal(signal.SIGTERM)
    assert terminal.finish() == 130


def test_summary_stays_on_the_first_screen() -> None:
    terminal = watch("success-1s-a success-0s-b", 80)
    assert terminal.finish() == 0
    assert not terminal.screen.is_second
    assert not terminal.screen.cursor.hidden
    assert still(terminal.lines()) == [
        PROMPT,
        "TASK          STATE      ELAPSED  IMAGES  DETAIL",
        "success-1s-a  succeeded       #s       2  image 1 image 2",
        "success-0s-b  succeeded       #s       2  image 1 image 2",
        "2 tasks: 2 succeeded",
    ]


def test_control_c_leaves_a_clean_screen_and_a_hint_to_resume() -> None:
    terminal = watch("pending-x 'pending y'", 80)
    terminal.until(lambda: "2 pending" in terminal.text())
    terminal.press(b"\x03")
    assert terminal.finish() == 130
    assert not terminal.screen.is_second
    assert not terminal.screen.cursor.hidden
    assert still(terminal.lines()) == [
        PROMPT,
        "TASK       STATE    ELAPSED  IMAGES  DETAIL",
        "pending-x  pending       #s",
        "pending y  pending       #s",
        "2 tasks: 2 pending",
        "cover-bridge: interrupted; the tasks continue. Resume with: cover-bridge watch -",
        "-sandbox pending-x 'pending y'",
    ]


@pytest.mark.parametrize("key", [b"\x1c", b"\x03\x03\x03"])
def test_other_ends_leave_a_clean_screen(key: bytes) -> None:
    terminal = watch("pending-x", 80)
    terminal.until(lambda: "1 pending" in terminal.text())
    terminal.press(key)
    assert terminal.finish() == 130
    assert not terminal.screen.is_second
    assert not terminal.screen.cursor.hidden
    assert terminal.last_settings == terminal.first_settings
    assert terminal.text().count("interrupted; the tasks continue.") == 1


def test_a_closed_terminal_ends_the_command() -> None:
    terminal = watch("pending-x", 80)
    terminal.until(lambda: "1 pending" in terminal.text())
    os.close(terminal.descriptor)
    assert terminal.process.wait(PATIENCE) == 130


@pytest.mark.parametrize("size", [(30, 5), (3, 2), (1, 1)])
def test_a_tiny_window(size: tuple[int, int]) -> None:
    terminal = watch(TASKS, 80)
    terminal.until(lambda: still(terminal.lines()) == LIVE[80])
    terminal.resize(*size)
    mark = len(terminal.raw)
    # This sequence clears the screen, so a frame begins at the top again.
    terminal.until(lambda: b"\x1b[2J" in terminal.raw[mark:])
    terminal.resize(80, 24)
    terminal.until(lambda: still(terminal.lines()) == LIVE[80])
    terminal.press(b"\x03")
    assert terminal.finish() == 130


def test_job_control_in_a_shell() -> None:
    """In the background, the command does not draw, because the shell uses the screen."""
    shell = Terminal("--norc --noprofile -i", 120, extra={"PS1": "$ "}, program="bash")
    shell.press(f"PS1='ready> '; clear; {COMMAND} watch pending-x --sandbox\n".encode())
    shell.until(lambda: shell.screen.is_second and "1 pending" in shell.text())
    shell.press(b"\x1a")
    shell.until(lambda: not shell.screen.is_second and "Stopped" in shell.text())
    assert not shell.screen.cursor.hidden
    shell.press(b"bg\n")
    shell.until(lambda: shell.text().endswith("&\nready>"))
    # If the command drew in the background, it would draw five frames in this second.
    shell.press(b"sleep 1; echo sl''ept\n")
    shell.until(lambda: "slept" in shell.text())
    assert not shell.screen.is_second
    shell.press(b"fg\n")
    shell.until(lambda: shell.screen.is_second and "1 pending" in shell.text())
    shell.press(b"\x03")
    shell.until(lambda: not shell.screen.is_second and "1 task: 1 pending" in shell.text())
    shell.press(b"echo code $?; exit\n")
    shell.until(lambda: "code 130" in shell.text())
    shell.finish()


def test_more_tasks_than_rows() -> None:
    tasks = [f"pending-{n:03}" for n in range(199)] + ["generating-last"]
    terminal = watch(f"{' '.join(tasks)} --rate 1000", 80, 12)
    terminal.until(lambda: "1 generating, 199 pending" in terminal.lines()[-1])
    lines = still(terminal.lines())
    assert lines[0] == "TASK             STATE       ELAPSED    NEXT  IMAGES  DETAIL"
    assert [line.split()[0] for line in lines[1:9]] == [
        *(f"pending-{n:03}" for n in range(7)),
        "generating-last",
    ]
    assert lines[9:] == ["… and 192 more: 192 pending", "1 generating, 199 pending"]
    terminal.resize(80, 8)
    terminal.until(lambda: "… and 196 more: 196 pending" in terminal.text())
    assert len(terminal.lines()) == 7
    terminal.press(b"\x03")
    assert terminal.finish() == 130


def test_wide_characters_keep_the_columns() -> None:
    terminal = watch("success-0s-封面 success-0s-ab pending-🎵é", 80)
    terminal.until(lambda: "2 succeeded" in terminal.text() and "1 pending" in terminal.text())
    # The emulator puts an empty cell after each wide character.
    starts = [
        terminal.screen.buffer[row][17].data + terminal.screen.buffer[row][18].data
        for row in (1, 2, 3)
    ]
    assert starts == ["su", "su", "pe"]
    terminal.press(b"\x03")
    assert terminal.finish() == 130


def test_stopped_and_continued() -> None:
    terminal = watch("pending-x", 80)
    terminal.until(lambda: "1 pending" in terminal.text())
    terminal.press(b"\x1a")
    terminal.until(lambda: not terminal.screen.is_second)
    assert not terminal.screen.cursor.hidden
    # The command clears its screen before it stops.
    terminal.until(lambda: state(terminal.process.pid) == "T")
    terminal.signal(signal.SIGCONT)
    terminal.until(lambda: terminal.screen.is_second and "1 pending" in terminal.text())
    terminal.press(b"\x03")
    assert terminal.finish() == 130


@pytest.mark.parametrize(
    ("options", "extra", "is_colored"),
    [
        ("", {}, True),
        ("", {"NO_COLOR": "1"}, False),
        ("--color never", {}, False),
        ("--color always", {"NO_COLOR": "1"}, True),
    ],
)
def test_colors_follow_the_variables(options: str, extra: dict[str, str], is_colored: bool) -> None:
    terminal = watch(f"success-0s {options}", 80, extra=extra)
    assert terminal.finish() == 0
    assert (b"\x1b[32m" in terminal.raw) == is_colored


@pytest.mark.parametrize("extra", [{"TERM": "dumb"}, {"CI": "true"}, {"CI": "1"}])
@pytest.mark.parametrize(
    "arguments",
    [
        "watch success-1s",
        "status success-0s",
        "status success-0s --preview",
        "download success-0s --overwrite --directory {}",
        "doctor",
    ],
)
def test_a_terminal_without_a_user_gets_lines(
    arguments: str, extra: dict[str, str], tmp_path: Path
) -> None:
    terminal = Terminal(f"{arguments.format(tmp_path)} --sandbox", 80, extra=extra)
    assert terminal.finish() == 0
    assert b"\x1b" not in terminal.raw
    if arguments.startswith("watch"):
        assert "success-1s  pending" in terminal.text()
        assert "1 task: 1 succeeded" in terminal.text()


def test_images_are_saved_with_a_bar(tmp_path: object) -> None:
    terminal = watch(f"success-1s success-0s pending --download {tmp_path}", 100)
    terminal.until(lambda: terminal.text().count("saved 2 images") == 2)
    terminal.press(b"\x03")
    assert terminal.finish() == 130


def test_status_links_to_the_images() -> None:
    terminal = Terminal("status success-0s fail-0s --sandbox", 80)
    assert terminal.finish() == 1
    assert terminal.lines()[:3] == [
        "TASK        STATE      ELAPSED  IMAGES  DETAIL",
        "success-0s  succeeded       0s       2  image 1 image 2",
        "fail-0s     failed          0s          The cover could not be generated: the s…",
    ]
    link = rb"\x1b]8;;http://127.0.0.1:\d+/images/success-0s-1.png\x1b\\image 1\x1b]8;;\x1b\\"
    assert re.search(link, terminal.raw)


@pytest.mark.parametrize("command", ["status", "watch"])
@pytest.mark.parametrize("name", ["linux", "vt100", "screen", "screen-256color"])
def test_terminals_without_links_show_the_addresses(command: str, name: str) -> None:
    terminal = Terminal(f"{command} success-0s fail-0s --sandbox", 80, extra={"TERM": name})
    assert terminal.finish() == 1
    assert b"\x1b]8" not in terminal.raw
    lines = terminal.lines()
    assert lines[1] == "success-0s  succeeded       0s       2"
    for line, n in zip(lines[2:4], (1, 2), strict=True):
        assert re.fullmatch(rf"  http://127\.0\.0\.1:\d+/images/success-0s-{n}\.png", line)


@pytest.mark.parametrize("command", ["status", "watch"])
def test_a_narrow_terminal_has_the_detail_below(command: str) -> None:
    terminal = Terminal(f"{command} success-0s fail-0s --sandbox", 40)
    assert terminal.finish() == 1
    assert still(terminal.lines())[:6] == [
        "TASK        STATE      ELAPSED  IMAGES",
        "success-0s  succeeded       #s       2",
        "  image 1 image 2",
        "fail-0s     failed          #s",
        "  The cover could not be generated: the",
        "sandbox was asked for a failure",
    ]
    assert b"success-0s-1.png\x1b\\image 1" in terminal.raw
