"""A `cover/watch` that was cancelled, or refused at the end, must not be in the journal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from api import CountingAPI
from bridge import Bridge, Json

ENVIRONMENT = {"KIE_API_KEY": "a-key"}
STANDING = {"r": 100.0, "u": 100.0}
# There are many tasks, so that a commit takes some time.
NEW = [f"new-{number}" for number in range(500)]
CHANGED = {"u": 100.0} | dict.fromkeys(["r", *NEW], 2.0)
ROUNDS = range(3)


def request(method: str, id: object = None, **params: object) -> Json:
    found: Json = {"jsonrpc": "2.0", "method": method, "params": params}
    return found if id is None else found | {"id": id}


WATCH = request("cover/watch", "call", taskIds=["r", *NEW], interval=2)
UNWATCH = request("cover/unwatch", "call", taskIds=["u"])
CANCEL = request("$/cancelRequest", id=None) | {"params": {"id": "call"}}
ENDINGS = {
    "exit": [request("exit")],
    "shutdown": [request("shutdown", "down"), request("exit")],
}


def arguments(api: CountingAPI, journal: Path) -> tuple[str, ...]:
    return ("--endpoint", api.url, "--journal", str(journal))


def written(*messages: Json) -> bytes:
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def end(bridge: Bridge, ending: str) -> None:
    if ending == "TERM":
        bridge.process.terminate()
    elif ending == "kill":
        bridge.process.kill()
    elif ending == "EOF":
        bridge.close_input()


def life(api: CountingAPI, journal: Path, messages: list[Json], ending: str) -> Json:
    """Runs a bridge with two watched tasks.

    Returns the answer of the call, or None if a signal came before the answer.
    """
    with Bridge("serve", *arguments(api, journal), env=ENVIRONMENT) as bridge:
        bridge.call("cover/watch", {"taskIds": ["r", "u"], "interval": 100})
        bridge.write(written(*messages, *ENDINGS.get(ending, [])))
        isAwaited = ending == "kill" or (ending == "TERM" and CANCEL in messages)
        found = bridge.answer("call") if isAwaited else {}
        end(bridge, ending)
        rest = [one for one in bridge.rest() if one.get("id") == "call"]
        bridge.code()
        return found or (rest[0] if rest else {})


def restored(api: CountingAPI, journal: Path) -> dict[str, float]:
    with Bridge("serve", *arguments(api, journal), env=ENVIRONMENT) as bridge:
        watches = bridge.call("cover/watches")["result"]["watches"]
        return {watch["taskId"]: watch["interval"] for watch in watches}


@pytest.mark.parametrize("round", ROUNDS)
@pytest.mark.parametrize("ending", ["EOF", "exit", "shutdown", "TERM", "kill"])
def test_a_watch_that_is_cancelled(ending: str, round: int, tmp_path: Path) -> None:
    with CountingAPI() as api:
        answer = life(api, tmp_path / "journal", [WATCH, CANCEL], ending)
        assert "error" in answer
        assert restored(api, tmp_path / "journal") == STANDING


@pytest.mark.parametrize("round", ROUNDS)
@pytest.mark.parametrize("ending", ["EOF", "exit", "shutdown", "TERM", "kill"])
def test_the_journal_has_a_watch_if_and_only_if_its_answer_says_so(
    ending: str, round: int, tmp_path: Path
) -> None:
    with CountingAPI() as api:
        answer = life(api, tmp_path / "journal", [WATCH], ending)
        expected = CHANGED if "result" in answer else STANDING
        assert restored(api, tmp_path / "journal") == expected


@pytest.mark.parametrize("round", ROUNDS)
@pytest.mark.parametrize("ending", ["EOF", "exit", "shutdown"])
@pytest.mark.parametrize("isCancelled", [False, True])
def test_an_unwatch_takes_effect_whatever_its_answer(
    isCancelled: bool, ending: str, round: int, tmp_path: Path
) -> None:
    messages = [UNWATCH, CANCEL] if isCancelled else [UNWATCH]
    with CountingAPI() as api:
        life(api, tmp_path / "journal", messages, ending)
        assert restored(api, tmp_path / "journal") == {"r": 100.0}


@pytest.mark.parametrize("round", ROUNDS)
@pytest.mark.parametrize("ending", ["EOF", "TERM"])
def test_a_watch_that_an_ai_host_cancels(ending: str, round: int, tmp_path: Path) -> None:
    opening = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "1"},
    }
    call = {"name": "watch", "arguments": {"taskIds": NEW, "interval": 2}}
    with CountingAPI() as api:
        with Bridge("mcp", *arguments(api, tmp_path / "journal"), env=ENVIRONMENT) as bridge:
            bridge.call("initialize", opening)
            bridge.write(
                written(
                    request("tools/call", 2, **call),
                    request("notifications/cancelled", requestId=2),
                    request("ping", 3),
                )
            )
            bridge.answer(3)
            end(bridge, ending)
            assert all(one.get("id") != 2 for one in bridge.rest())
            bridge.code()
        assert restored(api, tmp_path / "journal") == {}
