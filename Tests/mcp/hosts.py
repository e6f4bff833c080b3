"""A host that uses the official SDK's client, and functions that read the results of its calls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import mcp_types as types
import pytest
from mcp import Client
from servers import server

VERSIONS = {"legacy": "2025-11-25", "2026-07-28": "2026-07-28"}
# The SDK's names for the two modes of the protocol.
both = pytest.mark.parametrize("mode", list(VERSIONS))


@asynccontextmanager
async def connected(mode: str, *arguments: str, **options: Any) -> AsyncIterator[Client]:
    with anyio.fail_after(60):
        async with Client(server(*arguments), mode=mode, **options) as client:
            assert client.protocol_version == VERSIONS.get(mode, "2026-07-28")
            yield client


def text(result: types.CallToolResult) -> str:
    block = result.content[0]
    assert isinstance(block, types.TextContent)
    return block.text


def content(result: types.CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content
