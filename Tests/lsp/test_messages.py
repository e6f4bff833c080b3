"""Tests the server with pytest-lsp, which compares every message with the specification."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from client import PATIENCE, URI, Client, session, until
from lsprotocol import types

pytestmark = pytest.mark.anyio

# Capabilities of editors, from pytest-lsp.
CLIENTS = [
    "neovim@v0.6",
    "neovim@v0.7",
    "neovim@v0.9",
    "neovim@v0.11",
    "emacs@v29.1",
    "visual-studio-code@v1.65",
]
DONE, LATER, FAILED = "success-0.3s-a", "success-0.5s-b", "fail-0.3s-c"
HEX = "0123456789abcdef0123456789abcdef"
TEXT = f"""# Covers

- {DONE} and again {DONE}
- cover://tasks/{LATER}
- 🎵🎵 {FAILED}
- {HEX}
"""


def capabilities_of(client: Client) -> types.ClientCapabilities:
    assert client.capabilities is not None
    return client.capabilities


def has_hints(client: Client) -> bool:
    document = capabilities_of(client).text_document
    return document is not None and document.inlay_hint is not None


def has_lenses(client: Client) -> bool:
    document = capabilities_of(client).text_document
    return document is not None and document.code_lens is not None


async def labels(client: Client) -> list[str]:
    """The labels that the client shows for the followed covers, in the order of their ids."""
    if has_hints(client):
        found = await client.hints()
        return [found[place] for place in sorted(found)]
    if has_lenses(client):
        lenses = await client.text_document_code_lens_async(
            types.CodeLensParams(text_document=types.TextDocumentIdentifier(uri=URI))
        )
        return [lens.command.title for lens in lenses or [] if lens.command]
    return []


@pytest.mark.parametrize("name", CLIENTS)
async def test_a_session_of_each_client(name: str, tmp_path: Path) -> None:
    async with session(name, folder=tmp_path) as client:
        client.open(TEXT)
        assert await client.actions(0, 5) == ["Follow 4 covers"]
        assert await labels(client) == []
        await client.command("cover-bridge.follow", DONE, LATER, FAILED)
        await until(lambda: len(client.messages) == 3)
        (failure,) = client.diagnostics[URI]
        # The unit of a column is UTF-8 or UTF-16. The two notes have eight units or four.
        assert failure.range.start.line == 4
        assert failure.range.end.character - failure.range.start.character == len(FAILED)
        assert failure.severity is types.DiagnosticSeverity.Warning
        if has_hints(client) or has_lenses(client):
            shown = await labels(client)
            assert shown[:3] == ["✓ 2 images"] * 3
            assert shown[3].startswith("✗ The cover could not be generated")
        texts = sorted(message.message for message in client.messages)
        assert texts[0].startswith(f"Cover {FAILED} failed: The cover could not be generated")
        assert texts[1:] == [f"Cover {DONE} is done: 2 images", f"Cover {LATER} is done: 2 images"]
        hover = await client.hover(2, 4)
        assert hover is not None
        assert isinstance(hover.contents, types.MarkupContent)
        assert "succeeded" in hover.contents.value and "-1.png" in hover.contents.value
        assert await client.hover(0, 3) is None
        reports = list(client.progress_reports.values())
        window = capabilities_of(client).window
        if window is not None and window.work_done_progress:
            first, *_, last = reports[0]
            assert isinstance(first, types.WorkDoneProgressBegin)
            assert first.message == "0 of 3 covers done"
            assert isinstance(last, types.WorkDoneProgressEnd)
            assert last.message == "3 of 3 covers done"
        else:
            assert reports == []
        # The edit deleted the id, so the hint and the diagnostic are gone.
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=URI, version=2),
                content_changes=[
                    types.TextDocumentContentChangePartial(range=failure.range, text="gone")
                ],
            )
        )
        await until(lambda: not client.diagnostics[URI])


async def test_refreshes_update_the_hints(tmp_path: Path) -> None:
    async with session("neovim@v0.11", folder=tmp_path) as client:
        client.open("success-2s-a")
        await client.command("cover-bridge.follow", "success-2s-a")
        seen: list[str] = []
        while "✓ 2 images" not in seen:
            count = len(client.refreshes)
            seen += set((await client.hints()).values())
            if "✓ 2 images" not in seen:
                await until(lambda count=count: len(client.refreshes) > count)  # type: ignore[misc]
        assert [word for word in ("pending", "generating") if word in seen] != []
        assert set(client.refreshes) == {types.WORKSPACE_INLAY_HINT_REFRESH}


async def test_finding_ids_and_hovering_cause_no_query(tmp_path: Path) -> None:
    async with session("neovim@v0.11", folder=tmp_path) as client:
        client.open(TEXT)
        hover = await client.hover(5, 4)
        assert hover is not None and isinstance(hover.contents, types.MarkupContent)
        assert "not followed" in hover.contents.value
        assert await client.hints() == {}
        assert client.messages == [] and client.progress_reports == {}


async def test_links_and_completion_of_followed_covers(tmp_path: Path) -> None:
    async with session("visual-studio-code@v1.65", folder=tmp_path) as client:
        client.open(TEXT + "- cover://tasks/suc\n")
        await client.command("cover-bridge.follow", LATER)
        await until(lambda: len(client.messages) == 1)
        links = await client.text_document_document_link_async(
            types.DocumentLinkParams(text_document=types.TextDocumentIdentifier(uri=URI))
        )
        assert [link.range.start.line for link in links or []] == [3, 3]
        assert [(link.target or "")[-6:] for link in links or []] == ["-1.png", "-2.png"]
        found = await client.text_document_completion_async(
            types.CompletionParams(
                text_document=types.TextDocumentIdentifier(uri=URI),
                position=types.Position(line=6, character=19),
            )
        )
        items = found.items if isinstance(found, types.CompletionList) else found or []
        assert [item.label for item in items] == [LATER]


async def test_images_are_saved_beside_the_file_and_opened(tmp_path: Path) -> None:
    folder = tmp_path / "my covers"
    folder.mkdir()
    uri = (folder / "covers.md").as_uri()
    async with session("neovim@v0.11", folder=tmp_path) as client:
        client.open(TEXT, uri)
        await client.command("cover-bridge.follow", DONE)
        await until(lambda: len(client.messages) == 1)
        titles = await client.actions(2, 2, uri)
        assert [title for title in titles if title.startswith("Download 2 images")]
        assert [title for title in titles if title.startswith("Open 2 images")]
        await client.command("cover-bridge.download", DONE, uri)
        await client.command("cover-bridge.open", DONE)
        assert sorted(file.suffix for file in folder.iterdir()) == [".png", ".png"]
        assert [document.uri[-6:] for document in client.shown_documents] == ["-1.png", "-2.png"]
        assert all(document.external for document in client.shown_documents)


async def test_cancelling_the_progress_stops_following(tmp_path: Path) -> None:
    async with session("neovim@v0.11", folder=tmp_path) as client:
        client.open("pending-9s-a and success-9s-b")
        await client.command("cover-bridge.follow", "success-9s-b")
        await until(lambda: [len(r) for r in client.progress_reports.values()] == [1])
        (token,) = client.progress_reports
        client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))
        await until(
            lambda: isinstance(client.progress_reports[token][-1], types.WorkDoneProgressEnd)
        )
        assert await client.hints() == {}
        assert client.messages == []


async def test_a_client_without_capabilities_gets_no_requests(tmp_path: Path) -> None:
    async with session(types.ClientCapabilities(), folder=tmp_path) as client:
        client.open(TEXT)
        await client.command("cover-bridge.follow", DONE, FAILED)
        await until(lambda: len(client.messages) == 2)
        assert client.diagnostics == {} and client.progress_reports == {}
        assert client.refreshes == [] and client.registrations == []


async def test_messages_can_be_turned_off(tmp_path: Path) -> None:
    options = {"messages": False}
    async with session("neovim@v0.11", folder=tmp_path, options=options) as client:
        client.open(TEXT)
        await client.command("cover-bridge.follow", FAILED)
        await until(lambda: len(client.diagnostics.get(URI, [])) == 1)
        assert client.messages == []


async def test_without_a_key_the_server_says_how_to_give_one(tmp_path: Path) -> None:
    async with session("neovim@v0.11", "lsp", folder=tmp_path) as client:
        client.open(TEXT)
        hover = await client.hover(5, 4)
        assert hover is not None and isinstance(hover.contents, types.MarkupContent)
        plain = hover.contents.value.replace("\\", "")
        assert "KIE_API_KEY" in plain and "apiKeyFile" in plain
        with pytest.raises(Exception, match="KIE_API_KEY"):
            await client.command("cover-bridge.follow", HEX)


async def test_followed_covers_survive_a_restart_with_a_journal(tmp_path: Path) -> None:
    journal = ("lsp", "--sandbox", "--interval", "0.1", "--journal", str(tmp_path / "journal"))
    async with session("neovim@v0.11", *journal, folder=tmp_path) as client:
        client.open(TEXT)
        await client.command("cover-bridge.follow", DONE)
        await until(lambda: len(client.messages) == 1)
        async with session("neovim@v0.11", *journal, folder=tmp_path) as second:
            await until(lambda: len(second.messages) == 1)
            assert "journal" in second.messages[0].message
    async with session("neovim@v0.11", *journal, folder=tmp_path) as client:
        client.open(TEXT)
        async with asyncio.timeout(PATIENCE):
            while set((await client.hints()).values()) != {"✓ 2 images"}:
                await asyncio.sleep(0.02)
        assert client.messages == [], "what was done before is no news"


async def test_a_cover_that_is_not_followed_any_more_does_not_come_back(tmp_path: Path) -> None:
    journal = ("lsp", "--sandbox", "--interval", "0.1", "--journal", str(tmp_path / "journal"))
    kept, gone, running = "success-0s-kept", "success-0s-gone", "pending-60s-gone"
    async with session("neovim@v0.11", *journal, folder=tmp_path) as client:
        await client.command("cover-bridge.follow", gone, running, kept)
        await until(lambda: len(client.messages) == 2)
        await client.command("cover-bridge.unfollow", gone, running)
    async with session("neovim@v0.11", *journal, folder=tmp_path) as client:
        client.open(f"{gone} {running} {kept}")
        async with asyncio.timeout(PATIENCE):
            while not (hints := await client.hints()):
                await asyncio.sleep(0.02)
        # All covers of the journal appear at the same time.
        assert list(hints.values()) == ["✓ 2 images"]
        assert await client.actions(0, 0) == ["Follow 2 covers", f"Stop following cover {kept}"]
