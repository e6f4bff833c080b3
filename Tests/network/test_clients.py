"""Each client passes the network variables to the bridge. So does `mcp` in a host."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from authority import Authority
from conftest import BINARY, Command
from namespace import PROXY
from servers import API, Nginx, socks, tinyproxy

ROOT = Path(__file__).resolve().parents[2]
PYTHON = """
import sys
from cover_bridge import CoverBridge
with CoverBridge(command=[sys.argv[1]], endpoint=sys.argv[2]) as bridge:
    print(bridge.status("t1").state)
"""
PYTHON_AUTHORITY = """
import asyncio, os, sys
from cover_bridge import AsyncCoverBridge, CoverBridge, UntrustedServer
binary, endpoint, folder, name = sys.argv[1:]
os.chdir(folder)
try:
    with CoverBridge(command=binary, endpoint=endpoint) as bridge:
        bridge.status("t1")
except UntrustedServer as error:
    print(error.kind)
with CoverBridge(command=binary, endpoint=endpoint, ca_file=name) as bridge:
    print(bridge.status("t1").state)
async def main():
    made = AsyncCoverBridge(command=binary, endpoint=endpoint, ca_file=name)
    os.chdir("/")
    async with made as bridge:
        print((await bridge.status("t1")).state)
asyncio.run(main())
"""
NODE = """
const { CoverBridge } = require(process.argv[1]);
const bridge = new CoverBridge({ command: [process.argv[2]], endpoint: process.argv[3] });
bridge.status('t1').then(({ state }) => console.log(state)).finally(() => bridge.close());
"""
NEOVIM = """
local command = {{ '{binary}', 'serve', '--endpoint', 'https://api.test:{port}' }}
require('cover_bridge').setup({{ command = command }})
local answer
require('cover_bridge.bridge').request('cover/status', {{ taskId = 't1' }}, function(err, result)
  answer = err and err.message or result.state
end)
vim.wait(60000, function() return answer end, 10)
io.stdout:write(tostring(answer) .. '\\n')
vim.cmd('qall!')
"""
EMACS = """
(progn
  (require 'cover-bridge-client)
  (setq cover-bridge-command '("{binary}" "serve" "--endpoint" "https://api.test:{port}"))
  (let (answer)
    (cover-bridge-client-request 'cover/status '(:taskId "t1")
      (lambda (err result) (setq answer (or (plist-get err :message) (plist-get result :state)))))
    (with-timeout (60) (while (not answer) (accept-process-output nil 0.1)))
    (princ answer)))
"""


@pytest.fixture(params=["HTTPS_PROXY", "ALL_PROXY"])
def variables(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    if request.param == "ALL_PROXY":
        with socks(PROXY) as port:
            yield {"ALL_PROXY": f"socks5h://{PROXY}:{port}"}
    else:
        with tinyproxy(tmp_path / "proxy", PROXY) as port:
            yield {"HTTPS_PROXY": f"http://{PROXY}:{port}"}


# The table of host names is empty, so only the proxy can find the address of the API.
NAMELESS = ["unshare", "--mount", "sh", "-c", 'mount --bind /dev/null /etc/hosts; exec "$@"', "sh"]


def output(command: list[str], run: Command, variables: dict[str, str], **options: str) -> str:
    environment = run.environment(variables) | options
    done = subprocess.run(
        [*NAMELESS, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_python(run: Command, server: Nginx, variables: dict[str, str], api: API) -> None:
    command = [sys.executable, "-c", PYTHON, BINARY, f"https://api.test:{server.port}"]
    assert output(command, run, variables, PYTHONPATH=str(ROOT / "clients/python")) == "pending\n"


def test_python_with_an_authority_of_its_own(
    run: Command, server: Nginx, authority: Authority, api: API
) -> None:
    file = Path(authority.file)
    endpoint = f"https://api.test:{server.port}"
    command = [sys.executable, "-c", PYTHON_AUTHORITY, BINARY, endpoint]
    done = subprocess.run(
        [*command, str(file.parent), file.name],
        env=run.environment({"SSL_CERT_FILE": ""}) | {"PYTHONPATH": str(ROOT / "clients/python")},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.stdout.split() == ["untrustedServer", "pending", "pending"], done.stderr


def test_node(run: Command, server: Nginx, variables: dict[str, str], api: API) -> None:
    command = [
        "node",
        "-e",
        NODE,
        str(ROOT / "clients/node"),
        BINARY,
        f"https://api.test:{server.port}",
    ]
    assert output(command, run, variables) == "pending\n"


def test_neovim(
    run: Command, server: Nginx, variables: dict[str, str], api: API, tmp_path: Path
) -> None:
    script = tmp_path / "ask.lua"
    script.write_text(NEOVIM.format(binary=BINARY, port=server.port))
    command = ["nvim", "--headless", "-u", "NONE", "-i", "NONE"]
    command += ["--cmd", f"set runtimepath^={ROOT}/clients/neovim", "-c", f"luafile {script}"]
    assert output(command, run, variables, HOME=str(tmp_path)).strip() == "pending"


def test_emacs(
    run: Command, server: Nginx, variables: dict[str, str], api: API, tmp_path: Path
) -> None:
    program = EMACS.format(binary=BINARY, port=server.port)
    command = ["emacs", "-Q", "--batch", "-L", str(ROOT / "clients/emacs"), "--eval", program]
    assert output(command, run, variables, HOME=str(tmp_path)).strip() == "pending"


def test_mcp(run: Command, server: Nginx, variables: dict[str, str], api: API) -> None:
    information = {"name": "test", "version": "1"}
    start = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": information}
    messages = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": start},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "status", "arguments": {"taskId": "t1"}},
        },
    ]
    lines = "".join(json.dumps(message) + "\n" for message in messages)
    command = [*NAMELESS, BINARY, "mcp", "--endpoint", f"https://api.test:{server.port}"]
    done = subprocess.run(
        command,
        env=run.environment(variables),
        input=lines,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answer = next(one for one in map(json.loads, done.stdout.splitlines()) if one.get("id") == 2)
    assert answer["result"]["structuredContent"]["state"] == "pending"


def test_a_missing_authority_is_reported_by_every_client(
    run: Command, authority: Authority
) -> None:
    """The client must raise the bridge's own error, which names the variables."""
    program = PYTHON.replace("print", "str")
    done = subprocess.run(
        [sys.executable, "-c", program, BINARY, "https://api.test"],
        env=run.environment({"SSL_CERT_FILE": "/nowhere/ca.pem"})
        | {"PYTHONPATH": str(ROOT / "clients/python")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "SSL_CERT_FILE: /nowhere/ca.pem cannot be read" in done.stderr
