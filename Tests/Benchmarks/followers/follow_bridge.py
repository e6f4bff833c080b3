"""Follows covers through cover-bridge and the Python client, as a program would.

The first argument is the work as JSON. The script prints the result as JSON. The variable
`COVER_BRIDGE` names the bridge.
"""

from __future__ import annotations

import asyncio
import json
import re
import resource
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cover_bridge import AsyncCoverBridge, StatusChange

# The number of covers in one call of `watch`.
BATCH = 100
# Reading the schedule keeps the bridge and this script busy. So changes within a second of it do
# not count.
DISTURBANCE = timedelta(seconds=1)
# The tolerance of a comparison, because the API's times are whole milliseconds.
BLUR = timedelta(milliseconds=5)


@dataclass
class Task:
    """What the script knows about a cover."""

    begun: datetime | None = None
    # When the bridge makes the next query, if that query must show a change.
    due: float | None = None


class Follower:
    def __init__(self, work: dict[str, Any], bridge: AsyncCoverBridge) -> None:
        self.work = work
        self.bridge = bridge
        self.tasks = {f"{work['scenario']}-{number}": Task() for number in range(work["tasks"])}
        end = float(re.findall(r"success-([\d.]+)s", work["scenario"])[0])
        # When a cover of the sandbox changes, in time since its first query.
        self.moments = [timedelta(seconds=end / 3), timedelta(seconds=end)]
        self.succeeded = 0
        self.lags: list[float] = []

    async def follow(self, task_ids: list[str], start: float) -> None:
        await asyncio.sleep(start)
        async for event in self.bridge.watch(task_ids, interval=self.work["interval"]):
            now = time.time()
            assert isinstance(event, StatusChange), event
            task = self.tasks[event.task_id]
            task.begun = task.begun or event.status.created_at
            if task.due is not None:
                self.lags.append(now - task.due)
                task.due = None
            self.succeeded += event.final and event.status.state == "succeeded"

    async def sample(self, after: float) -> None:
        """Reads the schedule.

        Notes when each cover is polled next, if that poll must show a change.
        """
        await asyncio.sleep(after)
        start = time.time()
        for task in self.tasks.values():
            # An earlier reading has noted queries that this one disturbs.
            if task.due is not None and task.due >= start:
                task.due = None
        watches = await self.bridge.watches()
        earliest = datetime.now().astimezone() + DISTURBANCE
        for watch in watches:
            task, last, due = self.tasks[watch.task_id], watch.last_checked_at, watch.next_check_at
            if task.begun is None or last is None or due is None or due < earliest:
                continue
            changes = [task.begun + moment for moment in self.moments]
            if any(last + BLUR < change < due - BLUR for change in changes):
                task.due = due.timestamp()


def peak_memory(process: int | str) -> int:
    """The most memory that a process has used, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


async def main() -> None:
    work = json.loads(sys.argv[1])
    bridge = AsyncCoverBridge(endpoint=work["endpoint"], api_key="benchmark", rate=work["rate"])
    async with bridge:
        follower = Follower(work, bridge)
        ids = list(follower.tasks)
        async with asyncio.TaskGroup() as group:
            for first in range(0, len(ids), BATCH):
                start = first / len(ids) * work["spread"]
                group.create_task(follower.follow(ids[first : first + BATCH], start))
            for moment in work["samples"]:
                group.create_task(follower.sample(moment))
        stats = await bridge.stats()
        peak = peak_memory(bridge.pid or 0)
    report = {
        "cpu": cpu(resource.RUSAGE_CHILDREN),
        "peak": peak,
        "driver_cpu": cpu(resource.RUSAGE_SELF),
        "driver_peak": peak_memory("self"),
        "queries": stats["client"]["requests"],
        "succeeded": follower.succeeded,
        "lags": follower.lags,
    }
    print(json.dumps(report))


asyncio.run(main())
