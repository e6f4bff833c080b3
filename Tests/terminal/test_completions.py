"""The installed completions in real shells: the words that the Tab key completes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import COMMAND, COMMANDS, Terminal, environment

PROMPT = "ready> "
SHELLS = ["bash", "zsh", "fish"]
# Where shells find the installed files, as in distributions. The placeholder {} is the prefix.
START = {
    "bash": "source '{}/share/bash-completion/completions/cover-bridge'; "
    "bind 'set bell-style none'; PS1='ready> '",
    "zsh": "fpath=('{}/share/zsh/site-functions' $fpath); autoload -Uz compinit; compinit -u -D; "
    "unsetopt beep; zstyle ':completion:*' list-colors; PS1='ready> '",
    "fish": "set -p fish_complete_path '{}/share/fish/vendor_completions.d'; "
    "function fish_prompt; echo -n 'ready> '; end; set -g fish_autosuggestion_enabled 0",
}
OPTIONS = {
    "bash": "--norc --noprofile -i",
    "zsh": "-f -i",
    "fish": "--no-config -i",
}


class Shell:
    """A shell that knows the completions and waits at its prompt."""

    def __init__(self, name: str, prefix: Path, home: Path) -> None:
        extra = {"HOME": str(home), "PATH": f"{prefix}/bin:{os.environ['PATH']}", "LANG": "C.UTF-8"}
        self.terminal = Terminal(OPTIONS[name], 200, 60, extra=extra, program=name)
        self.terminal.press(f"{START[name].format(prefix)}; clear\n".encode())
        self.terminal.until(lambda: self.terminal.lines() == [PROMPT.rstrip()])

    def tab(self, line: str, *expected: str, times: int = 1) -> None:
        """Types a line, presses Tab, and waits until the screen shows the words."""
        self.terminal.press(line.encode())
        self.terminal.until(lambda: line.rstrip() in self.terminal.text())
        self.terminal.press(b"\t" * times)
        self.terminal.until(lambda: all(word in self.text() for word in expected))

    def text(self) -> str:
        """The text of the screen, with the blank between the last word and the cursor."""
        lines = self.terminal.lines()
        row, column = self.terminal.screen.cursor.y, self.terminal.screen.cursor.x
        if row < len(lines):
            lines[row] = lines[row].ljust(column)
        return "\n".join(lines)

    def end(self) -> None:
        self.terminal.press(b"\x03\x03exit\n")
        self.terminal.process.kill()
        self.terminal.finish()


@pytest.fixture(scope="session")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installation. Its name contains a blank, because some users' folders do."""
    folder = tmp_path_factory.mktemp("a prefix") / "with blank"
    script = Path(__file__).resolve().parents[1] / "scripts/install"
    subprocess.run([script, COMMAND, folder], check=True, stdout=subprocess.DEVNULL)
    return folder


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, prefix: Path, tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(request.param, prefix, tmp_path)
    yield shell
    shell.end()


def file_for(shell: str, prefix: Path) -> Path:
    names = {
        "bash": "bash-completion/completions/cover-bridge",
        "zsh": "zsh/site-functions/_cover-bridge",
        "fish": "fish/vendor_completions.d/cover-bridge.fish",
    }
    return prefix / "share" / names[shell]


@pytest.mark.parametrize("name", SHELLS)
def test_the_scripts_are_valid(name: str, prefix: Path) -> None:
    result = subprocess.run(
        [name, "-n", file_for(name, prefix)],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_a_command(shell: Shell) -> None:
    shell.tab("cover-bridge st", "cover-bridge status ")


def test_every_command(shell: Shell) -> None:
    shell.tab("cover-bridge ", *COMMANDS, times=2)


def test_an_option(shell: Shell) -> None:
    shell.tab("cover-bridge watch --col", "cover-bridge watch --color ")


def test_every_option(shell: Shell) -> None:
    options = ["--json", "--color", "--preview", "--endpoint", "--api-key-file", "--sandbox"]
    shell.tab("cover-bridge status task --", *options, times=2)


def test_the_values_of_an_option(shell: Shell) -> None:
    shell.tab("cover-bridge status --color ", "auto", "always", "never", times=2)


def test_the_value_of_an_option(shell: Shell) -> None:
    shell.tab("cover-bridge status --color n", "cover-bridge status --color never")


def test_a_file(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "the-key-file").touch()
    shell.tab(
        f"cover-bridge status --api-key-file {tmp_path}/the-",
        f"--api-key-file {tmp_path}/the-key-file ",
    )


def test_a_file_by_position(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "the-session").touch()
    shell.tab(f"cover-bridge replay {tmp_path}/the-", f"replay {tmp_path}/the-session ")


def test_files_are_not_offered_for_a_task(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "the-file").touch()
    shell.tab(f"cover-bridge status {tmp_path}/the-", times=2)
    # The test types the next text only after the shell has completed the last one.
    shell.tab("x --js", f"{tmp_path}/the-x --json ")
