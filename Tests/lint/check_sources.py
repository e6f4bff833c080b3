"""Checks rules about the sources that no compiler checks.

A table below lists the imports that each target may have. An entry that no file needs is an error.
Other rules ban words in Sources, in single targets and in all texts. Further errors are long files,
large targets without folders, and unknown files in the root folder. The script prints a line for
each breach, and exits with 1 if there is one.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

LINES = 300
# A target with more files than this must have folders, and only a few files outside of them.
FLAT = 20
BESIDE_FOLDERS = 12
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

# Every target may import these modules of the standard library and of C.
ALWAYS = {"Darwin", "Dispatch", "Glibc", "Musl", "Swift", "Synchronization"}
FRONTEND = {"CoverAPI", "CoverModel", "CoverService", "CoverWatch", "JSONRPC", "Jansson"}
# A target may import only these modules. Only the targets that list a module may import it.
IMPORTS = {
    "Jansson": {"CJansson"},
    "JSONRPC": {"CLinux", "Jansson"},
    "CoverAPI": {
        "AsyncHTTPClient",
        "CLinux",
        "CoverModel",
        "Crypto",
        "DequeModule",
        "Jansson",
        "Logging",
        "NIOCore",
        "NIOHPACK",
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
    "CoverFleet": {
        "CLinux",
        "CoverModel",
        "Crypto",
        "Hiredis",
        "Jansson",
        "NIOCore",
        "NIOPosix",
        "NIOSSL",
        "NIOTLS",
        "SQLite",
    },
    "Hiredis": {"CHiredis"},
    "CoverSandbox": {
        "AsyncHTTPClient",
        "Crypto",
        "DequeModule",
        "Hummingbird",
        "Jansson",
        "Logging",
        "NIOCore",
        "NIOHTTP1",
        "ServiceLifecycle",
    },
    "CoverService": {"CoverAPI", "CoverModel", "CoverWatch", "JSONRPC", "Jansson"},
    "CoverMCP": FRONTEND,
    "CoverLSP": FRONTEND | {"PCRE2"},
    "PCRE2": {"CPCRE2"},
    "SQLite": {"CSQLite"},
    "Zlib": {"CZlib"},
    "CoverTerminal": {"CoverModel", "CoverWatch", "Zlib"},
    "SessionRecording": {
        "CoverAPI",
        "CoverModel",
        "CoverService",
        "CoverWatch",
        "JSONRPC",
        "Jansson",
    },
    "cover-bridge": {
        "ArgumentParser",
        "CLinux",
        "CProcess",
        "CoverAPI",
        "CoverFleet",
        "CoverJournal",
        "CoverLSP",
        "CoverMCP",
        "CoverModel",
        "CoverSandbox",
        "CoverService",
        "CoverTerminal",
        "CoverWatch",
        "JSONRPC",
        "Jansson",
        "Logging",
        "SessionRecording",
    },
    "TestSupport": {"CoverModel", "CoverWatch", "JSONRPC", "Jansson"},
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
# Words that a target must not contain, even in comments, because they belong to other targets.
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
FOREIGN = {
    "CoverModel": {"JSON-RPC": re.compile(r"json-?rpc", re.IGNORECASE), "an option": OPTION},
    "CoverWatch": {"JSON-RPC": re.compile(r"json-?rpc", re.IGNORECASE), "an option": OPTION},
    "JSONRPC": {
        "an option": OPTION,
        "a code of covers": re.compile(r"(?<![\w.])10(?:0[1-9]|1\d)(?![\w.])"),
        "covers": re.compile(r"\bcovers?\b", re.IGNORECASE),
    },
    "CoverAPI": {
        "an option": OPTION,
        "a command": re.compile(r"\bcover-bridge [a-z]|initialize request"),
    },
}
# Words that do not name the component, and section numbers without the name of their document.
VAGUE = re.compile(r"\b(?:some|any|no|every)body\b|\bwho(?:ever|mever)\b", re.IGNORECASE)
SECTION = re.compile(r"\bsections? \d", re.IGNORECASE)
# A component emits, sends, reports or calls. Only people tell something.
TOLD = re.compile(r"\b(?:tells|told)\b", re.IGNORECASE)
# Phrases that are not in school English, each with a replacement.
PHRASES = {
    re.compile(r"\banew\b", re.IGNORECASE): "again",
    re.compile(r"\bin vain\b", re.IGNORECASE): "without success",
    re.compile(r"\bof before\b(?!\))", re.IGNORECASE): "earlier, or previous",
    re.compile(r"\bfor want of\b", re.IGNORECASE): "without",
    re.compile(r"\bnone of ours\b", re.IGNORECASE): "not ours",
    re.compile(r"\bgive or take\b", re.IGNORECASE): "plus or minus",
    re.compile(r"\bas (?:it|they) stands?\b", re.IGNORECASE): "unchanged, or exactly as written",
    re.compile(r"\bhow (?:it|the \w+) stands?\b", re.IGNORECASE): "the status, or the state",
}
# The check of words reads these files, files without a suffix (scripts, the Makefile) and help
# pages.
PROSE = CODE | {".md", ".txt", ""}
# The check of words skips these files, because they are not prose.
UNREAD = (
    "LICENSE",
    "Tests/fuzz/corpus/",
    "Tests/lint/",
    "Tests/scripts/startup-symbols.txt",
    "Tests/Transcripts/",
)
TEXT = re.compile(r'"(?:\\.|[^"\\])*"')


def imports(target: str, text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the complaint for each import that the target may not have."""
    for number, line in enumerate(text.splitlines(), 1):
        found = IMPORT.match(line)
        if found and found[1] not in ALWAYS | IMPORTS[target]:
            yield number, f"{target} may not import {found[1]}"


def words(target: str, text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the complaint for each banned word in code, outside comments and
    strings."""
    for number, line in enumerate(text.splitlines(), 1):
        code = TEXT.sub('""', line).split("//")[0]
        for name, pattern in BANNED.items():
            if pattern.search(code) and not (name == "print(" and target == "cover-bridge"):
                yield number, f"{name} has no place in Sources"


def foreign(target: str, text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the complaint for each word that belongs to another target."""
    for number, line in enumerate(text.splitlines(), 1):
        for name, pattern in FOREIGN.get(target, {}).items():
            if pattern.search(line):
                yield number, f"{target} has no business with {name}"


def vague(path: str, text: str) -> Iterator[tuple[int, str]]:
    """Yields the line and the complaint for each word that is not plain English."""
    if Path(path).suffix not in PROSE or path.startswith(UNREAD):
        return
    for number, line in enumerate(text.splitlines(), 1):
        if found := VAGUE.search(line):
            yield number, f'"{found[0]}": name the component'
        if SECTION.search(line):
            yield number, "a section names its document, as in PROTOCOL.md §6 or RFC 9110 §5.6.2"
        if found := TOLD.search(line):
            yield number, f'"{found[0]}": say emits, sends, reports or is called'
        for pattern, better in PHRASES.items():
            if found := pattern.search(line):
                yield number, f'"{found[0]}": say {better}'


def unused(sources: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yields a complaint for each entry in the table of imports that no file needs."""
    used: dict[str, set[str]] = {target: set() for target in IMPORTS}
    for path, text in sources:
        target = Path(path).parts[1]
        used.setdefault(target, set()).update(
            found[1] for line in text.splitlines() if (found := IMPORT.match(line))
        )
    for target, allowed in IMPORTS.items():
        for module in sorted(allowed - used[target]):
            yield f"{target} may import {module}, and no file of it does: remove the entry"


def crowded(paths: Iterable[str]) -> Iterator[str]:
    """Yields a complaint for each large target without folders."""
    files: dict[tuple[str, ...], list[int]] = {}
    for path in map(Path, paths):
        if path.suffix == ".swift" and re.match(r"Sources/|Tests/\w+Tests/", str(path)):
            files.setdefault(path.parts[:2], []).append(len(path.parts))
    for target, depths in sorted(files.items()):
        beside = depths.count(3)
        if len(depths) > FLAT and beside > BESIDE_FOLDERS:
            yield f"{'/'.join(target)}: {beside} of {len(depths)} files are in no folder"


def complaints(path: str, text: str) -> Iterator[str]:
    """Yields all complaints about one file."""
    length = len(text.splitlines())
    if length > LINES:
        yield f"{path}: {length} lines, {LINES} are the most"
    for number, complaint in vague(path, text):
        yield f"{path}:{number}: {complaint}"
    place = Path(path)
    if place.parts[0] != "Sources" or place.suffix != ".swift":
        return
    target = place.parts[1]
    if target not in IMPORTS:
        yield f"{path}: no imports are listed for {target} in Tests/lint/check_sources.py"
        return
    for number, complaint in [*imports(target, text), *words(target, text), *foreign(target, text)]:
        yield f"{path}:{number}: {complaint}"


def tracked(root: Path) -> list[str]:
    """The files that git tracks and that exist. The folder may belong to another user."""
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
    for name in set(files) - set(code):
        if Path(name).suffix in PROSE:
            text = (root / name).read_text(encoding="utf-8", errors="replace")
            found += [f"{name}:{number}: {complaint}" for number, complaint in vague(name, text)]
    swift = [name for name in code if name.startswith("Sources/") and name.endswith(".swift")]
    found += unused((name, (root / name).read_text(encoding="utf-8")) for name in swift)
    found += crowded(code)
    print("\n".join(found or [f"check_sources: {len(code)} files, nothing to complain about"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
