"""Threads that wake up do not interrupt others, unless the user has chosen another policy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bridge import Bridge


@pytest.mark.parametrize(
    ("chosen", "used"),
    [
        (os.SCHED_OTHER, os.SCHED_BATCH),
        (os.SCHED_BATCH, os.SCHED_BATCH),
        (os.SCHED_IDLE, os.SCHED_IDLE),
    ],
)
def test_all_threads_have_one_policy(chosen: int, used: int) -> None:
    def choose() -> None:
        os.sched_setscheduler(0, chosen, os.sched_param(0))

    with Bridge(preexec_fn=choose) as bridge:
        # A query starts the threads that ask the API.
        assert "result" in bridge.call("cover/status", {"taskId": "success-0s"})
        folder = Path(f"/proc/{bridge.process.pid}/task")
        threads = [int(thread.name) for thread in folder.iterdir()]
        assert len(threads) > 2
        assert {os.sched_getscheduler(thread) for thread in threads} == {used}
