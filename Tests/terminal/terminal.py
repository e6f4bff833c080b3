"""Runs the command in a pseudo-terminal with a readable screen, or with pipes."""

from __future__ import annotations

import fcntl
import os
import re
import select
import shlex
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyte

COMMAND = os.environ.get("COVER_BRIDGE") or str(
    Path(__file__).resolve().parents[2] / ".build/debug/cover-bridge"
)
COMMANDS = [
    "watch",
    "status",
    "download",
    "generate",
    "callback",
    "credits",
    "doctor",
    "fleet",
    "serve",
    "mcp",
    "lsp",
    "sandbox",
    "openrpc",
    "replay",
]
PROMPT = "$ cover-bridge watch"
# A generous limit for loaded machines; the tests seldom wait so long.
PATIENCE = 60.0


class TwoScreens(pyte.Screen):
    """A screen with the alternate buffer (mode 1049), which pyte lacks."""

    buffer: Any

    def __init__(self, columns: int, lines: int) -> None:
        self.first: tuple[Any, int, int] | None = None
        super().__init__(columns, lines)

    def set_mode(self, *modes: int, **kwargs: bool) -> None:
        if 1049 in modes and kwargs.get("private") and self.first is None:
            self.first = (self.buffer, self.cursor.y, self.cursor.x)
            self.buffer = pyte.Screen(self.columns, self.lines).buffer
        super().set_mode(*modes, **kwargs)

    def reset_mode(self, *modes: int, **kwargs: bool) -> None:
        if 1049 in modes and kwargs.get("private") and self.first is not None:
            self.buffer, self.cursor.y, self.cursor.x = self.first
            self.first = None
            self.dirty.update(range(self.lines))
        super().reset_mode(*modes, **kwargs)

    @property
    def is_second(self) -> bool:
        return self.first is not None


def environment(**extra: str) -> dict[str, str]:
    """The variables of this process, except those that affect the command."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KIE_", "KITTY", "TERM", "LC_TERM"))
        and name not in ("CI", "NO_COLOR")
    }
    # After a crash, the process must end at once, without a question to the user.
    return {**kept, "TERM": "xterm-256color", "SWIFT_BACKTRACE": "enable=no", **extra}


class Terminal:
    """The command, or another program, on a terminal of this size."""

    def __init__(
        self,
        arguments: str,
        columns: int = 80,
        lines: int = 24,
        before: str = "",
        extra: Mapping[str, str] = MappingProxyType({}),
        answers: Mapping[bytes, bytes] = MappingProxyType({}),
        program: str = COMMAND,
    ) -> None:
        self.screen = TwoScreens(columns, lines)
        self.answers = answers
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.descriptor, child = os.openpty()
        self.first_settings = self.last_settings = self.settings()
        self._set_size(columns, lines)
        self.stream.feed(before.encode())
        self.process = subprocess.Popen(
            [program, *shlex.split(arguments)],
            stdin=child,
            stdout=child,
            stderr=child,
            env=environment(**extra),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(child)

    def _set_size(self, columns: int, lines: int) -> None:
        size = struct.pack("HHHH", lines, columns, 0, 0)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, size)

    def resize(self, columns: int, lines: int) -> None:
        """Resizes the window as a user does. The kernel then sends SIGWINCH."""
        self.screen.resize(lines, columns)
        self._set_size(columns, lines)

    def press(self, keys: bytes) -> None:
        os.write(self.descriptor, keys)

    def signal(self, number: signal.Signals) -> None:
        os.killpg(self.process.pid, number)

    def settings(self) -> list[Any]:
        """The terminal settings that the command may change and must restore at its end."""
        return termios.tcgetattr(self.descriptor)

    def lines(self) -> list[str]:
        """The lines of the screen.

        Blanks at the end of a line and empty lines at the end are left out.
        """
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip("\n").split("\n")

    def text(self) -> str:
        return "\n".join(self.lines())

    def begin(self) -> None:
        """Waits until the command has written something, and does not read it."""
        assert select.select([self.descriptor], [], [], PATIENCE)[0], "no output came"

    def _read(self, timeout: float) -> bool:
        if not select.select([self.descriptor], [], [], timeout)[0]:
            return True
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:  # the command has closed the terminal
            return False
        self.raw += data
        self.stream.feed(data)
        for question, answer in self.answers.items():
            for _ in range(data.count(question)):
                self.press(answer)
        return bool(data)

    def until(self, condition: Callable[[], bool]) -> None:
        """Reads output until the condition is true."""
        end = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < end, f"the screen never came:\n{self.text()}"
            assert self._read(0.05) or condition(), f"the end came first:\n{self.text()}"

    def finish(self) -> int:
        """Reads all output to its end, and returns the exit code."""
        end = time.monotonic() + PATIENCE
        while self._read(0.05):
            assert time.monotonic() < end, f"no end came:\n{self.text()}"
        code = self.process.wait(PATIENCE)
        self.last_settings = self.settings()
        os.close(self.descriptor)
        return code


def still(lines: list[str]) -> list[str]:
    """The lines with `#s` instead of each duration. All columns stay the same."""
    return [re.sub(r" +\d+s(?= |$)", lambda m: "#s".rjust(len(m[0])), line) for line in lines]


def watch(
    arguments: str, columns: int, lines: int = 24, extra: Mapping[str, str] = MappingProxyType({})
) -> Terminal:
    arguments = f"watch --sandbox {arguments}"
    return Terminal(arguments, columns, lines, before=f"{PROMPT}\r\n", extra=extra)


def run(arguments: str, stdin: str = "", **extra: str) -> subprocess.CompletedProcess[str]:
    """Runs the command with its output in pipes."""
    return subprocess.run(
        [COMMAND, *shlex.split(arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(**extra),
        check=False,
    )


def normal(text: str) -> str:
    """The text without parts that differ from run to run: ports and times."""
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
