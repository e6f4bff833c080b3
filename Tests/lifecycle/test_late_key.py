"""The key arrives with `initialize`, after the bridge has resumed the watches of the journal."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridge import BINARY, Bridge, Json
from waiting import wait_until


@pytest.fixture
def arguments(tmp_path: Path) -> Iterator[list[str]]:
    """The arguments of `serve`.

    The journal has a watch, and the sandbox runs in another process.
    """
    sandbox = subprocess.Popen([BINARY, "sandbox", "--port", "0"], stdout=subprocess.PIPE)
    try:
        assert sandbox.stdout
        endpoint = sandbox.stdout.readline().decode().strip()
        arguments = ["serve", "--endpoint", endpoint, "--journal", str(tmp_path / "journal")]
        with Bridge(*arguments, env={**os.environ, "KIE_API_KEY": "a-key"}) as bridge:
            assert "result" in bridge.call("cover/watch", {"taskIds": ["pending-1"], "interval": 5})
            assert bridge.call("cover/sync")["result"]["lastSequence"] == 1
        yield arguments
    finally:
        sandbox.kill()
        sandbox.communicate()


def without_key() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "KIE_API_KEY"}


def the_watch(bridge: Bridge) -> Json:
    (watch,) = bridge.call("cover/watches")["result"]["watches"]
    found: Json = watch
    return found


def test_the_journal_s_watches_wait_for_the_key(arguments: list[str]) -> None:
    with Bridge(*arguments, env=without_key()) as bridge:
        bridge.call("ping")
        time.sleep(0.3)  # without this pause, the bridge would poll the tasks at once
        bridge.call("initialize", {"apiKey": "a-key"})
        wait_until("a query", lambda: the_watch(bridge)["checks"] > 0)
        assert bridge.call("cover/changes", {"after": 1})["result"]["changes"] == []


def test_a_peer_without_a_key_gets_an_error(arguments: list[str]) -> None:
    with Bridge(*arguments, env=without_key()) as bridge:
        bridge.call("initialize")
        message = bridge.line()
        assert message["method"] == "cover/watchEnded"
        assert message["params"]["reason"] == "missingCredentials"
