"""The host configuration that the command prints, and the configurations in the README."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from servers import BARE, BINARY


def test_print_config() -> None:
    options = ["--interval", "60", "--fleet=file:/f"]
    arguments = [
        "mcp",
        "--print-config",
        "--api-key-file",
        "Tests/../key",
        "--fleet",
        "g",
        *options,
    ]
    text = subprocess.run(
        [BINARY, *arguments], check=True, capture_output=True, text=True, env=BARE, cwd="/"
    ).stdout
    entry = json.loads(text)["mcpServers"]["cover-bridge"]
    assert entry["command"].startswith("/") and entry["command"].endswith("cover-bridge")
    assert entry["args"] == ["mcp", "--api-key-file", "/Tests/../key", "--fleet", "/g", *options]


def test_the_binary_accepts_the_configurations_of_the_readme() -> None:
    readme = Path(__file__).parents[2] / "clients" / "mcp" / "README.md"
    blocks = re.findall(r"```json\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        [[entry]] = [list(servers.values()) for servers in json.loads(block).values()]
        assert entry["command"].endswith("/cover-bridge")
        subprocess.run([BINARY, *entry["args"], "--print-config"], check=True, capture_output=True)
