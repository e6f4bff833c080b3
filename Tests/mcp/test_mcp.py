"""The official SDK's client with the real binary, with the handshake and without it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import anyio
import mcp_types as types
import pytest
from hosts import both, connected, content, text
from jsonschema import Draft202012Validator
from mcp import MCPError
from servers import BARE, sandbox

TOOLS = (
    "status",
    "wait",
    "watch",
    "unwatch",
    "changes",
    "download",
    "generate",
    "callback",
    "credits",
)

pytestmark = pytest.mark.anyio


async def test_auto_finds_the_newer_revision() -> None:
    async with connected("auto") as client:
        assert client.server_info is not None
        assert client.server_info.name == "cover-bridge"
        assert client.instructions is not None and "already paid for" in client.instructions


@both
async def test_lists(mode: str) -> None:
    async with connected(mode) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tuple(tools) == TOOLS
        for tool in tools.values():
            Draft202012Validator.check_schema(tool.input_schema)
            assert tool.output_schema is not None and tool.output_schema["type"] == "object"
            Draft202012Validator.check_schema(tool.output_schema)
            assert "$ref" not in str(tool)
        hints = {name: tool.annotations or types.ToolAnnotations() for name, tool in tools.items()}
        assert [name for name in TOOLS if hints[name].read_only_hint] == [
            "status",
            "wait",
            "changes",
            "callback",
            "credits",
        ]
        assert [name for name in TOOLS if hints[name].destructive_hint] == ["download", "generate"]
        assert "progressToken" not in tools["download"].input_schema["properties"]
        assert tools["wait"].input_schema["properties"]["timeout"]["default"] == 45
        resources = (await client.list_resources()).resources
        assert [str(resource.uri) for resource in resources] == ["cover://tasks"]
        templates = (await client.list_resource_templates()).resource_templates
        assert [template.uri_template for template in templates] == [
            "cover://tasks/{taskId}",
            "cover://tasks/{taskId}/images/{n}",
        ]


@both
async def test_every_tool(mode: str, tmp_path: Path) -> None:
    async with connected(mode) as client:
        await client.list_tools()  # from here on, the SDK checks each result against its schema
        assert content(await client.call_tool("credits"))["credits"] == 247.5
        order = {"taskId": "music-1", "callbackUrl": "https://example.com/callback"}
        made = content(await client.call_tool("generate", order))
        assert made["reused"] is False
        again = await client.call_tool("generate", order)
        assert content(again) == {"taskId": made["taskId"], "reused": True}
        assert "costs nothing" in text(again)

        found = content(await client.call_tool("status", {"taskId": "pending-1"}))
        assert (found["state"], found["final"]) == ("pending", False)
        final = await client.call_tool("wait", {"taskId": "success-0.2s-1"})
        assert content(final)["state"] == "succeeded"
        assert "cover://tasks/success-0.2s-1/images/2" in text(final)
        failed = await client.call_tool("wait", {"taskId": "fail-0.2s-1"})
        assert content(failed)["state"] == "failed"
        assert "ask the user first" in text(failed)

        watches = content(await client.call_tool("watch", {"taskIds": ["success-0.3s-2"]}))
        assert watches["watches"][0]["taskId"] == "success-0.3s-2"
        assert content(await client.call_tool("unwatch", {"taskIds": ["never"]}))["unwatched"] == []
        await client.call_tool("wait", {"taskId": "success-0.3s-2"})
        page = content(await client.call_tool("changes", {"after": 0}))
        assert page["changes"][-1]["status"]["state"] == "succeeded"
        assert page["changes"][-1]["sequence"] == page["lastSequence"]

        into = {"taskId": "success-0.2s-1", "directory": str(tmp_path / "covers")}
        files = content(await client.call_tool("download", into))["files"]
        assert [Path(file["path"]).read_bytes()[:4] for file in files] == [b"\x89PNG"] * 2


@both
async def test_errors_say_what_to_do_next(mode: str, tmp_path: Path) -> None:
    cases: list[tuple[str, dict[str, Any], str, str]] = [
        ("wait", {"taskId": "generating", "timeout": 3}, "waitTimeout", "still running"),
        ("wait", {"taskId": "missing", "timeout": 0.3}, "waitTimeout", "call status"),
        ("status", {"taskId": "missing"}, "taskNotFound", "cover task's"),
        ("download", {"taskId": "success-0s", "directory": "~/covers"}, "invalidParams", "Correct"),
        ("status", {"taskId": "unauthorized"}, "unauthorized", "Tell the user"),
        ("status", {"taskId": "nocredits"}, "insufficientCredits", "credits"),
        ("status", {"taskId": 7}, "invalidParams", "Correct"),
        ("status", {}, "invalidParams", "Correct"),
        ("generate", {"taskId": "music-2"}, "validationFailed", "callbackUrl"),
        ("callback", {"body": {"taskId": "success-0s"}}, "taskNotFound", "--webhook-key-file"),
        ("callback", {"body": "<html>"}, "invalidParams", "Correct"),
        ("download", {"taskId": "pending", "directory": str(tmp_path)}, "downloadFailed", "again"),
    ]
    async with connected(mode) as client:
        for name, arguments, kind, advice in cases:
            result = await client.call_tool(name, arguments)
            assert result.is_error, (name, arguments)
            assert text(result).startswith(f"{kind}: ")
            assert advice in text(result).split("\nNext: ")[1]
            assert result.structured_content is None
            assert result.meta is not None and result.meta["cover-bridge/error"]["kind"] == kind
        for call in (
            client.call_tool("nonsense", {}),
            client.read_resource("cover://tasks/fail-0s/images/1"),
            client.read_resource("cover://tasks/success-0s/images/3"),
            client.read_resource("cover://tasks/missing"),
        ):
            with pytest.raises(MCPError) as caught:
                await call
        assert caught.value.code == (-32002 if mode == "legacy" else -32602)


@both
async def test_progress_and_cancellation(mode: str, tmp_path: Path) -> None:
    received: list[tuple[float, float | None, str | None]] = []
    begun = anyio.Event()

    async def receive(progress: float, total: float | None, message: str | None) -> None:
        received.append((progress, total, message))
        begun.set()

    async with connected(mode) as client:
        async with anyio.create_task_group() as group:

            async def wait() -> None:
                arguments = {"taskId": "generating-for-ever", "timeout": 600}
                await client.call_tool("wait", arguments, progress_callback=receive)
                raise AssertionError("a wait that was cancelled was answered")

            group.start_soon(wait)
            await begun.wait()
            group.cancel_scope.cancel()
        assert received[0][1] == 600
        received.clear()
        into = {"taskId": "success-0s-1", "directory": str(tmp_path)}
        content(await client.call_tool("download", into, progress_callback=receive))
        assert received[-1][:2] == (2, 2)
        assert [entry[0] for entry in received] == sorted({entry[0] for entry in received})


@both
async def test_logging_at_the_level_that_the_host_set(mode: str) -> None:
    received: list[types.LoggingMessageNotificationParams] = []

    async def receive(params: types.LoggingMessageNotificationParams) -> None:
        received.append(params)

    options: dict[str, Any] = {"logging_callback": receive}
    if mode != "legacy":
        options["log_level"] = "warning"
    warnings.simplefilter("ignore")
    async with connected(mode, **options) as client:
        if mode == "legacy":
            await client.call_tool("status", {"taskId": "missing"})
            assert received == []
            await client.set_logging_level("warning")
        await client.call_tool("credits")
        await client.call_tool("status", {"taskId": "missing"})
        while not received:
            await anyio.sleep(0.02)
        assert [params.level for params in received] == ["warning"]
        assert received[0].data["kind"] == "taskNotFound"


@both
async def test_a_bare_environment_and_a_key_file(mode: str, tmp_path: Path) -> None:
    assert len(BARE) == 5
    key = tmp_path / "key"
    key.write_text("secret-key\n")
    with sandbox() as address:
        async with connected(
            mode, "mcp", "--endpoint", address, "--api-key-file", str(key)
        ) as client:
            assert content(await client.call_tool("credits"))["credits"] == 247.5
        async with connected(mode, "mcp", "--endpoint", address) as client:
            result = await client.call_tool("credits")
            assert result.is_error and "--api-key-file" in text(result)


@pytest.mark.parametrize("api", ["cover", "market", "auto"])
async def test_both_records_give_the_same_status(api: str) -> None:
    async with connected("2026-07-28", "mcp", "--sandbox", "--record-api", api) as client:
        found = content(await client.call_tool("wait", {"taskId": "success-0.2s"}))
        assert (found["state"], len(found["images"])) == ("succeeded", 2)
        assert found["completedAt"] is not None
        assert found["warnings"] == []
        missing = await client.call_tool("status", {"taskId": "missing"})
        assert missing.is_error and text(missing).startswith("taskNotFound")
