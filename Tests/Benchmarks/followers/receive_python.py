"""Receives the changes of many covers through the Python client, as a program would.

usage: receive_python.py COVERS BATCH COMMAND...    COMMAND starts the bridge

Each watch has BATCH covers. Prints the number of events, and their processor time in seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

from cover_bridge import AsyncCoverBridge, StatusChange
from cover_bridge._async_stream import AsyncChangeStream


async def receive(changes: AsyncChangeStream) -> int:
    events = 0
    async for change in changes:
        events += isinstance(change, StatusChange)
    return events


async def main() -> None:
    covers, batch = map(int, sys.argv[1:3])
    ids = [f"success-20s-{number}" for number in range(covers)]
    async with AsyncCoverBridge(command=sys.argv[3:]) as bridge:
        watches = [bridge.watch(ids[first : first + batch]) for first in range(0, covers, batch)]
        loops = [asyncio.create_task(receive(each)) for each in watches]
        # All watches are answered: the measurement begins here.
        await bridge.ping()
        before = time.process_time()
        await bridge.sync()
        events = sum(await asyncio.gather(*loops))
        cpu = time.process_time() - before
    print(json.dumps({"events": events, "cpu": cpu}))


asyncio.run(main())
