"""Follows covers as a plain asyncio script on aiohttp would: one session, a task for each cover.

Reads the work as JSON from its first argument and prints the result as JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp

SUCCEEDED, FAILED = 1, 3


class Follower:
    """Everything that all covers share: connections, the budget of queries and measured delays."""

    def __init__(self, work: dict[str, Any], session: aiohttp.ClientSession) -> None:
        self.endpoint: str = work["endpoint"]
        self.interval: float = work["interval"]
        self.spacing = 1 / work["rate"]
        self.session = session
        self.slots = asyncio.Semaphore(work["in_flight"])
        self.next_turn = 0.0
        self.queries = 0
        self.succeeded = 0
        # For each change: the seconds from when the query was due until the script saw the change.
        self.lags: list[float] = []

    async def take_turn(self) -> None:
        """Waits until the budget allows one more query."""
        now = time.monotonic()
        turn = max(now, self.next_turn)
        self.next_turn = turn + self.spacing
        if turn > now:
            await asyncio.sleep(turn - now)

    async def ask(self, task_id: str) -> dict[str, Any]:
        self.queries += 1
        url = f"{self.endpoint}/api/v1/suno/cover/record-info"
        async with self.session.get(url, params={"taskId": task_id}) as response:
            answer: dict[str, Any] = await response.json()
        if answer["code"] != 200:
            raise RuntimeError(answer["msg"])
        record: dict[str, Any] = answer["data"]
        return record

    async def follow(self, task_id: str, begin: float) -> None:
        """Queries a cover at every interval, plus or minus a tenth, until it is final."""
        known: int | None = None
        due = begin
        while known not in (SUCCEEDED, FAILED):
            wait = due - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            await self.take_turn()
            async with self.slots:
                asked = time.monotonic()
                record = await self.ask(task_id)
            flag = record["successFlag"]
            if flag != known:
                if known is not None:
                    self.lags.append(time.monotonic() - due)
                known = flag
            due = asked + self.interval * random.uniform(0.9, 1.1)
        self.succeeded += known == SUCCEEDED


def peak_memory() -> int:
    """The most memory that this process has used, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


async def main() -> None:
    work = json.loads(sys.argv[1])
    connector = aiohttp.TCPConnector(limit=work["in_flight"])
    headers = {"Authorization": "Bearer benchmark"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        follower = Follower(work, session)
        begin = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(work["tasks"]):
                start = begin + number / work["tasks"] * work["spread"]
                group.create_task(follower.follow(f"{work['scenario']}-{number}", start))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    report = {
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": peak_memory(),
        "queries": follower.queries,
        "succeeded": follower.succeeded,
        "lags": follower.lags,
    }
    print(json.dumps(report))


asyncio.run(main())
