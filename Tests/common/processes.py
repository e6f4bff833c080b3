"""The states of other processes, as /proc shows them."""

from __future__ import annotations

import array
import fcntl
import signal
import termios
from collections.abc import Iterable
from pathlib import Path

from waiting import wait_until


def state(process: int) -> str:
    """The letter of a process's state, such as T for a stopped one and Z for a dead one."""
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def catches(process: int, signals: Iterable[signal.Signals]) -> bool:
    """Whether the process has a handler for each of the signals."""
    wanted = sum(1 << (number - 1) for number in signals)
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    caught = next(line.split()[1] for line in lines if line.startswith("SigCgt:"))
    return int(caught, 16) & wanted == wanted


def wait_until_caught(process: int, *signals: signal.Signals) -> None:
    """Returns when the process catches the signals. Before that, they would kill it."""
    wait_until("the signals are caught", lambda: catches(process, signals))


def unread(descriptor: int) -> int:
    """The number of bytes in a pipe or a socket that its reader has not read."""
    count = array.array("i", [0])
    fcntl.ioctl(descriptor, termios.FIONREAD, count)
    return count[0]
