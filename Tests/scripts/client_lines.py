"""Counts the code of the four clients: lines that are not only a comment or a docstring.

usage: client_lines.py [FOLDER]    the folder with the clients; by default that of this tree

Tests, examples, declarations (``.d.ts``) and build scripts are not counted.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

CLIENTS = {
    "python": ["cover_bridge/**/*.py", "cover_bridge/**/*.js"],
    "node": ["index.?js", "bin/*.js", "lib/*.js", "lib/*.mjs"],
    "neovim": ["lua/**/*.lua", "plugin/*.lua"],
    "emacs": ["*.el"],
}
COMMENTS = {
    ".py": r"\s*#",
    ".js": r"\s*(//|/\*|\*)",
    ".mjs": r"\s*(//|/\*|\*)",
    ".cjs": r"\s*(//|/\*|\*)",
    ".lua": r"\s*--",
    ".el": r"\s*;",
}


def code_lines(path: Path) -> int:
    text = path.read_text(encoding="utf-8")
    comment = re.compile(COMMENTS[path.suffix])
    code = {
        number
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not comment.match(line)
    }
    if path.suffix == ".py":
        code -= docstring_lines(text)
    if path.suffix == ".el":
        code -= elisp_docstring_lines(text)
    return len(code)


def docstring_lines(text: str) -> set[int]:
    """The lines of strings that are complete statements, such as docstrings."""
    return {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }


def elisp_docstring_lines(text: str) -> set[int]:
    """The lines of strings that begin a line of a definition. Such a line contains nothing else."""
    found: set[int] = set()
    for match in re.finditer(r'^  "(?:[^"\\]|\\.)*"', text, re.MULTILINE):
        first, last = (text.count("\n", 0, at) + 1 for at in match.span())
        found |= set(range(first, last + 1))
    return found


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "clients"
    for client, patterns in CLIENTS.items():
        files = sorted({file for each in patterns for file in (folder / client).glob(each)})
        print(f"{client:8} {sum(map(code_lines, files)):6} lines of code in {len(files)} files")


if __name__ == "__main__":
    main()
