"""Editors in a terminal whose screen can be read, set up as clients/lsp/README.md says."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from terminal import Terminal

ROOT = Path(__file__).parents[2]
README = ROOT / "clients/lsp/README.md"
# The ids in the document, in the order of its lines. Each id says what the sandbox does.
FIRST, SECOND, FAILED = "success-3s-first-light", "success-4s-night-drive", "fail-3s-broken-string"
TEXT = f"""Covers for the album

- {FAILED}
- {FIRST}
- {SECOND}
"""
# Emacs compiles packages in the background, and would show warnings of its compiler.
QUIET = "'(setq native-comp-async-report-warnings-errors nil)'"


def snippet(heading: str, language: str) -> str:
    """The first code block in this language below a heading of the README."""
    _, _, section = README.read_text().partition(f"\n## {heading}\n")
    assert section, f"{README} has no section {heading}"
    block = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert block, f"{README} has no {language} below {heading}"
    return block[1]


class Editor(Terminal):
    """An editor in a terminal, with every screen that it has shown."""

    def __init__(self, program: str, arguments: str, extra: dict[str, str]) -> None:
        self.seen: list[str] = []
        super().__init__(arguments, columns=110, lines=20, extra=extra, program=program)

    def _read(self, timeout: float) -> bool:
        goes_on = super()._read(timeout)
        if not self.seen or self.seen[-1] != self.text():
            self.seen.append(self.text())
        return goes_on

    def type(self, keys: str) -> None:
        self.press(keys.encode())

    def shows(self, pattern: str) -> re.Match[str]:
        """Waits until the screen matches the pattern."""
        found: list[re.Match[str]] = []

        def looks() -> bool:
            match = re.search(pattern, self.text(), re.MULTILINE)
            if match:
                found.append(match)
            return match is not None

        self.until(looks)
        return found[-1]

    def has_shown(self, *patterns: str) -> None:
        """Checks that earlier screens matched these patterns, in this order."""
        rest = iter(self.seen)
        for pattern in patterns:
            assert any(re.search(pattern, screen, re.MULTILINE) for screen in rest), (
                f"no screen had {pattern!r} in its turn; the last one:\n{self.text()}"
            )


@dataclass
class Place:
    """A home folder without settings."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        home = str(self.folder)
        xdg = {f"XDG_{kind}_HOME": home for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
        path = f"{home}/bin:{os.environ['PATH']}"
        return {"HOME": home, "PATH": path, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", **xdg}

    def write(self, name: str, text: str) -> Path:
        file = self.folder / name
        file.write_text(text)
        return file

    def neovim(self, program: str, settings: str) -> Editor:
        """Neovim with only these settings, and the document."""
        init = self.write("init.lua", settings)
        document = self.write("covers.txt", TEXT)
        return Editor(program, f"-u {init} -i NONE -n {document}", self.environment)

    def emacs(self, settings: str) -> Editor:
        """Emacs with only these settings, and the document."""
        init = self.write("init.el", settings)
        document = self.write("covers.txt", TEXT)
        return Editor(
            "emacs", f"-nw -q --no-splash --eval {QUIET} -l {init} {document}", self.environment
        )
