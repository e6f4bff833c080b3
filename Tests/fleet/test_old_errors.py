"""The fleet does not share errors: after an error, a later call of any bridge makes a new query."""

from __future__ import annotations

import math
import os
import subprocess
from pathlib import Path

import pytest
from fleet_api import Fault, FleetAPI
from fleet_bridges import BINARY, KEY, FleetBridge


@pytest.mark.parametrize("code", [401, 402, 404, 422, 500])
def test_a_call_after_an_error_gets_a_query(code: int, tmp_path: Path) -> None:
    store, task = str(tmp_path / "f"), "cover-0-0-x"
    with (
        FleetAPI() as api,
        FleetBridge("one", api.url, store, 10, 30) as one,
        FleetBridge("two", api.url, store, 10, 30) as two,
    ):
        api.faults = [Fault(code, 0, math.inf)]
        assert "error" in one.call("cover/status", {"taskId": task})
        api.faults = []
        before = api.count()
        for bridge in (two, one):
            answer = bridge.call("cover/status", {"taskId": task, "maxAge": 60})
            assert answer["result"]["state"] == "succeeded", answer
        # The second bridge uses the reading of the first bridge.
        assert api.count() == before + 1


@pytest.mark.parametrize("code", [401, 402, 422])
def test_a_watch_after_an_error_gets_a_query(code: int, tmp_path: Path) -> None:
    options = ["--fleet", str(tmp_path / "f"), "--timeout", "20"]
    environment = {"KIE_API_KEY": KEY, "PATH": os.environ.get("PATH", "")}

    def watch(url: str) -> int:
        return subprocess.run(
            [BINARY, "watch", "cover-0-0-x", "--endpoint", url, *options],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            timeout=60,
        ).returncode

    with FleetAPI() as api:
        api.faults = [Fault(code, 0, math.inf)]
        # The call is `cover/status`, because a watch waits for a task that the API does not know.
        with FleetBridge("one", api.url, str(tmp_path / "f"), 10, 30) as one:
            assert "error" in one.call("cover/status", {"taskId": "cover-0-0-x"})
        api.faults = []
        before = api.count()
        assert watch(api.url) == 0
        assert api.count() == before + 1
