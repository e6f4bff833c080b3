"""Plays the golden session with the real binary. CoverLSPTests plays it without a process."""

from __future__ import annotations

import os
import subprocess

from frames import read
from transcripts import matches, transcript


def test_the_golden_session_goes_as_written() -> None:
    server = subprocess.Popen(
        [os.environ["COVER_BRIDGE"], "lsp", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={"PATH": os.environ["PATH"]},
    )
    assert server.stdin and server.stdout
    with server:
        for step in transcript("lsp-3.17"):
            if "send" in step:
                body = step["send"].encode()
                server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
                server.stdin.flush()
            elif "expectSome" in step:
                message = read(server.stdout)
                assert matches(message, step["expectSome"]), (message, step["expectSome"])
        assert read(server.stdout) is None
        assert server.wait(60) == 0
