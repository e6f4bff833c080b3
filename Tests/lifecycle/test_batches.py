"""Batches whose members wait for each other. Their answer comes when all members are answered."""

from __future__ import annotations

import json

import pytest
from bridge import Bridge, Json


def request(id: object, method: str, **params: object) -> Json:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def watch(task: str, id: object = 1) -> Json:
    return request(id, "cover/watch", taskIds=[task], interval=0.1)


def wait(task: str, id: object = 2) -> Json:
    return request(id, "cover/wait", taskId=task)


def send(bridge: Bridge, batch: object) -> None:
    bridge.write(json.dumps(batch).encode() + b"\n")


BATCHES = {
    "watch": [watch("success-1s-a"), wait("success-1s-a")],
    "watch last": [wait("success-1s-a"), watch("success-1s-a", 1)],
    "watch with a time limit": [
        request(1, "cover/watch", taskIds=["success-1s-a"], interval=0.1, timeout=0.2),
        wait("success-1s-a"),
    ],
    "status": [request(1, "cover/status", taskId="success-0s-a"), wait("success-0s-a")],
    "sync": [watch("pending"), request(2, "cover/sync")],
    "ping": [request(1, "ping"), wait("success-0s-a")],
    "unwatch": [watch("pending"), request(2, "cover/unwatch", taskIds=["pending"])],
}


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("is_first", [True, False])
def test_no_member_waits_for_the_answer_of_another(name: str, is_first: bool) -> None:
    with Bridge() as bridge:
        if not is_first:
            bridge.call("ping", id="first")
        send(bridge, BATCHES[name])
        answers: object = bridge.line()
        assert isinstance(answers, list)
        results = {answer["id"]: answer["result"] for answer in answers}
        assert set(results) == {1, 2}
        if "cover/wait" in json.dumps(BATCHES[name]):
            assert results[2]["state"] == "succeeded"


def test_the_changes_of_a_watch_come_after_the_answer_of_its_batch() -> None:
    with Bridge() as bridge:
        send(bridge, [watch("success-0s-a"), wait("success-1s-b")])
        assert isinstance(bridge.line(), list)
        change = bridge.line()
        assert change["method"] == "cover/statusChanged"
        assert change["params"]["sequence"] == 1
        assert change["params"]["final"] is True


def test_a_batch_delays_no_wait_outside_of_it() -> None:
    """Another member of the batch of the watch waits for ever."""
    with Bridge() as bridge:
        send(bridge, [watch("success-1s-a"), wait("pending")])
        bridge.send("cover/wait", {"taskId": "success-1s-a"}, id="outside")
        assert bridge.line()["id"] == "outside"
        assert bridge.call("cover/sync", id="sync")["result"] == {"lastSequence": 0}
        bridge.send("$/cancelRequest", {"id": 2})
        assert isinstance(bridge.line(), list)
        assert bridge.line()["params"]["taskId"] == "success-1s-a"


@pytest.mark.parametrize("round", range(20))
def test_a_cancelled_watch_is_gone_before_the_next_message_is_read(round: int) -> None:
    with Bridge() as bridge:
        bridge.call("ping", id="first")
        messages = [
            watch("pending", "watch"),
            {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "watch"}},
            request("watches", "cover/watches"),
        ]
        bridge.write(b"".join(json.dumps(message).encode() + b"\n" for message in messages))
        assert bridge.answer("watches")["result"] == {"watches": []}
