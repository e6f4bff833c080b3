"""Terminals that are paused or slow. A user must still be able to end the command."""

from __future__ import annotations

import signal
import time

import pytest
from terminal import PATIENCE, Terminal, still, watch


def test_slow_terminal_gets_whole_frames_and_the_last_one() -> None:
    terminal = watch(
        f"{' '.join(f'success-2s-{n}' for n in range(50))} pending --rate 1000", 80, 60
    )
    terminal.begin()
    time.sleep(4)  # in this time, the command draws twenty frames that the terminal does not read
    terminal.until(lambda: terminal.lines()[-1] == "1 pending, 50 succeeded")
    assert len(terminal.lines()) == 53
    terminal.press(b"\x03")
    assert terminal.finish() == 130


@pytest.mark.parametrize(
    ("numbers", "code"),
    [
        ([signal.SIGTERM], 130),
        ([signal.SIGHUP], 130),
        ([signal.SIGINT, signal.SIGINT], -signal.SIGINT),
        ([signal.SIGINT, signal.SIGTERM], -signal.SIGTERM),
    ],
)
def test_a_paused_terminal_can_be_left(numbers: list[signal.Signals], code: int) -> None:
    terminal = watch(f"{' '.join(f'pending-{n}' for n in range(200))} --rate 1000", 200, 240)
    terminal.begin()
    time.sleep(3)
    for number in numbers:
        assert terminal.process.poll() is None
        terminal.signal(number)
        time.sleep(1)
    assert terminal.process.wait(PATIENCE) == code
    assert terminal.settings() == terminal.first_settings


def test_a_paused_terminal_is_waited_for() -> None:
    terminal = watch("success-2s-a fail-2s-b", 80)
    terminal.until(lambda: "2 pending" in terminal.text())
    terminal.press(b"\x13")
    time.sleep(5)  # the tasks end after two seconds; then the output waits for three more
    assert terminal.process.poll() is None
    terminal.press(b"\x11")
    assert terminal.finish() == 1
    assert not terminal.screen.is_second
    assert not terminal.screen.cursor.hidden
    assert still(terminal.lines())[-3:-1] == [
        "2 tasks: 1 succeeded, 1 failed",
        "cover-bridge: fail-2s-b: the task failed: The cover could not be generated: the",
    ]


@pytest.mark.parametrize("command", ["watch", "status"])
def test_output_that_waits_long_arrives_complete(command: str) -> None:
    tasks = " ".join(f"success-0s-{n:03}" for n in range(800))
    terminal = Terminal(f"{command} {tasks} --sandbox --rate 100000", 200, 60)
    terminal.begin()
    time.sleep(6)
    assert terminal.process.poll() is None
    assert terminal.finish() == 0
    assert not terminal.screen.is_second
    for n in (0, 799):
        assert f"success-0s-{n:03}".encode() in terminal.raw
    assert "success-0s-799" in terminal.text()


def test_a_command_that_blocks_on_a_paused_terminal_can_be_ended() -> None:
    tasks = " ".join(f"success-0s-{n:03}" for n in range(800))
    terminal = Terminal(f"status {tasks} --sandbox --rate 100000", 200, 60)
    terminal.begin()
    time.sleep(6)
    assert terminal.process.poll() is None
    terminal.signal(signal.SIGTERM)
    assert terminal.process.wait(PATIENCE) in (130, -signal.SIGTERM)
