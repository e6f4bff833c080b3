"""The bridge keeps the order of calls about watches when a script writes all its lines at once."""

import json
import subprocess

from bridge import BINARY


def test_a_sync_directly_after_a_watch_includes_it() -> None:
    lines = [
        {"id": 1, "method": "cover/watch", "params": {"taskIds": ["success-99s"], "interval": 1}},
        {"id": 2, "method": "cover/sync"},
    ]
    text = "".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines)
    for _ in range(10):
        result = subprocess.run(
            [BINARY, "serve", "--sandbox"],
            input=text.encode(),
            stdout=subprocess.PIPE,
            timeout=60,
            check=True,
        )
        watched, changed, synced = (json.loads(line) for line in result.stdout.splitlines())
        assert watched["id"] == 1
        assert changed["params"]["status"]["state"] == "pending"
        assert (synced["id"], synced["result"]) == (2, {"lastSequence": 1})
