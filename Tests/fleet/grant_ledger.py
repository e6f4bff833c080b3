"""Checks each slot that a Redis grants, with the values that the scripts store.

`MONITOR` shows the commands of each script. A script that grants a slot stores the next fence, and
the moment up to which slots are granted. This moment counts in microseconds of the Redis clock.
"""

from __future__ import annotations

import math
import re
import subprocess
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redis_server import RedisServer

WRITE = re.compile(r'^\S+ \[\d+ lua\] "HSET" "(\{cover-bridge:[^"]+\}):(fleet|task:)[^"]*" (.*)$')
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass
class Fleet:
    """What a fleet has stored. It is unknown after missed commands."""

    fence: int | None = None
    # The moments up to which slots were granted: now, and before the last grant.
    until: int = 0
    before: int | None = None


class GrantLedger:
    """Records the commands of a server in the background. The server may be restarted."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.lines: list[str] = []
        self.is_over = threading.Event()
        self.process: subprocess.Popen[str] | None = None
        self.thread = threading.Thread(target=self.record, daemon=True)

    def __enter__(self) -> GrantLedger:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        if self.process is not None:
            self.process.kill()
        self.thread.join()

    def record(self) -> None:
        while not self.is_over.wait(0.02):
            command = ["redis-cli", "-s", str(self.server.socket), "MONITOR"]
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            ) as self.process:
                assert self.process.stdout is not None
                self.lines += (line for line in self.process.stdout if '"HSET"' in line)


def overdrafts(lines: Iterable[str], rate: float) -> Iterator[str]:
    """Checks each slot: it is one step after the last slot, or after the moment of the request.

    So a period has at most as many slots as the rate allows, and one burst.
    """
    step = math.ceil(1e6 / rate)
    fleets: dict[str, Fleet] = {}
    compared = 0
    for line in lines:
        if (found := WRITE.match(line)) is None:
            continue
        group, words = found[1], WORD.findall(found[3])
        fields = dict(zip(words[::2], words[1::2], strict=True))
        if found[2] == "fleet" and "epoch" in fields:
            fleets[group] = Fleet(0)
        fleet = fleets.setdefault(group, Fleet())
        if found[2] == "fleet" and "fence" in fields:
            fence = int(fields["fence"])
            is_next = fleet.fence is not None and fence == fleet.fence + 1
            before = fleet.until if is_next else None
            fleets[group] = Fleet(fence, int(fields.get("grantedUntil", fleet.until)), before)
        elif int(fields.get("claimFence", -1)) == fleet.fence and fleet.before is not None:
            # The script that granted the slot stored the claim with its own time.
            until = max(int(fields["claimedAt"]), fleet.before) + step
            compared += 1
            if fleet.until != until:
                yield f"{group}: slot {fleet.fence} is {fleet.until - until} us from its place"
            fleet.before = None
    if not compared:
        yield "no slot was seen"
