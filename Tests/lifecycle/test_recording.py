"""A file of `serve --record` may be published: it has no key and no signature of an image."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from api import CountingAPI
from bridge import BINARY, PATIENCE

KEY = "sk-0123456789abcdef"
SIGNATURE = "X-Signature=f00dfeed"


def test_a_recording_has_neither_the_key_nor_a_signature(tmp_path: Path) -> None:
    record = {
        "taskId": "t",
        "parentTaskId": f"{KEY}",
        "successFlag": 1,
        "errorMessage": f"refused {KEY} at https://h.example/a?{SIGNATURE}",
        "response": {
            "images": [
                f"https://h.example/a.png?{SIGNATURE}",
                f"https://me:{SIGNATURE}@h.example/b@c.png",
                f"https://h.example/d.png;{SIGNATURE}",
            ]
        },
    }
    call = {"jsonrpc": "2.0", "id": 1, "method": "cover/status"}
    requests = [
        {**call, "params": {"taskId": "t", "includeRecord": True}},
        {**call, "id": f"id {KEY}", "params": {"taskId": KEY}},
    ]
    file = tmp_path / "session.jsonl"
    with CountingAPI(record) as api:
        done = subprocess.run(
            [BINARY, "serve", "--endpoint", api.url, "--record", str(file)],
            input="".join(json.dumps(request) + "\n" for request in requests).encode(),
            capture_output=True,
            env={"KIE_API_KEY": KEY},
            timeout=PATIENCE,
        )
    assert done.returncode == 0
    assert SIGNATURE.encode() in done.stdout  # the peer itself needs the signature
    text = file.read_text()
    # Two answers, and perhaps the notification that the API has faults.
    assert text.count('"expect"') >= 2 and text.count('"send"') == 2
    assert "https://h.example/a.png?[removed]" in text
    assert "https://[removed]@h.example/b@c.png" in text
    assert "https://h.example/d.png?[removed]" in text
    assert KEY not in text and SIGNATURE not in text
