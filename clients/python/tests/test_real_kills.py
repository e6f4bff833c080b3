"""The real bridge, killed again and again while its tasks live elsewhere and go on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from functools import partial
from pathlib import Path

import pytest

from cover_bridge import CoverBridge, CoverBridgeError, StatusChange, WatchEnded, WatchEvent

from .conftest import eventually
from .test_death import pid_of
from .test_watches import states

TASKS = {
    **{f"success-5s-{number}": "succeeded" for number in range(4)},
    **{f"fail-4s-{number}": "failed" for number in range(2)},
    "success-3s-ü": "succeeded",
}


class Killer:
    """Kills every process of the bridge: at once, while it makes up for the last, or later."""

    def __init__(self, bridge: CoverBridge, seed: int) -> None:
        self.deaths = 0
        self._bridge = bridge
        self._random = random.Random(seed)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Killer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        at_once = False
        while True:
            at_once = not at_once and self._random.random() < 0.5
            if not at_once:
                # No three in a row before their first word: that is given up.
                with contextlib.suppress(CoverBridgeError):
                    self._bridge.ping()
            if self._over.wait(0 if at_once else self._random.uniform(0.1, 0.9)):
                return
            pid = pid_of(self._bridge)
            os.kill(pid, signal.SIGKILL)
            self.deaths += 1
            eventually(partial(self._is_done_with, pid))

    def _is_done_with(self, pid: int) -> bool:
        return self._bridge.pid != pid or self._over.is_set()


@pytest.mark.parametrize("persistent", [False, True])
def test_changes_are_complete_and_told_once(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, persistent: bool
) -> None:
    monkeypatch.setattr("cover_bridge._restart.LONGEST_DELAY", 0.1)
    journal = tmp_path / "journal.sqlite" if persistent else None
    events: list[WatchEvent] = []
    with CoverBridge(
        endpoint=endpoint, api_key="any", journal=journal, interval=1, rate=1000, restart=True
    ) as bridge:
        changes = bridge.watch(TASKS)
        with Killer(bridge, seed=1) as killer:
            events += changes
    assert killer.deaths > 3
    assert not [event for event in events if isinstance(event, WatchEnded)]
    for task_id, end in TASKS.items():
        mine = [event for event in events if event.task_id == task_id]
        seen = states(mine)
        assert seen[-1] == end
        assert [event.final for event in mine if isinstance(event, StatusChange)].count(True) == 1
        # No bridge saw what happened while none was running.
        assert seen == [state for state in ("pending", "generating", end) if state in seen]
    if persistent:
        sequences = [event.sequence for event in events]
        assert sequences == sorted(set(sequences))
