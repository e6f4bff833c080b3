"""Resources and subscriptions, through the official SDK's client."""

from __future__ import annotations

import base64
import json
import warnings
from collections.abc import AsyncIterator
from typing import Any

import anyio
import mcp_types as types
import pytest
from hosts import both, connected
from mcp import Client, MCPError

pytestmark = pytest.mark.anyio


@both
async def test_reads_resources(mode: str) -> None:
    async with connected(mode) as client:
        await client.call_tool("watch", {"taskIds": ["pending/ü", "success-0.1s"]})
        await client.call_tool("wait", {"taskId": "success-0.1s"})
        [task] = (await client.read_resource("cover://tasks/pending%2F%C3%BC")).contents
        assert isinstance(task, types.TextResourceContents)
        assert '"state":"pending"' in task.text and task.mime_type == "application/json"
        [image] = (await client.read_resource("cover://tasks/success-0.1s/images/2")).contents
        assert isinstance(image, types.BlobResourceContents)
        assert image.mime_type == "image/png"
        assert base64.b64decode(image.blob, validate=True).startswith(b"\x89PNG\r\n")
        [watched] = (await client.read_resource("cover://tasks")).contents
        assert isinstance(watched, types.TextResourceContents) and "pending/" in watched.text
        listed = [str(resource.uri) for resource in (await client.list_resources()).resources]
        assert "cover://tasks/success-0.1s/images/1" in listed
        with pytest.raises(MCPError):
            await client.read_resource("cover://tasks/success-0.1s/images/3")

        reference = types.ResourceTemplateReference(uri="cover://tasks/{taskId}")
        found = await client.complete(reference, {"name": "taskId", "value": "succ"})
        assert found.completion.values == ["success-0.1s"]


async def seen_states(client: Client, uri: str, updates: AsyncIterator[Any]) -> list[str]:
    """Reads the resource at each update until it is final."""
    states: list[str] = []
    async for _ in updates:
        [task] = (await client.read_resource(uri)).contents
        assert isinstance(task, types.TextResourceContents)
        status = json.loads(task.text)
        if status["state"] not in states:
            states.append(status["state"])
        if status["final"]:
            return states
    raise AssertionError(f"ended after {states}")


async def test_subscribe_up_to_2025_11_25() -> None:
    uri = "cover://tasks/success-4s-sub"
    send, updates = anyio.create_memory_object_stream[str](100)

    async def receive(message: Any) -> None:
        if isinstance(message, types.ResourceUpdatedNotification):
            assert str(message.params.uri) == uri
            send.send_nowait(uri)

    warnings.simplefilter("ignore")
    async with connected("legacy", message_handler=receive) as client:
        await client.subscribe_resource(uri)
        assert await seen_states(client, uri, updates) == [
            "pending",
            "generating",
            "succeeded",
        ]
        await client.unsubscribe_resource(uri)


async def test_listen_from_2026_07_28_on() -> None:
    uri = "cover://tasks/success-4s-listen"
    async with connected("2026-07-28") as client:
        async with client.listen(
            resource_subscriptions=[uri, "elsewhere:x"],
            resources_list_changed=True,
            tools_list_changed=True,
        ) as subscription:
            assert subscription.honored.resource_subscriptions == [uri]
            assert subscription.honored.resources_list_changed is True
            assert subscription.honored.tools_list_changed is None
            states = await seen_states(client, uri, subscription)
            assert states == ["pending", "generating", "succeeded"]
        # A task that only the subscription watched is no longer watched after the subscription.
        async with client.listen(resource_subscriptions=["cover://tasks/generating-9"]):
            assert "generating-9" in str(await client.read_resource("cover://tasks"))
        with anyio.fail_after(60):
            while "generating-9" in str(await client.read_resource("cover://tasks")):
                await anyio.sleep(0.02)
