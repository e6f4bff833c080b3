"""The bridge is killed directly after an answer. The answered call must stay in effect."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridge import Bridge, Json

ENVIRONMENT = {**os.environ, "KIE_API_KEY": "a-key"}


@pytest.fixture
def endpoint() -> Iterator[str]:
    with Bridge("sandbox") as sandbox:
        assert sandbox.process.stdout is not None
        yield sandbox.process.stdout.readline().decode().strip()


def request(id: object, method: str, **params: object) -> Json:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def life(endpoint: str, journal: Path, *requests: Json) -> dict[object, Json]:
    """Runs one bridge.

    Writes all requests before the bridge starts, and kills the bridge when all are answered.
    """
    read, write = os.pipe()
    os.write(write, b"".join(json.dumps(line).encode() + b"\n" for line in requests))
    arguments = ("serve", "--endpoint", endpoint, "--journal", str(journal))
    with Bridge(*arguments, env=ENVIRONMENT, stdin=read) as bridge:
        os.close(read)
        answers: dict[object, Json] = {}
        while len(answers) < len(requests):
            message = bridge.line()
            if "method" not in message:
                answers[message["id"]] = message["result"]
    os.close(write)
    return answers


@pytest.mark.parametrize("round", range(5))
def test_an_unwatched_task_stays_unwatched(endpoint: str, tmp_path: Path, round: int) -> None:
    journal = tmp_path / "journal"
    answers = life(
        endpoint,
        journal,
        request(1, "cover/watch", taskIds=["pending-1", "pending-2"]),
        request(2, "cover/unwatch", taskIds=["pending-1"]),
        request(3, "cover/watch", taskIds=["pending-3"]),
        request(4, "cover/unwatch", taskIds=["pending-2"]),
    )
    assert answers[2] == {"unwatched": ["pending-1"]}
    assert answers[4] == {"unwatched": ["pending-2"]}
    watches = life(endpoint, journal, request(1, "cover/watches"))[1]["watches"]
    assert [watch["taskId"] for watch in watches] == ["pending-3"]


@pytest.mark.parametrize("round", range(5))
def test_a_task_that_is_unwatched_and_watched_again_is_watched(
    endpoint: str, tmp_path: Path, round: int
) -> None:
    journal = tmp_path / "journal"
    life(endpoint, journal, request(1, "cover/watch", taskIds=["pending-1"], interval=3))
    life(
        endpoint,
        journal,
        request(1, "cover/unwatch", taskIds=["pending-1"]),
        request(2, "cover/watch", taskIds=["pending-1"], interval=7),
    )
    (watch,) = life(endpoint, journal, request(1, "cover/watches"))[1]["watches"]
    assert watch["interval"] == 7
