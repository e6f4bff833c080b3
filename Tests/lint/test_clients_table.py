"""Each name in the table of clients/README.md must be declared in that client."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from pathlib import Path

import pytest

CLIENTS = Path(__file__).resolve().parents[2] / "clients"
# Words that belong to the languages and to other programs.
FOREIGN = {"KIE_API_KEY", "--api-key-file", "auth-sources", "with", "break", "await using"}
# For each client: the files with its declarations, and the form of a declaration. The test inspects
# the Python client directly.
DECLARED = {
    "Python": ("", ""),
    "Node": ("node/index.d.ts", r"^  (?:readonly )?{0}\??[(:]"),
    "Neovim": ("neovim/*/**/*.lua", r"(?:'{0}'|M\.{0}\(|^  {0} = )"),
    "Emacs": ("emacs/*.el", r"^\((?:defun|defcustom|autoload) '?{0}[ \n]"),
}


def cells() -> list[tuple[str, str]]:
    """Each name in the table, with the client that its column is about."""
    text = (CLIENTS / "README.md").read_text(encoding="utf-8")
    rows = [line.split("|")[2:-1] for line in text.splitlines() if line.startswith("| ")]
    return [
        (client, name)
        for row in rows
        if len(row) == len(DECLARED)
        for client, cell in zip(DECLARED, row, strict=True)
        for name in re.findall(r"`([^`]+)`", cell)
    ]


def python_names() -> set[str]:
    """The methods of the client and their parameters."""
    sys.path.insert(0, str(CLIENTS / "python"))
    client = importlib.import_module("cover_bridge").CoverBridge
    methods = dict(inspect.getmembers(client, callable))
    return {*methods}.union(*(inspect.signature(each).parameters for each in (client, client.wait)))


def is_declared(client: str, name: str) -> bool:
    pattern, form = DECLARED[client]
    word = re.split(r"[=:( ]", name.removeprefix(":"))[0]
    if client == "Python":
        return word in python_names()
    return any(
        re.search(form.format(re.escape(word)), file.read_text(encoding="utf-8"), re.MULTILINE)
        for file in CLIENTS.glob(pattern)
    )


@pytest.mark.parametrize(("client", "name"), sorted(set(cells())))
def test_a_name_in_the_table_is_declared(client: str, name: str) -> None:
    assert name in FOREIGN or is_declared(client, name)


def test_an_undeclared_name_is_found() -> None:
    assert not any(is_declared(client, "no-such-name") for client in DECLARED)
    assert len(cells()) > 60
