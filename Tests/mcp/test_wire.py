"""What the SDK's client hides: errors, cancellation, two modes on one connection, and the end."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from servers import (
    CAPABILITIES,
    CLIENT_INFO,
    LOG_LEVEL,
    SANDBOX,
    VERSION,
    Json,
    Wire,
    modern,
)
from transcripts import matches, transcript

WRONG_META: list[tuple[Json, int]] = [
    ({}, -32602),
    ({"_meta": {}}, -32602),
    ({"_meta": 7}, -32602),
    ({"_meta": {VERSION: "2026-07-28"}}, -32602),
    ({"_meta": {VERSION: 20260728, CAPABILITIES: {}}}, -32602),
    ({"_meta": {VERSION: "2026-07-28", CAPABILITIES: []}}, -32602),
    ({"_meta": {VERSION: "2027-01-01", CAPABILITIES: {}}}, -32022),
    ({"_meta": {VERSION: "2025-11-25", CAPABILITIES: {}}}, -32022),
]


@pytest.mark.parametrize(("params", "code"), WRONG_META)
def test_invalid_envelopes(params: Json, code: int) -> None:
    with Wire() as wire:
        error = wire.call("tools/list", params)["error"]
        assert error["code"] == code
        if code == -32022:
            assert error["data"]["requested"] == params["_meta"][VERSION]
            assert error["data"]["supported"][0] == "2026-07-28"
        assert wire.call("tools/list", modern(), id=2)["result"]["resultType"] == "complete"
        assert wire.rest() == []


def test_methods_belong_to_a_mode() -> None:
    with Wire() as wire:
        assert wire.call("ping")["result"] == {}
        for method in (
            "ping",
            "resources/subscribe",
            "logging/setLevel",
            "prompts/list",
            "cover/status",
        ):
            assert wire.call(method, modern(uri="cover://tasks"))["error"]["code"] == -32601, method
        wire.shake_hands()
        for method in ("server/discover", "subscriptions/listen", "prompts/list", "cover/status"):
            assert wire.call(method, {})["error"]["code"] == -32601, method
        # A stateless request contains everything that it needs, so the server also accepts it after
        # a handshake.
        assert "resultType" not in wire.call("tools/list", {})["result"]
        assert wire.call("tools/list", modern())["result"]["ttlMs"] > 0


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ("2024-11-05", "2024-11-05"),
        ("2025-03-26", "2025-03-26"),
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("1999-01-01", "2025-11-25"),
    ],
)
def test_version_negotiation(offered: str, agreed: str) -> None:
    with Wire() as wire:
        result = wire.shake_hands(offered)
        assert result["protocolVersion"] == agreed
        assert result["capabilities"]["resources"] == {"subscribe": True, "listChanged": True}


def test_initialize_requires_a_version() -> None:
    with Wire() as wire:
        assert wire.call("initialize", {})["error"]["code"] == -32602
        assert wire.call("initialize", {"protocolVersion": 1})["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("nonsense", -32700),
        ("[]", -32600),
        ('{"jsonrpc":"2.0","id":1}', -32600),
        ('{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
        ('{"jsonrpc":"2.0","id":[],"method":"ping"}', -32600),
        ('{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
        ('{"jsonrpc":"2.0","id":1,"method":"ping","params":7}', -32600),
        ("Content-Length: 40", -32700),
    ],
)
def test_malformed_messages(line: str, code: int) -> None:
    with Wire() as wire:
        wire.write(line)
        assert wire.line()["error"]["code"] == code
        assert wire.call("ping", id=2)["result"] == {}


BAD_PARAMS: list[tuple[str, Json]] = [
    ("tools/call", {}),
    ("tools/call", {"name": "nonsense"}),
    ("tools/list", {"cursor": "x"}),
    ("resources/list", {"cursor": "x"}),
    ("resources/read", {}),
    ("resources/subscribe", {"uri": 7}),
    ("logging/setLevel", {"level": "loud"}),
    ("completion/complete", {"ref": {"type": "ref/prompt", "name": "x"}}),
]


@pytest.mark.parametrize(("method", "params"), BAD_PARAMS)
def test_bad_parameters(method: str, params: Json) -> None:
    with Wire() as wire:
        wire.shake_hands()
        assert wire.call(method, params)["error"]["code"] == -32602


@pytest.mark.parametrize(
    "uri", ["file:///etc/passwd", "cover://tasks/a/images/0", "cover://tasks/%zz", "cover://tasksx"]
)
def test_uris_of_nothing(uri: str) -> None:
    with Wire() as wire:
        assert wire.call("resources/read", modern(uri=uri))["error"]["code"] == -32602
        wire.shake_hands()
        error = wire.call("resources/read", {"uri": uri})["error"]
        assert (error["code"], error["data"]["uri"]) == (-32002, uri)


def test_a_cancelled_request_is_never_answered() -> None:
    waiting = {"name": "wait", "arguments": {"taskId": "generating", "timeout": 600}}
    with Wire() as wire:
        wire.shake_hands()
        for id in (7, "seven", 9007199254740993):
            wire.send("tools/call", waiting, id=id)
            wire.send("notifications/cancelled", {"requestId": id, "reason": "test"})
        wire.send("subscriptions/listen", modern(notifications={}), id="listen")
        assert wire.line()["method"] == "notifications/subscriptions/acknowledged"
        wire.send("notifications/cancelled", {"requestId": "listen"})
        wire.send("notifications/cancelled", {"requestId": "unknown"})
        # The first batch (of 2025-03-26) has one call, which is cancelled. In the second, one of
        # two calls is cancelled.
        message = {"jsonrpc": "2.0", "method": "tools/call", "params": waiting}
        wire.write(json.dumps([{**message, "id": "a"}]))
        wire.write(
            json.dumps([{**message, "id": "b"}, {"jsonrpc": "2.0", "id": "c", "method": "ping"}])
        )
        wire.send("notifications/cancelled", {"requestId": "a"})
        wire.send("notifications/cancelled", {"requestId": "b"})
        batch: Any = wire.line()
        assert [member["id"] for member in batch] == ["c"]
        assert wire.rest() == []


def test_ids_and_tokens_are_returned_unchanged() -> None:
    with Wire() as wire:
        big = 2**62 + 1
        arguments = {"taskId": "success-0s"}
        for token in (big, "9007199254740993", "ü", 1.5, -0.25):
            meta = {**modern()["_meta"], "progressToken": token}
            wire.send("tools/call", {"name": "wait", "arguments": arguments, "_meta": meta}, id=big)
            progress = wire.line()
            assert progress["method"] == "notifications/progress"
            assert progress["params"]["progressToken"] == token
            assert wire.answer(big)["result"]["isError"] is False


@pytest.mark.parametrize("meta", ['"_meta":{%s}', '"_\\u006deta" : { "a":[{"b":"}"}],%s }'])
def test_a_token_keeps_its_bytes(meta: str) -> None:
    """A token may be a number that a JSON parser could change. It must come back unchanged."""
    tokens = ["9223372036854775808", "1" + "0" * 30, "1e400", "1.0", "-0", '"\\u00fc/\\/"']
    with Wire() as wire:
        wire.shake_hands()
        for token in tokens:
            params = meta % f'"progressToken": {token} '
            call = f'"name":"wait","arguments":{{"taskId":"success-0s"}},{params}'
            wire.write(f'{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{{call}}}}}')
            assert f'"progressToken":{token},' in wire.stdout.readline()
            assert wire.answer(1)["result"]["isError"] is False


def test_null_counts_as_absent() -> None:
    """Some hosts write null for an absent argument. The call must succeed anyway."""
    wait = {"name": "wait", "arguments": {"taskId": "success-0s", "timeout": None}}
    with Wire() as wire:
        meta = {**modern()["_meta"], "progressToken": None, LOG_LEVEL: None, CLIENT_INFO: None}
        assert wire.call("tools/call", {**wait, "_meta": meta})["result"]["isError"] is False
        hands = {"protocolVersion": "2025-11-25", "capabilities": None, "clientInfo": None}
        assert "result" in wire.call("initialize", {**hands, "_meta": None})
        for null in (None, {"progressToken": None}, {VERSION: None}):
            assert wire.call("tools/call", {**wait, "_meta": null})["result"]["isError"] is False
        wire.write('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}')
        assert "result" in wire.line()
        assert wire.rest() == []


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("status", {"task_id": "success-0s"}, 'no argument "task_id"; the nearest is "taskId"'),
        ("generate", {"taskId": "m", "callback_url": "https://h/"}, 'nearest is "callbackUrl"'),
        ("credits", {"taskId": "m"}, "it takes none"),
    ],
)
def test_an_unknown_argument_of_a_tool(tool: str, arguments: Json, words: str) -> None:
    with Wire() as wire:
        wire.shake_hands()
        result = wire.call("tools/call", {"name": tool, "arguments": arguments})["result"]
        assert result["isError"] is True
        assert words in result["content"][0]["text"]
        assert result["_meta"]["cover-bridge/error"]["kind"] == "invalidParams"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ('{"taskId": "success-0s"}', "an object, not a text with an object in it"),
        ("success-0s", "an object, not a string"),
        (["success-0s"], "an object, not an array"),
        (7, "an object, not a number"),
    ],
)
def test_arguments_that_are_no_object(arguments: object, words: str) -> None:
    """The model gets a result, because hosts show it no error of the protocol."""
    with Wire() as wire:
        wire.shake_hands()
        result = wire.call("tools/call", {"name": "status", "arguments": arguments})["result"]
        assert result["isError"] is True
        assert words in result["content"][0]["text"]
        assert "call status again" in result["content"][0]["text"]


def test_the_advice_for_an_order_without_a_callback_url_is_the_same_everywhere() -> None:
    """The description, the error and its next step name the same URL."""
    with Wire() as wire:
        wire.shake_hands()
        [tool] = [t for t in wire.call("tools/list")["result"]["tools"] if t["name"] == "generate"]
        result = wire.call("tools/call", {"name": "generate", "arguments": {"taskId": "music-2"}})
        [content] = result["result"]["content"]
        error, advice = content["text"].split("\nNext: ")
        for text in (tool["description"], error, advice):
            assert "https://example.com/callback" in text


def test_a_token_among_the_arguments_is_an_error(tmp_path: Path) -> None:
    """A token there would be that of the bridge's own progress, which no host understands."""
    with Wire() as wire:
        wire.shake_hands()
        for extra in ({"progressToken": "x"}, {"_meta": {"progressToken": "x"}}):
            arguments = {"taskId": "success-0s", "directory": str(tmp_path), **extra}
            wire.send("tools/call", {"name": "download", "arguments": arguments}, id=1)
            line = wire.line()
            assert "method" not in line, line
            assert line["result"]["isError"] is True
            [name] = extra
            assert f'download has no argument "{name}"' in line["result"]["content"][0]["text"]


def test_an_option_that_an_error_names_exists() -> None:
    with Wire(*SANDBOX, "--max-message-bytes", "1000") as wire:
        wire.write("x" * 2000)
        assert "--max-message-bytes" in wire.line()["error"]["message"]
        assert wire.call("ping")["result"] == {}


def test_sigterm_ends_the_server() -> None:
    with Wire() as wire:
        wire.send("subscriptions/listen", modern(notifications={}), id=1)
        wire.line()
        wire.process.send_signal(signal.SIGTERM)
        assert wire.process.wait(60) == 0


@pytest.mark.parametrize("name", ["mcp-2025-11-25", "mcp-2026-07-28"])
def test_golden_sessions(name: str) -> None:
    with Wire() as wire:
        for step in transcript(name):
            if "send" in step:
                wire.write(step["send"])
            elif "expectSome" in step:
                line = wire.line()
                assert matches(line, step["expectSome"]), line
            elif "end" in step:
                assert wire.rest() == []
