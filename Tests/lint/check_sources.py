"""Checks the rules about sources that no compiler knows.

Which target may import what (a table below), words that have no place in Sources, files that
grow too long, and strange things at the top level. Prints one line for each breach; exit 1 if
there is any.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

LINES = 300
CODE = {".swift", ".py", ".js", ".mjs", ".cjs", ".ts", ".lua", ".el", ".sh", ".h", ".c"}
TOP_LEVEL = {
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "Package.swift",
    "README.md",
    "Sources",
    "Tests",
    "clients",
}

# What every target may import: the standard library's own modules, and C's.
ALWAYS = {"Darwin", "Dispatch", "Glibc", "Musl", "Swift", "Synchronization"}
# A target may know these and nothing else. What only one target lists is reserved to it.
IMPORTS = {
    "Jansson": {"CJansson"},
    "JSONRPC": {"CLinux", "Jansson"},
    "CoverAPI": {
        "AsyncHTTPClient",
        "CLinux",
        "CoverModel",
        "Crypto",
        "Jansson",
        "Logging",
        "NIOCore",
        "NIOHTTP1",
        "NIOHTTP2",
        "NIOPosix",
        "NIOSSL",
        "NIOTLS",
        "Zlib",
    },
    "CoverModel": {"Jansson"},
    "CoverWatch": {"CoverModel", "Jansson"},
    "CoverJournal": {"CoverModel", "CoverWatch", "Jansson", "SQLite"},
    "CoverSandbox": {
        "AsyncHTTPClient",
        "Crypto",
        "Hummingbird",
        "Jansson",
        "Logging",
        "NIOCore",
        "NIOHTTP1",
        "ServiceLifecycle",
    },
    "CoverService": {"CoverAPI", "CoverModel", "CoverWatch", "JSONRPC", "Jansson", "Logging"},
    "CoverMCP": {"CoverAPI", "CoverModel", "CoverService", "CoverWatch", "JSONRPC", "Jansson"},
    "SQLite": {"CSQLite"},
    "Zlib": {"CZlib"},
    "CoverTerminal": {"CoverModel", "CoverWatch", "Zlib"},
    "cover-bridge": {
        "ArgumentParser",
        "CLinux",
        "CProcess",
        "CoverAPI",
        "CoverJournal",
        "CoverMCP",
        "CoverModel",
        "CoverSandbox",
        "CoverService",
        "CoverTerminal",
        "CoverWatch",
        "Foundation",
        "JSONRPC",
        "Jansson",
        "Logging",
        "ServiceLifecycle",
        "UnixSignals",
    },
    "TestSupport": {"CoverModel", "CoverWatch", "JSONRPC", "Jansson", "Testing"},
    "APITestSupport": {"CoverAPI", "CoverModel"},
}

IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:(?:public|package|internal|fileprivate|private)\s+)?"
    r"import\s+(?:(?:struct|class|enum|protocol|typealias|func|var|let)\s+)?(\w+)"
)
BANNED = {
    "print(": re.compile(r"(?<![\w.])print\("),
    "fatalError": re.compile(r"\bfatalError\b"),
    "try!": re.compile(r"\btry!"),
    "as!": re.compile(r"\bas!"),
}
TEXT = re.compile(r'"(?:\\.|[^"\\])*"')


def imports(target: str, text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the complaint for each import that the target may not have."""
    for number, line in enumerate(text.splitlines(), 1):
        found = IMPORT.match(line)
        if found and found[1] not in ALWAYS | IMPORTS[target]:
            yield number, f"{target} may not import {found[1]}"


def words(target: str, text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the complaint for each banned word outside comments and strings."""
    for number, line in enumerate(text.splitlines(), 1):
        code = TEXT.sub('""', line).split("//")[0]
        for name, pattern in BANNED.items():
            if pattern.search(code) and not (name == "print(" and target == "cover-bridge"):
                yield number, f"{name} has no place in Sources"


def complaints(path: str, text: str) -> Iterator[str]:
    """Yields all there is to say against one file."""
    length = len(text.splitlines())
    if length > LINES:
        yield f"{path}: {length} lines, {LINES} are the most"
    place = Path(path)
    if place.parts[0] != "Sources" or place.suffix != ".swift":
        return
    target = place.parts[1]
    if target not in IMPORTS:
        yield f"{path}: no imports are listed for {target} in Tests/lint/check_sources.py"
        return
    for number, complaint in [*imports(target, text), *words(target, text)]:
        yield f"{path}:{number}: {complaint}"


def tracked(root: Path) -> list[str]:
    """The files git knows of and that still stand; the folder may belong to another user."""
    listing = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [name for name in listing.split("\0") if name and (root / name).is_file()]


def main() -> int:
    root = Path(__file__).resolve().parents[2]
    files = tracked(root)
    found = [
        f"{entry}: not an entry for the top level"
        for entry in sorted({Path(name).parts[0] for name in files} - TOP_LEVEL)
        if not entry.startswith(".")
    ]
    code = [name for name in files if Path(name).suffix in CODE]
    for name in code:
        found += complaints(name, (root / name).read_text(encoding="utf-8"))
    print("\n".join(found or [f"check_sources: {len(code)} files, nothing to complain about"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
