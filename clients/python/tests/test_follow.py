"""``follow``: the outcomes of tasks, and the display until then."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from cover_bridge import CoverStatus, Outcomes, WatchEnded
from cover_bridge._follow import Last, outcomes_of, state_of
from cover_bridge._progress_line import progress_text

from .conftest import FAKE, AsyncFake, Fake, Heard

ROOT = Path(__file__).parent.parent
PROGRAM = f"""
from cover_bridge import CoverBridge
with CoverBridge(command={FAKE!r}) as bridge:
    print(*bridge.follow(["success-a", "ended"], progress=True))
"""


def kinds(outcomes: Outcomes) -> list[tuple[str, str]]:
    return [
        (task_id, each.state if isinstance(each, CoverStatus) else each.reason)
        for task_id, each in outcomes.items()
    ]


EXPECTED = [("ended", "unauthorized"), ("success-a", "succeeded"), ("fail-b", "failed")]
IDS = [task_id for task_id, _ in EXPECTED]


def test_outcomes_in_the_order_of_the_ids(fake: Fake) -> None:
    with fake() as bridge:
        assert kinds(bridge.follow(IDS)) == EXPECTED
        assert kinds(bridge.follow("success-c")) == [("success-c", "succeeded")]


def test_the_same_with_asyncio(async_fake: AsyncFake) -> None:
    async def main() -> None:
        async with async_fake() as bridge:
            assert kinds(await bridge.follow(IDS, progress=True)) == EXPECTED

    asyncio.run(asyncio.wait_for(main(), 30))


def test_interval_and_timeout_are_passed_on(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        bridge.follow("success-a", interval=2, timeout=3)
    (watch,) = heard.expect("cover/watch")
    assert watch["params"] == {"taskIds": ["success-a"], "interval": 2, "timeout": 3}


def test_outcomes_have_displays(fake: Fake) -> None:
    with fake() as bridge:
        outcomes: Any = bridge.follow(IDS)
    shown: dict[str, str] = outcomes._repr_mimebundle_()
    for written in shown.values():
        assert "3 covers: 1 succeeded, 1 failed, 1 ended" in written
        assert all(task_id in written for task_id in IDS)


# Python 3.13 and newer versions print tracebacks in colours, which the tests disable.
XTERM = {"TERM": "xterm", "PYTHON_COLORS": "0"}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "TERM")}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", **more}


def test_a_pipe_shows_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment(TERM="xterm"),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("success-a ended\n", "")


def on_terminal(
    program: str, surroundings: dict[str, str], interrupt_at: bytes | None = None
) -> bytes:
    """The output of a program whose stderr is a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment(**surroundings),
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
            if interrupt_at is not None and interrupt_at in written:
                process.send_signal(signal.SIGINT)
                interrupt_at = None
    except OSError:
        pass  # The program has closed the terminal.
    os.close(ours)
    process.wait(30)
    return written


def test_a_terminal_shows_one_line() -> None:
    written = on_terminal(PROGRAM, XTERM).decode()
    assert written.count("\n") == 1
    assert written.endswith("\r\n")
    *before, last = written.rstrip().split("\r")
    assert "0/2 covers  2 pending  0 s" in before[1]
    assert "━━━━━━━━━━  2/2 covers  1 succeeded, 1 ended" in last


@pytest.mark.parametrize("surroundings", [{"TERM": "dumb"}, {"TERM": "xterm", "CI": "true"}])
def test_a_dumb_terminal_and_ci_show_nothing(surroundings: dict[str, str]) -> None:
    assert on_terminal(PROGRAM, surroundings) == b""


@pytest.mark.parametrize(
    "stderr",
    ["None", "types.SimpleNamespace(flush=dict)", "open(os.devnull, 'w'); sys.stderr.close()"],
)
def test_without_a_usable_stderr_the_result_is_returned(stderr: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import os, sys, types; sys.stderr = {stderr}\n{PROGRAM}"],
        env=environment(TERM="xterm"),
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("success-a ended\n", 0)


@pytest.mark.parametrize("end", ["os.close(ours)", "sys.stderr.close()"])
def test_a_terminal_that_goes_away_does_not_matter(end: str) -> None:
    program = f"""
import os, pty, sys
from cover_bridge import CoverBridge
from cover_bridge._follow import Last
from cover_bridge._progress_line import ProgressLine
ours, theirs = pty.openpty()
sys.stderr = open(theirs, "w", encoding="utf-8")
with ProgressLine(sys.stderr, {{"a": None}}) as draw:
    {end}
    draw()
print("fine", flush=True)
# The end of Python would write the rest of the line.
os._exit(0)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(**XTERM),
        stdout=subprocess.PIPE,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "fine\n"


def test_an_interrupt_restores_the_terminal() -> None:
    program = PROGRAM.replace('"success-a"', '"open"')
    written = on_terminal(program, XTERM, interrupt_at=b"1 pending, 1 ended").decode()
    line, rest = written.split("\r\n", 1)
    assert line.endswith("\033[K")
    assert rest.startswith("Traceback")
    assert rest.rstrip().endswith("KeyboardInterrupt")


def test_the_line_follows_the_encoding_of_the_terminal() -> None:
    states = ["succeeded", "pending"]
    assert progress_text(states, done=1, seconds=61, encoding="ascii") == (
        "##########----------  1/2 covers  1 succeeded, 1 pending  1 min 01 s"
    )
    assert progress_text([], done=0, seconds=0, encoding="UTF-8").startswith("━" * 20)


def test_a_followed_task_counts_as_pending_before_its_first_change() -> None:
    last: Last = dict.fromkeys(["a", "b"])
    last["b"] = WatchEnded(1, "b", "timeout")
    assert list(map(state_of, last.values())) == ["pending", "ended"]
    assert list(outcomes_of(last)) == ["b"]


def test_a_notebook_without_the_extra_says_what_to_install(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    ipython: Any = types.ModuleType("IPython")
    ipython.display = types.SimpleNamespace(display=print)
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "ipykernel", types.ModuleType("ipykernel"))
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    # Importing anywidget now fails, as if the extra was not installed.
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with fake() as bridge, pytest.warns(UserWarning, match=r"cover-bridge\[notebook\]"):
        outcomes = bridge.follow("success-a", progress=True)
    assert kinds(outcomes) == [("success-a", "succeeded")]
