"""Follows three covers in the sandbox, without a key and without a network.

The script prints each change when it arrives, and a summary at the end. It exits with 0 if the
outcome is as expected.
"""

from __future__ import annotations

import os
import sys
import time

from cover_bridge import CoverBridge, CoverStatus, State, WatchEnded

EXPECTED: dict[str, list[State]] = {
    "success-3s-first-light": ["pending", "generating", "succeeded"],
    "fail-2s-broken-string": ["pending", "generating", "failed"],
    "success-4s-night-drive": ["pending", "generating", "succeeded"],
}
COLOURS = {"pending": 33, "generating": 36, "succeeded": 32, "failed": 31}
WIDTH = max(map(len, EXPECTED))


def coloured(state: State) -> str:
    if not sys.stdout.isatty() or "NO_COLOR" in os.environ or state not in COLOURS:
        return state
    return f"\033[{COLOURS[state]}m{state}\033[0m"


def summary(status: CoverStatus) -> None:
    print(f"{status.task_id:{WIDTH}}  {coloured(status.state)}")
    for url in status.images:
        print(f"  image   {url}")
    if status.failure is not None:
        print(f"  reason  {status.failure.message}")


def main() -> int:
    seen: dict[str, list[State]] = {task_id: [] for task_id in EXPECTED}
    last: dict[str, CoverStatus] = {}
    with CoverBridge(sandbox=True, interval=0.25) as bridge:
        server = bridge.server_info
        print(f"{server.name} {server.version}, following {len(EXPECTED)} covers in the sandbox\n")
        began = time.monotonic()
        for event in bridge.watch(EXPECTED):
            elapsed = f"{time.monotonic() - began:6.2f} s  {event.task_id:{WIDTH}}"
            if isinstance(event, WatchEnded):
                print(f"{elapsed}  the watch ended: {event.reason}", flush=True)
                continue
            print(
                f"{elapsed}  {event.previous or '':10}  {coloured(event.status.state)}", flush=True
            )
            seen[event.task_id].append(event.status.state)
            last[event.task_id] = event.status
    print(f"\n{sum(map(len, seen.values()))} changes\n")
    for status in last.values():
        summary(status)
    for task_id, states in EXPECTED.items():
        if seen[task_id] != states:
            print(f"{task_id}: expected {states}, saw {seen[task_id]}", file=sys.stderr)
    return 0 if seen == EXPECTED else 1


if __name__ == "__main__":
    sys.exit(main())
