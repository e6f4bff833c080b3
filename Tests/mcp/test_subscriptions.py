"""Subscriptions in both modes, without the SDK: their updates, and the watches that they begin."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from servers import SANDBOX, SUBSCRIPTION, Json, Wire, modern


def test_subscriptions_end_with_the_input() -> None:
    with Wire() as wire:
        filter = {"resourceSubscriptions": ["cover://tasks/generating-1", "cover://tasks"]}
        wire.send("subscriptions/listen", modern(notifications=filter), id="one")
        wire.send("subscriptions/listen", modern(notifications={}), id=2)
        first: dict[Any, Json] = {}
        while len(first) < 2:
            message = wire.line()
            first.setdefault(message["params"]["_meta"][SUBSCRIPTION], message)
        for id, message in first.items():
            assert message["method"] == "notifications/subscriptions/acknowledged"
            assert message["params"]["notifications"] == (filter_of(filter) if id == "one" else {})
        results = [message for message in wire.rest() if "result" in message]
        assert sorted(str(message["id"]) for message in results) == ["2", "one"]
        for message in results:
            assert message["result"]["_meta"][SUBSCRIPTION] == message["id"]


def filter_of(filter: Json) -> Json:
    return {"resourceSubscriptions": sorted(filter["resourceSubscriptions"])}


def test_updates_of_other_watches_are_sent() -> None:
    updated = "notifications/resources/updated"
    changed = "notifications/resources/list_changed"
    with Wire() as wire:
        wire.shake_hands()
        assert wire.call("resources/subscribe", {"uri": "cover://tasks"})["result"] == {}

        def tool(name: str) -> list[str]:
            arguments = {"taskIds": ["missing-1"]}
            assert wire.call("tools/call", {"name": name, "arguments": arguments})["result"]
            return [wire.line()["method"] for _ in range(2)]

        assert tool("watch") == [updated, changed]
        assert tool("unwatch") == [updated, changed]
        # The watch begins with the subscription and ends with it.
        for method in ("resources/subscribe", "resources/unsubscribe"):
            wire.send(method, {"uri": "cover://tasks/missing-2"}, id=method)
            lines = [wire.line() for _ in range(3)]
            assert [line["method"] for line in lines if "method" in line] == [updated, changed]
            assert [line["id"] for line in lines if "id" in line] == [method]


def test_a_subscription_that_is_cancelled_at_once_leaves_nothing() -> None:
    uri = "cover://tasks/success-0s-back"
    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
    wish = {"jsonrpc": "2.0", "id": 7, "method": "resources/subscribe", "params": {"uri": uri}}
    with Wire() as wire:
        wire.shake_hands()
        wire.write(json.dumps(wish) + "\n" + json.dumps(cancelled))
        watch = {"name": "watch", "arguments": {"taskIds": ["success-0s-back"]}}
        wire.send("tools/call", watch, id=1)
        wait = {"name": "wait", "arguments": {"taskId": "success-0s-back"}}
        wire.send("tools/call", wait, id=2)
        methods: list[str] = []
        answered: set[object] = set()
        while not answered >= {1, 2}:
            message = wire.line()
            methods.append(message.get("method", ""))
            answered.add(message.get("id"))
        methods += [message.get("method", "") for message in wire.rest()]
        assert "notifications/resources/list_changed" in methods
        assert "notifications/resources/updated" not in methods


def test_quick_subscriptions_leave_no_watch() -> None:
    chance = random.Random(5)
    wanted: set[str] = set()
    with Wire() as wire:
        wire.shake_hands()
        for step in range(2000):
            uri = f"cover://tasks/generating-{chance.randrange(20)}"
            change = chance.choice(
                ["subscribe", "subscribe", "unsubscribe", "unsubscribe", "listen"]
            )
            if change == "listen":
                filter = {"resourceSubscriptions": [uri]}
                wire.send("subscriptions/listen", modern(notifications=filter), id=step)
                wire.send("notifications/cancelled", {"requestId": step})
            else:
                wire.send(f"resources/{change}", {"uri": uri}, id=step)
                (wanted.add if change == "subscribe" else wanted.discard)(uri)
        assert 0 < len(wanted) < 20
        deadline = time.monotonic() + 60
        watched: set[str] = set()
        while watched != wanted:
            assert time.monotonic() < deadline, watched ^ wanted
            contents = wire.call("resources/read", {"uri": "cover://tasks"}, id="read")["result"]
            watches = json.loads(contents["contents"][0]["text"])["watches"]
            watched = {f"cover://tasks/{watch['taskId']}" for watch in watches}


@pytest.mark.parametrize("ended", [True, False])
def test_only_watches_of_their_own_outlive_the_host(tmp_path: Path, ended: bool) -> None:
    arguments = (*SANDBOX, "--journal", str(tmp_path / "journal"))
    tasks = {"uri": "cover://tasks"}
    with Wire(*arguments) as wire:
        wire.shake_hands()
        for id in ("generating-1", "generating-2"):
            assert wire.call("resources/subscribe", {"uri": f"cover://tasks/{id}"})["result"] == {}
        watch = {"name": "watch", "arguments": {"taskIds": ["generating-2", "generating-3"]}}
        assert not wire.call("tools/call", watch)["result"]["isError"]
        text = wire.call("resources/read", tasks)["result"]["contents"][0]["text"]
        assert [f"generating-{number}" in text for number in (1, 2, 3)] == [True] * 3
        if ended:
            wire.rest()
    with Wire(*arguments) as wire:
        text = wire.call("resources/read", modern(**tasks))["result"]["contents"][0]["text"]
        assert [f"generating-{number}" in text for number in (1, 2, 3)] == [False, True, True]


def updates(wire: Wire, uri: str) -> None:
    """Reads until the task of a resource has succeeded."""
    updated = "notifications/resources/updated"
    while True:
        message = wire.line()
        if message.get("method") == updated and message["params"]["uri"] == uri:
            read = wire.call("resources/read", {"uri": uri}, id="read")["result"]
            if json.loads(read["contents"][0]["text"])["state"] == "succeeded":
                return


@pytest.mark.parametrize("method", ["resources/subscribe", "subscriptions/listen"])
@pytest.mark.parametrize(
    "tools",
    [
        [("unwatch", {})],
        [("watch", {}), ("unwatch", {})],
        # The time limit ends before the task does.
        [("watch", {"timeout": 0.3})],
    ],
)
def test_a_subscription_outlives_the_watch_of_a_tool(
    method: str, tools: list[tuple[str, Json]]
) -> None:
    uri = "cover://tasks/success-2s-tool"
    with Wire() as wire:
        wire.shake_hands()
        if method == "resources/subscribe":
            wire.call(method, {"uri": uri})
        else:
            filter = {"resourceSubscriptions": [uri]}
            wire.send(method, modern(notifications=filter), id="listen")
            while wire.line()["method"] != "notifications/subscriptions/acknowledged":
                pass
        for name, arguments in tools:
            call = {"name": name, "arguments": {"taskIds": ["success-2s-tool"], **arguments}}
            assert not wire.call("tools/call", call)["result"]["isError"]
        updates(wire, uri)


def test_an_ended_subscription_is_not_watched_again() -> None:
    uri = "cover://tasks/generating-1"
    with Wire() as wire:
        wire.shake_hands()
        wire.call("resources/subscribe", {"uri": uri})
        wire.call("resources/unsubscribe", {"uri": uri})
        for name in ("watch", "unwatch"):
            call = {"name": name, "arguments": {"taskIds": ["generating-1"]}}
            wire.call("tools/call", call)
        read = wire.call("resources/read", {"uri": "cover://tasks"})["result"]
        assert json.loads(read["contents"][0]["text"])["watches"] == []


@pytest.mark.parametrize("method", ["tools/call", "resources/subscribe"])
def test_a_wait_in_a_batch_does_not_wait_for_the_watch(method: str) -> None:
    """Batches exist in the protocol version 2025-03-26."""
    begin = {
        "tools/call": {"name": "watch", "arguments": {"taskIds": ["success-1s-a"]}},
        "resources/subscribe": {"uri": "cover://tasks/success-1s-a"},
    }[method]
    wait = {"name": "wait", "arguments": {"taskId": "success-1s-a"}}
    batch = [
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": begin},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": wait},
    ]
    with Wire() as wire:
        wire.shake_hands("2025-03-26")
        wire.write(json.dumps(batch))
        message: object = wire.line()
        while not isinstance(message, list):
            message = wire.line()
        assert [answer["id"] for answer in message] == [1, 2]
        assert message[1]["result"]["structuredContent"]["state"] == "succeeded"
