"""The commands that each test of the start runs, and a shell that starts them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bridge import BINARY, PATIENCE

PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
COMMANDS = [
    ("openrpc",),
    ("--help",),
    ("--version",),
    ("status", "success-0s", "--sandbox"),
    ("watch", "success-0s", "--sandbox"),
    ("credits", "--sandbox"),
    ("generate", "music", "--callback-url", "https://example.com/", "--sandbox"),
    ("doctor", "--sandbox"),
    ("sandbox",),
]
SERVERS = [("serve", "--sandbox"), ("mcp", "--sandbox")]


def shell(script: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a script in a shell. In the script, `"$@"` is the bridge with these arguments."""
    return subprocess.run(
        ["sh", "-c", script, "sh", BINARY, *arguments], capture_output=True, timeout=PATIENCE
    )


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the bridge without input."""
    return subprocess.run(
        [BINARY, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        timeout=PATIENCE,
    )
