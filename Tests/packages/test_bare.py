"""The release binary in a root folder that contains only libc.

The root is read-only. It has no /proc, /tmp, /etc, /dev and no other library, and the process has
the number 1 and no HOME. Images that are made from nothing but a program look like this.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jail as jails
import pytest

HERE = Path(__file__).parent
READ_ONLY = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
WAIT = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "cover/wait",
    "params": {"taskId": "success-0.2s", "interval": 0.1},
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, binary: Path) -> Path:
    if obstacle := jails.obstacle():
        pytest.skip(f"no namespaces: {obstacle}")
    made = jails.Root(tmp_path_factory.mktemp("bare") / "root")
    made.put_program(binary, Path("/cover-bridge"))
    names = {file.name for file in made.root.rglob("*") if file.is_file()}
    assert names == {"cover-bridge", "libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"}
    return made.root


def run(root: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    enter: list[str | Path] = [sys.executable, HERE / "enter.py", root, "/", "--", "/cover-bridge"]
    return subprocess.run(
        [*jails.UNSHARE, "sh", "-c", READ_ONLY, "sh", root, *enter, *arguments],
        env={"PATH": os.environ["PATH"]},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=jails.SECONDS,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "USAGE"),
        (["openrpc"], 0, '"openrpc"'),
        (["status", "success-0s"], 0, "succeeded"),
        (["watch", "success-0.2s", "--interval", "0.1"], 0, "succeeded"),
        (["watch", "fail-0s"], 1, "failed"),
        (["generate", "music", "--callback-url", "https://example.com/"], 0, "success-6s-"),
        (["credits"], 0, ""),
        (["doctor"], 0, "sandbox"),
        (["download", "success-0s", "--directory", "/pictures"], 8, "Read-only file system"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else None,
)
def test_a_command(root: Path, arguments: list[str], code: int, said: str) -> None:
    sandbox = [] if arguments[0] in ("--help", "openrpc") else ["--sandbox"]
    done = run(root, *arguments, *sandbox)
    assert done.returncode == code, done
    assert said in done.stdout + done.stderr


def test_a_callback_without_a_key(root: Path) -> None:
    done = run(root, "callback", "--sandbox", stdin='{"data":{"taskId":"success-0s"}}')
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("server", "request_", "answer"),
    [("serve", WAIT, '"succeeded"'), ("mcp", INITIALIZE, '"serverInfo"')],
)
def test_a_server(root: Path, server: str, request_: dict[str, object], answer: str) -> None:
    done = run(root, server, "--sandbox", stdin=json.dumps(request_) + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert answer in done.stdout


def test_the_language_server(root: Path) -> None:
    body = json.dumps({**INITIALIZE, "params": {"processId": None, "capabilities": {}}})
    done = run(root, "lsp", "--sandbox", stdin=f"Content-Length: {len(body)}\r\n\r\n{body}")
    assert (done.returncode, done.stderr) == (0, "")
    assert '"capabilities"' in done.stdout
