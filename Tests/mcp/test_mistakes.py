"""Calls with values that no task has."""

from __future__ import annotations

import pytest
from servers import Wire


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
