"""For each rule of check_sources.py, there is a sample that breaks the rule."""

from __future__ import annotations

import pytest
from check_sources import IMPORTS, complaints, crowded, unused, vague

BAD = [
    ("Sources/JSONRPC/A.swift", "import Foundation", "JSONRPC may not import Foundation"),
    ("Sources/CoverWatch/A.swift", "import AsyncHTTPClient", "may not import AsyncHTTPClient"),
    ("Sources/CoverService/A.swift", "package import SQLite", "may not import SQLite"),
    ("Sources/cover-bridge/A.swift", "@preconcurrency import Hummingbird", "Hummingbird"),
    ("Sources/CoverAPI/A.swift", "#if os(Linux)\n    internal import CJansson\n#endif", ":2: "),
    ("Sources/CoverAPI/A.swift", "@_spi(Test) import struct SQLite.Row", "may not import SQLite"),
    ("Sources/Jansson/A.swift", 'print("here")', "print("),
    ("Sources/Jansson/A.swift", "let a = try! b()", "try!"),
    ("Sources/Jansson/A.swift", "let a = b as! C", "as!"),
    ("Sources/cover-bridge/A.swift", "fatalError()", "fatalError"),
    ("Sources/Newcomer/A.swift", "", "no imports are listed for Newcomer"),
    ("Tests/JanssonTests/A.swift", "\n" * 301, "301 lines"),
    ("Sources/CoverWatch/A.swift", "/// As JSON-RPC has it.", "no business with JSON-RPC"),
    ("Sources/JSONRPC/A.swift", 'let a = "limit (--max-bytes)"', "no business with an option"),
    ("Sources/JSONRPC/A.swift", "RPCError(code: 1006)", "no business with a code of covers"),
    ("Sources/JSONRPC/A.swift", "/// A cover's task.", "no business with covers"),
    ("Sources/CoverAPI/A.swift", 'let a = "see --ca-file"', "no business with an option"),
    ("Sources/CoverAPI/A.swift", 'let a = "run cover-bridge doctor"', "no business with a command"),
    ("Sources/CoverAPI/A.swift", "/// Whoever waits gets it.", '"Whoever": name the component'),
    ("Tests/lifecycle/a.py", "# Somebody reads it.", '"Somebody": name the component'),
    ("clients/node/lib/a.js", "// nobody waits", '"nobody": name the component'),
    ("Sources/CoverAPI/A.swift", "/// RFC 3492, section 6.3.", "a section names its document"),
    ("Sources/CoverWatch/A.swift", "/// The watch is told of it.", '"told": say emits'),
    ("Tests/lifecycle/a.py", "# The client tells the bridge.", '"tells": say emits'),
    ("clients/node/lib/a.js", "// Asks in vain.", '"in vain": say without success'),
    ("clients/emacs/a.el", ";; It begins anew.", '"anew": say again'),
    ("Sources/CoverLSP/A.swift", "/// How the task stands.", '"How the task stands": say the'),
]

GOOD = [
    ("Sources/Jansson/A.swift", "internal import CJansson"),
    ("Sources/JSONRPC/A.swift", "import Synchronization\n// print(try! fatalError)"),
    ("Sources/JSONRPC/A.swift", 'let a = "print(1) as! b"\nfingerprint(a)\nsink.print(a)'),
    ("Sources/cover-bridge/A.swift", "print(table)"),
    ("Sources/cover-bridge/A.swift", 'let a = "--ca-file"'),
    ("Sources/JSONRPC/A.swift", "let a = [1024, 10060]\na -= 1\n// a -- b"),
    ("Tests/JanssonTests/A.swift", "import Foundation\nlet a = try! b()"),
    ("Sources/CoverAPI/A.swift", "/// RFC 3492 §6.3. Tell the user."),
    ("clients/README.md", "Someone in the section on proxies."),
]


@pytest.mark.parametrize(("path", "text", "expected"), BAD)
def test_a_breach_is_found(path: str, text: str, expected: str) -> None:
    found = list(complaints(path, text))
    assert len(found) == 1
    assert expected in found[0]


@pytest.mark.parametrize(("path", "text"), GOOD)
def test_allowed_text_passes(path: str, text: str) -> None:
    assert not list(complaints(path, text))


@pytest.mark.parametrize("path", ["README.md", "Makefile", "Tests/scripts/a", "clients/a.txt"])
def test_pages_and_scripts_are_checked_too(path: str) -> None:
    assert len(list(vague(path, "# see section 4\n# whoever asks"))) == 2


def test_seeds_of_the_fuzzer_are_not_checked() -> None:
    assert not list(vague("Tests/fuzz/corpus/a.py", "nobody"))


@pytest.mark.parametrize("library", ["CJansson", "NIOHTTP2", "CSQLite", "Hummingbird"])
def test_a_reserved_library_has_one_importer(library: str) -> None:
    assert len([target for target, allowed in IMPORTS.items() if library in allowed]) == 1


def test_an_unused_entry_is_found() -> None:
    needed = [
        (f"Sources/{target}/{module}.swift", f"package import {module}")
        for target, allowed in IMPORTS.items()
        for module in allowed
    ]
    assert not list(unused(needed))
    assert len(list(unused(needed[1:]))) == 1


@pytest.mark.parametrize("target", ["Sources/CoverWatch", "Tests/CoverWatchTests"])
def test_a_large_target_needs_folders(target: str) -> None:
    flat = [f"{target}/{number}.swift" for number in range(21)]
    assert list(crowded(flat)) == [f"{target}: 21 of 21 files are in no folder"]
    assert not list(crowded(flat[1:]))
    assert not list(
        crowded([*flat[:12], *(f"{target}/Table/{number}.swift" for number in range(30))])
    )
