"""Work that is cancelled before its start must not reach the API, because an order costs money."""

from __future__ import annotations

import json
import subprocess

import pytest
from api import CountingAPI
from bridge import BINARY, PATIENCE, Json

CALLBACK = "https://example.com/callback"


def message(method: str, params: object = None, id: object = None) -> Json:
    found: Json = {"jsonrpc": "2.0", "method": method}
    if params is not None:
        found["params"] = params
    if id is not None:
        found["id"] = id
    return found


def order(number: int) -> Json:
    params = {"taskId": f"music-{number}", "callbackUrl": CALLBACK}
    return message("cover/generate", params, number)


def tool_call(number: int) -> Json:
    arguments = {"taskId": f"music-{number}", "callbackUrl": CALLBACK}
    return message("tools/call", {"name": "generate", "arguments": arguments}, number)


def answers(api: CountingAPI, messages: list[object], command: str = "serve") -> list[Json]:
    """Sends all messages in one write. Returns all answers, including the answers in batches."""
    done = subprocess.run(
        [BINARY, command, "--endpoint", api.url, "--rate", "100000"],
        input="".join(json.dumps(one) + "\n" for one in messages).encode(),
        capture_output=True,
        env={"KIE_API_KEY": "a-key"},
        timeout=PATIENCE * 3,
    )
    found: list[Json] = []
    for line in done.stdout.splitlines():
        one = json.loads(line)
        found += one if isinstance(one, list) else [one]
    return found


def ordered(found: list[Json]) -> set[str]:
    """The music tasks whose requests the bridge has answered with a cover."""
    return {f"music-{one['id']}" for one in found if "result" in one and one["id"] != "down"}


def cancelled(found: list[Json], code: int = -32800) -> set[str]:
    return {f"music-{one['id']}" for one in found if one.get("error", {}).get("code") == code}


def test_orders_that_are_cancelled_in_the_same_write() -> None:
    pairs: list[object] = []
    for number in range(500):
        pairs += [order(number), message("$/cancelRequest", {"id": number})]
    with CountingAPI() as api:
        found = answers(api, [*pairs, order(500)])
        assert len(found) == 501
        assert ordered(found) == {"music-500"}
        assert not cancelled(found) & set(api.orders)
        assert api.orders == ["music-500"]


def test_orders_of_a_batch_that_are_cancelled() -> None:
    batch = [order(number) for number in range(200)]
    cancels = [message("$/cancelRequest", {"id": number}) for number in range(199)]
    with CountingAPI() as api:
        assert ordered(answers(api, [batch, *cancels])) == {"music-199"}
        assert api.orders == ["music-199"]


def test_orders_of_an_ai_host_that_are_cancelled() -> None:
    opening = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t"}}
    opening["clientInfo"] = {"name": "t", "version": "1"}
    pairs: list[object] = [message("initialize", opening, "first")]
    for number in range(200):
        pairs += [
            tool_call(number),
            message("notifications/cancelled", {"requestId": number}),
        ]
    with CountingAPI() as api:
        found = answers(api, [*pairs, tool_call(200)], "mcp")
        assert [one["id"] for one in found] == ["first", 200]
        assert api.orders == ["music-200"]


@pytest.mark.parametrize("ending", [["exit"], ["shutdown", "exit"]])
def test_orders_before_the_end_in_the_same_write(ending: list[str]) -> None:
    """An order that the bridge answers with shuttingDown must not have reached the API."""
    last = [message(method, id="down" if method == "shutdown" else None) for method in ending]
    with CountingAPI() as api:
        found = answers(api, [*(order(number) for number in range(200)), *last])
        assert len(cancelled(found, 1007)) == 200
        assert api.orders == []


def test_the_end_of_input_cancels_nothing() -> None:
    with CountingAPI() as api:
        found = answers(api, [order(number) for number in range(50)])
        assert len(ordered(found)) == 50
        assert set(api.orders) == ordered(found)
