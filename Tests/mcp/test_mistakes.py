"""Calls with values that no task has, or that hosts give in place of none."""

from __future__ import annotations

import pytest
from servers import Wire

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r'"abc\ud83d"', "half of a surrogate pair"),
        ("NaN", "NaN or Infinity"),
    ],
)
def test_a_call_that_is_nearly_json_is_answered_by_its_id(text: str, words: str) -> None:
    params = f'{{"name":"status","arguments":{{"taskId":{text}}}}}'
    with Wire() as wire:
        wire.write(f'{{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{params}}}')
        answer = wire.line()
        assert (answer["id"], answer["error"]["code"]) == (5, -32600)
        assert words in answer["error"]["message"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("cover_status", "status"),
        ("cover/watch", "watch"),
        ("mcp__cover-bridge__download", "download"),
        ("Generate", "generate"),
        ("weather", None),
    ],
)
def test_the_error_about_an_unknown_tool_names_the_tools(name: str, nearest: str | None) -> None:
    with Wire() as wire:
        wire.shake_hands("2025-11-25")
        message = wire.call("tools/call", {"name": name, "arguments": {}})["error"]["message"]
        words = "there are " if nearest is None else f'the nearest is "{nearest}", of '
        assert f'there is no tool "{name}"; {words}status, wait, ' in message


def test_the_error_about_a_pasted_address_has_a_hint() -> None:
    with Wire() as wire:
        wire.shake_hands("2025-11-25")
        call = {"name": "status", "arguments": {"taskId": "missing-cover://tasks/a"}}
        result = wire.call("tools/call", call)["result"]
        assert result["isError"] is True
        assert "The id looks like an address;" in result["content"][0]["text"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\n\x1b[31mb", "a [31mb"),
        ("n" * 200, "n" * 99 + "…"),
        (KEY, "[key]"),
        ("n" * 80 + KEY, "n" * 80 + "[key]"),
    ],
)
def test_an_unknown_name_in_an_error_is_one_short_line_without_a_key(name: str, shown: str) -> None:
    with Wire("mcp", "--endpoint", "http://127.0.0.1:9", KIE_API_KEY=KEY) as wire:
        wire.shake_hands("2025-11-25")
        result = wire.call("tools/call", {"name": "status", "arguments": {name: 1}})["result"]
        assert result["isError"] is True
        assert f'status has no argument "{shown}"; it takes' in result["content"][0]["text"]
        [error] = result["_meta"].values()
        assert error["parameter"] == shown
        message = wire.call("tools/call", {"name": name, "arguments": {}})["error"]["message"]
        assert f'there is no tool "{shown}"; ' in message
        reference = {"type": "ref/resource", "uri": "cover://tasks/{taskId}"}
        params = {"ref": reference, "argument": {"name": name, "value": ""}}
        message = wire.call("completion/complete", params)["error"]["message"]
        assert f'the template has no variable "{shown}"' in message


@pytest.mark.parametrize("api", ["--sandbox", "--endpoint=http://127.0.0.1:9"])
def test_the_least_interval_of_the_schema_is_the_one_that_is_accepted(api: str) -> None:
    with Wire("mcp", api, KIE_API_KEY="k") as wire:
        wire.shake_hands("2025-11-25")
        [watch] = [it for it in wire.call("tools/list")["result"]["tools"] if it["name"] == "watch"]
        least = watch["inputSchema"]["properties"]["interval"]["minimum"]
        for interval, is_error in ((least, False), (least * 0.99, True)):
            arguments = {"taskIds": ["success-0s"], "interval": interval}
            answer = wire.call("tools/call", {"name": "watch", "arguments": arguments})
            assert answer["result"]["isError"] is is_error, answer


@pytest.mark.parametrize("method", ["tools/list", "resources/list", "resources/templates/list"])
def test_an_empty_cursor_asks_for_the_first_page(method: str) -> None:
    with Wire() as wire:
        wire.shake_hands()
        assert "result" in wire.call(method, {"cursor": ""})
