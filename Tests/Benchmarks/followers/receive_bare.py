"""Reads the bytes of the delivery benchmark and parses each line: the least cost in Python.

usage: receive_bare.py COVERS COMMAND...    COMMAND starts the bridge
"""

from __future__ import annotations

import json
import subprocess
import sys
import time


def main() -> None:
    covers, command = int(sys.argv[1]), sys.argv[2:]
    bridge = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert bridge.stdin is not None
    assert bridge.stdout is not None
    tasks = [f"success-20s-{number}" for number in range(covers)]
    events, before = 0, 0.0

    def ask(id: int, method: str, **params: object) -> None:
        text = json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
        assert bridge.stdin is not None
        bridge.stdin.write(text.encode() + b"\n")
        bridge.stdin.flush()

    ask(1, "cover/watch", taskIds=tasks)
    for line in bridge.stdout:
        message = json.loads(line)
        if "method" in message:
            events += 1
        elif message["id"] == 1:
            before = time.process_time()
            ask(2, "cover/sync")
        else:
            print(json.dumps({"events": events, "cpu": time.process_time() - before}))
            bridge.stdin.close()


main()
