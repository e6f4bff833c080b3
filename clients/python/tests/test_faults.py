"""Readers of a watch when a pipe or the bridge has a fault."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

import cover_bridge
from cover_bridge._process import LineSplitter
from cover_bridge._requests import watch
from cover_bridge._session import Session
from cover_bridge._subscriptions import Subscription

from .conftest import Fake


@pytest.mark.parametrize(
    "task_id",
    ["garbage", "unknown", "noise", "split-ü€😀\u2028end", "plain-ü€😀\u2028\x85\x0cend"],
)
def test_a_session_survives(fake: Fake, task_id: str) -> None:
    with fake() as bridge:
        assert bridge.status(task_id).task_id == task_id
        assert bridge.status("next").task_id == "next"


def test_garbage_is_logged(fake: Fake, caplog: pytest.LogCaptureFixture) -> None:
    with fake() as bridge, caplog.at_level(logging.WARNING, "cover_bridge"):
        bridge.status("garbage")
    assert "bytes from the bridge" in caplog.text


def test_a_line_of_a_mebibyte(fake: Fake) -> None:
    with fake() as bridge:
        assert len(bridge.status("huge").callback_url or "") == 1 << 20


def test_an_answer_of_another_shape(fake: Fake) -> None:
    with fake() as bridge:
        with pytest.raises(cover_bridge.ProtocolError):
            bridge.status("shapeless")
        bridge.ping()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_lines_do_not_depend_on_chunks(size: int) -> None:
    text = "one\n\nzwei ü€😀\u2028\r\nthree\rfour\nrest".encode()
    splitter = LineSplitter()
    lines = [
        line
        for start in range(0, len(text), size)
        for line in splitter.feed(text[start : start + size])
    ]
    assert [*lines, *splitter.feed(b"\n")] == text.split(b"\n")


@pytest.mark.parametrize("response", [{"error": "no object"}, {"error": {"data": "none"}}, {}])
def test_a_watch_with_an_invalid_answer_fails(response: dict[str, Any]) -> None:
    subscription = Subscription(watch("a"))
    subscription.put = lambda item: None
    session = Session()
    session.start()
    session.connect(lambda frame: None)
    answer = session.watch(subscription)
    session.receive([json.dumps({"jsonrpc": "2.0", "id": 1, **response}).encode()])
    with pytest.raises(cover_bridge.ProtocolError):
        answer.result(0)
