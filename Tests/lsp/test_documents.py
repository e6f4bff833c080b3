"""Documents that are odd, damaged or huge, and edits of all kinds."""

from __future__ import annotations

import json
import random
import time
from typing import Any

import pytest
from frames import MODERN, URI, Frames, span

HEX = "0123456789abcdef0123456789abcdef"
DONE, FAILED = "success-0s-a", "fail-0s-b"


@pytest.fixture
def server() -> Any:
    """A server whose client follows the cover `DONE`."""
    with Frames() as server:
        server.introduce()
        server.command("follow", DONE)
        server.notification("window/showMessage")
        yield server


def replace(start: tuple[float, float], end: tuple[float, float], text: str) -> dict[str, Any]:
    return {"range": span(start, end), "text": text}


def test_edits_at_odd_places_behave_as_in_other_servers(server: Frames) -> None:
    length = len(DONE)
    server.open(f"😀😀 {DONE}\r\nb\r{DONE}\n")
    assert server.places() == [(0, 5 + length), (2, length)]
    # The position is inside a surrogate pair. The specification then means the position before it.
    server.change(replace((0, 1), (0, 1), "x"))
    assert server.places() == [(0, 6 + length), (2, length)]
    # The end of the range is before its start. The range covers the line break and "b".
    server.change(replace((1, 1), (0, 6 + length), ""))
    assert server.places() == [(0, 6 + length), (1, length)]
    # One notification has a whole text and a part. Each change applies to the result of the last.
    server.change({"text": f"a {DONE}"}, replace((0, 0), (0, 1), "\n\n"), {"text": f"q\n {DONE}"})
    assert server.places() == [(1, 1 + length)]
    # The range is beyond the end of the document.
    server.change(replace((99, 99), (100, 100), f" {DONE}"))
    server.change(replace((2**31 - 1, 2**31 - 1), (2**53, 2**62), f"\n{DONE}"))
    assert server.places() == [(1, 1 + length), (1, 2 + 2 * length), (2, length)]
    # Some languages write whole numbers as 0.0, as Python's JSON does here.
    server.change(replace((0.0, 0.0), (1.0, 0.0), ""))
    assert server.places() == [(0, 1 + length), (0, 2 + 2 * length), (1, length)]
    # Older clients also send rangeLength, which the server ignores.
    server.change({**replace((0, 0), (0, 1), ""), "rangeLength": 77})
    assert server.places() == [(0, length), (0, 1 + 2 * length), (1, length)]


@pytest.mark.parametrize(
    "change",
    [
        replace((-1, 0), (0, 0), "z"),
        replace((0.5, 0), (0, 0), "z"),
        {"range": 7, "text": "z"},
        {"range": {"start": {"line": 0, "character": 0}}, "text": "z"},
        {"text": 7},
        {},
        7,
    ],
)
def test_an_invalid_change_is_logged_and_leaves_the_text(server: Frames, change: Any) -> None:
    server.open(DONE)
    server.change(change)
    assert "didChange" in server.notification("window/logMessage")["message"]
    assert server.places() == [(0, len(DONE))]


def test_notifications_about_closed_documents_are_logged(server: Frames) -> None:
    server.change({"text": DONE}, uri="file:///closed")
    assert "file:///closed is not open" in server.notification("window/logMessage")["message"]
    server.note("textDocument/didClose", {"textDocument": {"uri": "file:///closed"}})
    for method, params in [
        ("didOpen", None),
        ("didOpen", {"textDocument": {"uri": 7, "text": "x"}}),
        ("didOpen", {"textDocument": {"uri": URI}}),
        ("didClose", {}),
        ("didChange", {"textDocument": {"uri": URI}}),
    ]:
        server.note(f"textDocument/{method}", params)
        assert method in server.notification("window/logMessage")["message"]


@pytest.mark.parametrize(
    ("text", "units"),
    [
        # JavaScript and Java may have half a surrogate pair in a text.
        (rb"\ud83d \ude00", 3),
        # The bytes are Latin-1, from an editor that sends a file unchanged.
        (b"caf\xe9", 4),
        (b"\xff\xfe\x41", 3),
        (rb"\u0000", 1),
    ],
)
def test_a_document_may_be_invalid_text(server: Frames, text: bytes, units: int) -> None:
    item = b'{"uri":"%b","languageId":"x","version":1,"text":"%b %b"}'
    document = item % (URI.encode(), text, DONE.encode())
    server.write(
        Frames.frame(
            b'{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":%b}}'
            % document
        )
    )
    assert server.places() == [(0, units + 1 + len(DONE))]


@pytest.mark.parametrize(
    ("uri", "has_folder"),
    [
        ("", False),
        ("file:", False),
        ("file:///a%00b", False),
        ("file:///a%zz", False),
        ("file://elsewhere/a", False),
        ("untitled:Untitled-1", False),
        ("vscode-notebook-cell:/a#W0", False),
        ("file:///tmp/%F0%9F%98%80/x.md", True),
        ("FILE:///tmp/x", True),
        ("file://localhost/tmp/x", True),
        ("file:///tmp/a b/\ud83d\ude00", True),
        ("file:///" + "x" * 10_000, True),
    ],
)
def test_a_uri_is_kept_as_the_client_writes_it(server: Frames, uri: str, has_folder: bool) -> None:
    server.open(DONE, uri)
    assert server.labels(uri) == ["✓ 2 images"]
    titles = [action["title"] for action in server.actions(uri=uri)]
    assert any(title.startswith("Download") for title in titles) is has_folder


def test_uris_with_other_bytes_are_other_documents(server: Frames) -> None:
    uris = ["file:///caf\u00e9", "file:///cafe\u0301", "file:///caf%C3%A9", "file:///caf%c3%a9"]
    for number, uri in enumerate(uris):
        server.open(" " * number + DONE, uri)
    for number, uri in enumerate(uris):
        assert server.places(uri) == [(0, number + len(DONE))]
    for uri in uris[1:]:
        server.note("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert server.places(uris[0]) == [(0, len(DONE))]


def test_one_cover_in_several_documents(server: Frames) -> None:
    server.open(FAILED, "file:///one")
    server.open(f"x {FAILED}", "untitled:Untitled-1")
    server.command("follow", FAILED)
    starts = {}
    for _ in range(2):
        published = server.notification("textDocument/publishDiagnostics")
        (diagnostic,) = published["diagnostics"]
        starts[published["uri"]] = diagnostic["range"]["start"]["character"]
    assert starts == {"file:///one": 0, "untitled:Untitled-1": 2}
    server.note("textDocument/didClose", {"textDocument": {"uri": "file:///one"}})
    published = server.notification("textDocument/publishDiagnostics")
    assert published == {"uri": "file:///one", "diagnostics": []}
    assert len(server.labels("untitled:Untitled-1")) == 1
    # The document is opened twice again, the second time while it is still open.
    for text in (FAILED, f"{FAILED} {FAILED}"):
        server.open(text, "file:///one")
        published = server.notification("textDocument/publishDiagnostics")
        assert len(published["diagnostics"]) == len(text.split())


def test_a_document_that_is_opened_again_at_once_has_its_diagnostics(server: Frames) -> None:
    server.open(FAILED)
    server.command("follow", FAILED)
    server.notification("textDocument/publishDiagnostics")
    item = {"uri": URI, "languageId": "x", "version": 1, "text": FAILED}
    pair = b"".join(
        Frames.frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())
        for method, params in (
            ("textDocument/didClose", {"textDocument": {"uri": URI}}),
            ("textDocument/didOpen", {"textDocument": item}),
        )
    )
    for _ in range(100):
        server.write(pair)
        # Clients remove the diagnostics of a document when they close it.
        for count in (0, 1):
            published = server.notification("textDocument/publishDiagnostics")
            assert len(published["diagnostics"]) == count


def test_a_cover_stays_followed_when_its_document_is_closed(server: Frames) -> None:
    task = "success-0.5s-closed"
    server.open(task, "file:///closed")
    server.command("follow", task)
    server.note("textDocument/didClose", {"textDocument": {"uri": "file:///closed"}})
    assert task in server.notification("window/showMessage")["message"]


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*$", "(a|aa)+$", "^(.*a){25}$"])
def test_a_pattern_that_would_take_for_ever_is_stopped(pattern: str) -> None:
    with Frames() as server:
        server.introduce(options={"idPattern": f"(?:{pattern.replace('(', '(?:')})|job-[0-9]+"})
        slow = "a" * 4000 + "!"
        server.open(f"job-1\n{slow}\n{slow} {HEX}\njob-2")
        message = server.notification("window/showMessage")
        assert message["type"] == 2 and "idPattern takes too long" in message["message"]
        for number in range(20):
            server.change(replace((1, 9), (1, 9), "a"), version=number + 2)
        server.open(f"job-1\n{slow}\njob-3", "file:///tmp/other.md")
        titles = [action["title"] for action in server.actions()]
        assert titles == ["Follow 3 covers"]
        titles = [action["title"] for action in server.actions(uri="file:///tmp/other.md")]
        assert titles == ["Follow 2 covers"]
        shown = [m for m in server.waiting() if m.get("method") == "window/showMessage"]
        assert shown == [], "the message comes once"
        assert server.leave() == 0


def test_many_covers_are_followed_by_several_commands() -> None:
    with Frames("lsp", "--sandbox", "--interval", "60") as server:
        server.introduce({**MODERN, "textDocument": {"codeAction": {}, "inlayHint": {}}})
        server.open("\n".join(f"pending-9s-{number}" for number in range(1500)))
        for count in (1000, 500):
            (follow,) = [
                action for action in server.actions() if action["command"].endswith(".follow")
            ]
            assert follow["title"] == f"Follow {count} covers"
            server.command("follow", *follow["arguments"])
        assert len(server.labels()) == 1500


def edits(count: int, lines: int, uri: str = URI) -> bytes:
    """Makes many edits at random places of a text, as one write."""
    chance = random.Random(1)
    frames = []
    for number in range(count):
        line = chance.randrange(lines)
        character = number % 40
        change = replace((line, character), (line, character + 1), "x" if number % 3 else "x\n")
        params = {"textDocument": {"uri": uri, "version": number}, "contentChanges": [change]}
        message = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}
        frames.append(Frames.frame(json.dumps(message).encode()))
    return b"".join(frames)


def test_ten_thousand_edits_of_a_million_lines(server: Frames) -> None:
    """The documentation promises two seconds for a release build.

    The limit here is higher, because this may be a debug build on a busy machine.
    """
    line = "a line of text with 0123456789abcdef in it\n"
    server.open(line * 1_000_000 + f"{DONE}\n")
    server.ask("$/nothing")
    started = time.monotonic()
    server.write(edits(10_000, 1_000_000))
    ((last, _),) = server.places()
    spent = time.monotonic() - started
    assert last == 1_000_000 + (10_000 + 2) // 3
    assert spent < 20, spent


def test_typing_in_a_document_of_many_ids_does_not_wait_for_diagnostics(server: Frames) -> None:
    """The search for the places of a failed cover takes long. An edit must not wait for it."""
    ids = "".join(f"{number:032x}\n" for number in range(100_000))
    server.open(f"{ids}{FAILED}\n")
    server.command("follow", FAILED)
    server.notification("textDocument/publishDiagnostics")
    started = time.monotonic()
    for number in range(100):
        server.change(replace((0, 0), (0, 0), "\n"), version=number + 2)
    server.ask("$/nothing")
    spent = time.monotonic() - started
    while server.notification("textDocument/publishDiagnostics")["version"] != 101:
        pass
    assert spent < 10, spent


def test_a_hover_beyond_the_end_means_the_end(server: Frames) -> None:
    server.open(f"{HEX}")
    for line, character in ((0, 32), (0, 999), (9, 0), (2**40, 2**40)):
        found = server.feature("hover", position={"line": line, "character": character})
        assert found["result"]["range"] == span((0, 0), (0, 32))
