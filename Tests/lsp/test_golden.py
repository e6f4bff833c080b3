"""Plays the golden session with the real binary. CoverLSPTests plays it without a process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from frames import read

TRANSCRIPT = Path(__file__).parents[1] / "Transcripts/lsp-3.17.jsonl"


def holds(actual: Any, expected: Any) -> bool:
    """Whether the message contains all expected members."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and holds(actual[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(holds, actual, expected))
        )
    return bool(actual == expected)


def test_the_golden_session_goes_as_written() -> None:
    server = subprocess.Popen(
        [os.environ["COVER_BRIDGE"], "lsp", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    assert server.stdin and server.stdout
    with server:
        for line in TRANSCRIPT.read_text().splitlines():
            step = json.loads(line)
            if "send" in step:
                body = step["send"].encode()
                server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                server.stdin.flush()
            elif "expectSome" in step:
                message = read(server.stdout)
                assert holds(message, step["expectSome"]), (message, step["expectSome"])
        assert read(server.stdout) is None
        assert server.wait(10) == 0
