"""Kills the real bridge many times. Another process plays the API, so the tasks live on."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest

from cover_bridge import CoverBridge, CoverBridgeError, StatusChange, WatchEnded, WatchEvent

from .conftest import eventually
from .test_death import pid_of
from .test_watches import states

TASKS = {"a": "succeeded", "b": "failed", "c": "succeeded", "ü": "succeeded"}
# After each death, the test opens one gate, which changes a task.
STATES = [(task, "generating") for task in TASKS] + list(TASKS.items())
GATES = [f"gate-{state}-{quote(task)}" for task, state in STATES]


class Killer:
    """Kills one process of the bridge for each gate, and opens the gate.

    The process is killed at once, while it catches up, or later.
    """

    def __init__(self, bridge: CoverBridge, folder: Path, seed: int) -> None:
        self.killed: list[int] = []
        self._bridge = bridge
        self._folder = folder
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
        try:
            self._kill()
        finally:
            # After a failure, all gates are opened, so that the test does not wait for ever.
            for gate in GATES:
                (self._folder / gate).touch()

    def _kill(self) -> None:
        at_once = False
        for gate in GATES:
            at_once = not at_once and self._random.random() < 0.5
            if not at_once:
                # The bridge must answer first: after three deaths in a row without an answer, the
                # client gives up.
                with contextlib.suppress(CoverBridgeError):
                    self._bridge.ping()
            if self._over.wait(0 if at_once else self._random.uniform(0.1, 0.9)):
                return
            pid = pid_of(self._bridge)
            os.kill(pid, signal.SIGKILL)
            self.killed.append(pid)
            (self._folder / gate).touch()
            eventually(partial(self._is_done_with, pid))

    def _is_done_with(self, pid: int) -> bool:
        return self._bridge.pid != pid or self._over.is_set()


@pytest.mark.parametrize("persistent", [False, True])
def test_each_change_arrives_once(
    gated_api: str, binary: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, persistent: bool
) -> None:
    monkeypatch.setattr("cover_bridge._restart.LONGEST_DELAY", 0.1)
    journal = tmp_path / "journal.sqlite" if persistent else None
    events: list[WatchEvent] = []
    start = partial(CoverBridge, endpoint=gated_api, api_key="any", command=binary)
    with start(journal=journal, interval=1, rate=1000, restart=True) as bridge:
        changes = bridge.watch(TASKS)
        with Killer(bridge, tmp_path, seed=1) as killer:
            events += changes
    assert len(set(killer.killed)) == len(GATES)
    assert not [event for event in events if isinstance(event, WatchEnded)]
    for task_id, end in TASKS.items():
        mine = [event for event in events if event.task_id == task_id]
        seen = states(mine)
        assert seen[-1] == end
        assert [event.final for event in mine if isinstance(event, StatusChange)].count(True) == 1
        # The events do not contain changes that happened while no bridge ran.
        assert seen == [state for state in ("pending", "generating", end) if state in seen]
    if persistent:
        sequences = [event.sequence for event in events]
        assert sequences == sorted(set(sequences))
