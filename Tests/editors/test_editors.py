"""The JSON-RPC clients that Emacs and Neovim bring along, against the real binary."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def run(*command: str) -> str:
    assert os.environ["COVER_BRIDGE"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=90)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


def test_emacs_jsonrpc() -> None:
    assert "passed, 0 failed" in run("emacs", "-Q", "--batch", "-l", "generic.el")


def test_neovim_lsp_rpc() -> None:
    output = run("nvim", "--headless", "-u", "NONE", "-c", "luafile generic.lua")
    assert "passed, 0 failed" in output
