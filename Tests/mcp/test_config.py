"""The host configuration that the command prints, and the configurations in the README."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
from servers import BARE, BINARY


def test_print_config(tmp_path: Path) -> None:
    options = ["--interval", "60", "--fleet=file:/f"]
    arguments = [
        "mcp",
        "--print-config",
        "--api-key-file",
        "./Tests/../key",
        "--fleet",
        "g",
        *options,
    ]
    text = subprocess.run(
        [BINARY, *arguments], check=True, capture_output=True, text=True, env=BARE, cwd=tmp_path
    ).stdout
    entry = json.loads(text)["mcpServers"]["cover-bridge"]
    assert entry["command"].startswith("/") and entry["command"].endswith("cover-bridge")
    folder = tmp_path.resolve()
    whole = ["--api-key-file", f"{folder}/./Tests/../key", "--fleet", f"file:{folder}/g"]
    assert entry["args"] == ["mcp", *whole, *options]


def test_every_path_of_the_printed_configuration_is_absolute(tmp_path: Path) -> None:
    text = subprocess.run([BINARY, "mcp", "--help-hidden"], check=True, capture_output=True).stdout
    options = re.findall(r"(--[a-z-]+) <(?:file|store)>", text.decode())
    assert len(options) == 6
    variables = {**BARE, "HOME": "/home/a"}
    folder = tmp_path.resolve()
    # A name without a slash may be a secret, unless there is such a file.
    (folder / "x").touch()
    pairs = [("~/x", "/home/a/x"), ("x", f"{folder}/x"), ("./~/x", f"{folder}/./~/x")]
    for given, whole in pairs:
        arguments: list[str] = []
        for option in options:
            arguments += [option, given, f"{option}={given}"]
        text = subprocess.run(
            [BINARY, "mcp", "--print-config", *arguments],
            check=True,
            capture_output=True,
            env=variables,
            cwd=tmp_path,
        ).stdout
        entry = json.loads(text)["mcpServers"]["cover-bridge"]
        words = entry["args"][1:]
        assert words[::3] == options
        for name, value, joined in zip(words[::3], words[1::3], words[2::3], strict=True):
            path = "file:" + whole if name == "--fleet" else whole
            assert (value, joined) == (path, f"{name}={path}")


@pytest.mark.parametrize(
    "store", ["redis://host/0", "rediss://h", "redis+unix:///run/s", "file:/f"]
)
def test_the_address_of_a_store_stays_unchanged(store: str) -> None:
    text = subprocess.run(
        [BINARY, "mcp", "--print-config", "--fleet", store], check=True, capture_output=True
    ).stdout
    assert json.loads(text)["mcpServers"]["cover-bridge"]["args"][1:] == ["--fleet", store]


def test_the_binary_accepts_the_configurations_of_the_readme() -> None:
    readme = Path(__file__).parents[2] / "clients" / "mcp" / "README.md"
    blocks = re.findall(r"```json\n(.*?)```", readme.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 3
    for block in blocks:
        [[entry]] = [list(servers.values()) for servers in json.loads(block).values()]
        assert entry["command"].endswith("/cover-bridge")
        subprocess.run([BINARY, *entry["args"], "--print-config"], check=True, capture_output=True)
