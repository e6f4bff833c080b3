"""pytest-lsp's client. It compares every message of the server with the specification."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.protocol import default_converter
from pytest_lsp import LanguageClient, client_capabilities
from pytest_lsp.client import register_lsp_features

BINARY = os.environ.get("COVER_BRIDGE", "")
SANDBOX = ("lsp", "--sandbox", "--interval", "0.1")
# A generous limit for loaded machines; the tests seldom wait so long.
PATIENCE = 60.0
URI = "file:///tmp/covers.md"


class Client(LanguageClient):
    """A client that records every fault in the server's messages."""

    def __init__(self) -> None:
        super().__init__(converter_factory=default_converter)
        self.faults: list[str] = []
        self.refreshes: list[str] = []
        self.registrations: list[types.Registration] = []
        register_lsp_features(self)
        self._answer_requests()

    def _answer_requests(self) -> None:
        def note(method: str) -> None:
            @self.feature(method)  # type: ignore[untyped-decorator]
            def _refresh(*_: object) -> None:
                self.refreshes.append(method)

        note(types.WORKSPACE_INLAY_HINT_REFRESH)
        note(types.WORKSPACE_CODE_LENS_REFRESH)

        @self.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def _register(params: types.RegistrationParams) -> None:
            self.registrations.extend(params.registrations)

    def report_server_error(self, error: Exception, source: Any) -> None:
        self.faults.append(f"{source.__name__}: {error}")
        super().report_server_error(error, source)

    # MARK: Actions of a user

    def open(self, text: str, uri: str = URI) -> None:
        item = types.TextDocumentItem(uri=uri, language_id="markdown", version=1, text=text)
        self.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))

    async def command(self, command: str, *arguments: object) -> object:
        return await self.workspace_execute_command_async(
            types.ExecuteCommandParams(command=command, arguments=list(arguments))
        )

    async def hover(self, line: int, character: int, uri: str = URI) -> types.Hover | None:
        return await self.text_document_hover_async(
            types.HoverParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                position=types.Position(line=line, character=character),
            )
        )

    async def actions(self, first: int, last: int, uri: str = URI) -> list[str]:
        """The titles of the code actions for several whole lines."""
        found = await self.text_document_code_action_async(
            types.CodeActionParams(
                text_document=types.TextDocumentIdentifier(uri=uri),
                range=lines(first, last),
                context=types.CodeActionContext(diagnostics=[]),
            )
        )
        return [action.title for action in found or []]

    async def hints(self, uri: str = URI) -> dict[tuple[int, int], str]:
        """The label of each inlay hint, by the place of the hint."""
        found = await self.text_document_inlay_hint_async(
            types.InlayHintParams(
                text_document=types.TextDocumentIdentifier(uri=uri), range=lines(0, 1000)
            )
        )
        return {(h.position.line, h.position.character): str(h.label) for h in found or []}


def lines(first: int, last: int) -> types.Range:
    """The range of several whole lines."""
    return types.Range(
        start=types.Position(line=first, character=0),
        end=types.Position(line=last + 1, character=0),
    )


async def until(condition: Callable[[], bool]) -> None:
    """Waits until the condition is true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def session(
    capabilities: str | types.ClientCapabilities,
    *arguments: str,
    folder: Path,
    options: object = None,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Client]:
    """Runs a server from `initialize` to a proper exit. Fails if a message had a fault."""
    if isinstance(capabilities, str):
        capabilities = client_capabilities(capabilities)
    client = Client()
    bare = {"HOME": str(folder), "PATH": os.environ["PATH"], **(environment or {})}
    await client.start_io(BINARY, *(arguments or SANDBOX), env=bare)
    await client.initialize_session(
        types.InitializeParams(capabilities=capabilities, initialization_options=options)
    )
    try:
        yield client
        assert not client.faults
        await client.shutdown_session()
        assert client._server is not None and client._server.returncode == 0
        assert not client.faults
    finally:
        # pytest-lsp would wait for ever for a server that did not end properly.
        if client._server is not None and client._server.returncode is None:
            client._server.kill()
        await client.stop()  # type: ignore[no-untyped-call]
