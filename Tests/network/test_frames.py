"""The server sends RST_STREAM or GOAWAY in each phase of a request.

The bridge sends each request again that the server has not processed. If the server may have
processed a request, the bridge repeats it only if the request orders nothing.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from authority import Pair
from conftest import Command
from frames import FrameServer, Heads, Reset
from h2.errors import ErrorCodes
from namespace import API as ADDRESS
from namespace import IMAGES
from servers import API, Asked, Nginx, record
from test_http2 import Bridge, bridge, many
from waiting import wait_until

CALLBACK = "https://example.com/x"


@pytest.fixture
def frames(pair: Pair) -> Iterator[FrameServer]:
    with closing(FrameServer(ADDRESS, pair)) as server:
        yield server


def first(count: int, reset: Reset) -> Any:
    """Returns a script that resets the first requests of each path, `count` of them."""
    seen: Counter[str] = Counter()

    def script(asked: Asked) -> Reset | None:
        seen[asked.path] += 1
        return reset if seen[asked.path] <= count else None

    return script


def order(one: Bridge, number: int) -> dict[str, Any]:
    return one.ask(number, "cover/generate", taskId=f"music-{number}", callbackUrl=CALLBACK)


def test_a_refused_request_is_repeated_until_it_is_accepted(
    run: Command, frames: FrameServer
) -> None:
    frames.script = first(12, Reset(ErrorCodes.REFUSED_STREAM))
    with bridge(run, frames.port) as one:
        assert one.ask(1, "cover/status", taskId="t1")["result"]["state"] == "pending"
        # The server did not accept the refused order, so there is a single order in the end.
        assert order(one, 2)["result"]["taskId"] == "cover-1"
        # A refusal does not count as a retry of the query.
        assert one.ask(3, "bridge/stats")["result"]["client"]["retries"] == 0
    assert len(frames.asked) == 26


@pytest.mark.parametrize(
    "code", [ErrorCodes.INTERNAL_ERROR, ErrorCodes.CANCEL, ErrorCodes.PROTOCOL_ERROR]
)
def test_an_interrupted_query_is_repeated_once(
    code: ErrorCodes, run: Command, frames: FrameServer
) -> None:
    with bridge(run, frames.port) as one:
        frames.script = first(1, Reset(code))
        assert one.ask(1, "account/credits")["result"]["credits"] == 7
        assert len(frames.asked) == 2
        frames.asked.clear()
        frames.script = lambda _: Reset(code)
        error = one.ask(2, "account/credits")["error"]["data"]
        assert error["kind"] == "unreachable"
        assert error["retryable"] is True
        assert len(frames.asked) == 2


def test_an_order_that_may_have_been_accepted_is_sent_once(
    run: Command, frames: FrameServer
) -> None:
    with bridge(run, frames.port) as one:
        for number, code in enumerate((ErrorCodes.INTERNAL_ERROR, ErrorCodes.CANCEL)):
            frames.asked.clear()
            frames.script = lambda _, code=code: Reset(code)  # type: ignore[misc]
            error = order(one, number)["error"]
            assert error["data"]["kind"] == "unreachable"
            assert "may exist nevertheless" in error["message"]
            assert len(frames.asked) == 1


@pytest.mark.parametrize("after", ["head", "body"])
def test_a_reset_during_the_answer_counts_as_interrupted(
    after: str, run: Command, frames: FrameServer
) -> None:
    with bridge(run, frames.port) as one:
        frames.script = lambda _: Reset(ErrorCodes.INTERNAL_ERROR, after)
        error = one.ask(1, "account/credits")["error"]
        assert error["data"]["kind"] == "malformedResponse"
        assert "broke off before its end" in error["message"]
        assert len(frames.asked) == 1
        frames.script = first(1, Reset(ErrorCodes.INTERNAL_ERROR, after))
        assert one.ask(2, "cover/status", taskId="t2")["result"]["state"] == "pending"


@pytest.mark.parametrize(
    "statuses",
    [
        ("000",),
        ("099",),
        ("20",),
        ("-5",),
        ("0200",),
        ("1", "200"),
        ("101", "200"),
        ("1000", "200"),
    ],
)
def test_a_status_that_http_does_not_have_ends_its_request_only(
    statuses: tuple[str, ...], run: Command, frames: FrameServer
) -> None:
    with bridge(run, frames.port) as one:
        frames.script = lambda asked: Heads(statuses) if asked.path.endswith("/credit") else None
        error = one.ask(1, "account/credits")["error"]
        assert error["data"]["kind"] == "malformedResponse", error
        assert "a status that HTTP does not have" in error["message"]
        assert one.ask(2, "cover/status", taskId="t1")["result"]["state"] == "pending"
        assert frames.connections == 1


@pytest.mark.parametrize("after", ["nothing", "body"])
def test_enhance_your_calm_pauses_the_queries(
    after: str, run: Command, frames: FrameServer
) -> None:
    with bridge(run, frames.port) as one:
        frames.script = lambda _: Reset(ErrorCodes.ENHANCE_YOUR_CALM, after)
        error = one.ask(1, "account/credits")["error"]
        assert error["data"]["kind"] == "rateLimited"
        assert "wants fewer queries" in error["message"]
        assert len(frames.asked) == 1
        assert "may exist nevertheless" in order(one, 2)["error"]["message"]


def test_requests_that_a_closing_connection_did_not_process_use_the_next(
    run: Command, pair: Pair
) -> None:
    with closing(FrameServer(ADDRESS, pair, each=3)) as frames, bridge(run, frames.port) as one:
        for number in range(40):
            one.send(number, "cover/generate", taskId=f"music-{number}", callbackUrl=CALLBACK)
        wait_until("answers", lambda: len(one.answers) == 40)
        assert [one for one in one.answers.values() if "result" not in one] == []
        assert len(frames.asked) == 40


def test_goaway_with_enhance_your_calm_pauses_the_queries(run: Command, pair: Pair) -> None:
    calm = ErrorCodes.ENHANCE_YOUR_CALM
    with closing(FrameServer(ADDRESS, pair, each=1, code=calm)) as frames:
        with bridge(run, frames.port) as one:
            for number in range(40):
                one.send(number, "cover/generate", taskId=f"music-{number}", callbackUrl=CALLBACK)
            wait_until("answers", lambda: len(one.answers) == 40)
        errors = [answer["error"] for answer in one.answers.values() if "error" in answer]
        assert {error["data"]["kind"] for error in errors} == {"rateLimited"}
        assert all("wants fewer queries" in error["message"] for error in errors)
        # The bridge does not send a request over a second connection if the first did not accept
        # it.
        assert len(frames.asked) == 40 - len(errors) <= frames.connections


@pytest.mark.parametrize(
    ("reset", "count", "tries"),
    [
        (Reset(ErrorCodes.REFUSED_STREAM), 5, 6),
        (Reset(ErrorCodes.INTERNAL_ERROR), 1, 2),
        (Reset(ErrorCodes.INTERNAL_ERROR, "body"), 1, 2),
    ],
)
def test_images_are_requested_in_the_same_way(
    reset: Reset,
    count: int,
    tries: int,
    run: Command,
    server: Nginx,
    api: API,
    pair: Pair,
    tmp_path: Path,
) -> None:
    with closing(FrameServer(IMAGES, pair)) as images:
        url = f"https://images.test:{images.port}/image.png"
        api.script = lambda asked: record(asked.task, url)
        images.script = first(count, reset)
        done = run(f"download t1 --directory {tmp_path} --endpoint https://api.test:{server.port}")
    assert len(images.asked) == tries
    assert done.returncode == (0 if tries > count else 8), done.stderr
    files = [path.name for path in tmp_path.iterdir()]
    assert files == (["t1-1.png"] if tries > count else [])


def test_more_queries_at_once_than_the_connections_allow(
    run: Command, api: API, pair: Pair, tmp_path: Path
) -> None:
    extra = "keepalive_requests 5;"
    with (
        Nginx(tmp_path / "nginx", ADDRESS, pair, api.port, extra=extra).running() as server,
        bridge(run, server.port) as one,
    ):
        answers = many(one, 0, 80)
        assert [answer for answer in answers if "result" not in answer] == []
        assert one.ask(1000, "bridge/stats")["result"]["client"]["retries"] == 0


def test_many_orders_at_once_are_accepted_once_each(
    run: Command, api: API, pair: Pair, tmp_path: Path
) -> None:
    extra = "keepalive_requests 2;"
    with (
        Nginx(tmp_path / "nginx", ADDRESS, pair, api.port, extra=extra).running() as server,
        bridge(run, server.port) as one,
    ):
        for number in range(24):
            one.send(number, "cover/generate", taskId=f"music-{number}", callbackUrl=CALLBACK)
        wait_until("answers", lambda: len(one.answers) == 24)
    assert [answer for answer in one.answers.values() if "result" not in answer] == []
    assert len([asked for asked in api.asked if asked.method == "POST"]) == 24


@pytest.mark.parametrize("command", ["credits", "status t1"])
def test_a_server_that_refuses_everything_is_named(
    command: str, run: Command, frames: FrameServer
) -> None:
    frames.script = lambda _: Reset(ErrorCodes.REFUSED_STREAM)
    done: subprocess.CompletedProcess[str] = run(
        f"{command} --endpoint https://api.test:{frames.port}"
    )
    assert done.returncode == 6
    assert "api.test accepts no requests at present" in done.stderr
    assert 50 < len(frames.asked) < 150
