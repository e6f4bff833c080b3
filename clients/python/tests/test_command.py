"""Which binary, which arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import CoverBridge, _command


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    path = tmp_path / "cover-bridge"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_order_of_places(binary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {"PATH": str(tmp_path)}
    monkeypatch.setattr(_command, "BUNDLED", tmp_path / "nowhere")
    assert _command.find_command(None, environment) == [str(binary)]
    bundled = tmp_path / "bundled"
    bundled.write_text("")
    bundled.chmod(0o755)
    monkeypatch.setattr(_command, "BUNDLED", bundled)
    assert _command.find_command(None, environment) == [str(bundled)]
    environment["COVER_BRIDGE"] = "/from/the/environment"
    assert _command.find_command(None, environment) == ["/from/the/environment"]
    assert _command.find_command(Path("/given"), environment) == ["/given"]
    assert _command.find_command(["python", "fake"], environment) == ["python", "fake"]


def test_nothing_found_names_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_command, "BUNDLED", Path("/no/bin/cover-bridge"))
    with pytest.raises(cover_bridge.BridgeNotFound) as caught:
        CoverBridge(env={"COVER_BRIDGE": "", "PATH": "/no/path"})
    for place in ("command=", "$COVER_BRIDGE", "/no/bin/cover-bridge", "/no/path"):
        assert place in str(caught.value)


def test_a_binary_that_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(cover_bridge.BridgeNotFound, match="No such file"):
        CoverBridge(command=tmp_path / "missing", on_health=print)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, []),
        ({"sandbox": True, "interval": 0.25}, ["--sandbox", "--interval", "0.25"]),
        ({"endpoint": "https://a", "rate": 5}, ["--endpoint", "https://a", "--rate", "5"]),
        (
            {"api_key_file": Path("/k"), "journal": "/j", "args": ["--log-level", "debug"]},
            ["--api-key-file", "/k", "--journal", "/j", "--log-level", "debug"],
        ),
        ({"api_key": "secret"}, []),
    ],
)
def test_arguments(options: dict[str, Any], expected: list[str]) -> None:
    defaults: dict[str, Any] = {
        "sandbox": False,
        "endpoint": None,
        "api_key": None,
        "api_key_file": None,
        "journal": None,
        "rate": None,
        "interval": None,
        "command": "bridge",
        "args": (),
        "env": None,
        "restart": False,
    }
    launch = _command.launch(**{**defaults, **options})
    assert launch.argv == ["bridge", "serve", "--framing", "ndjson", *expected]
    assert "secret" not in repr(launch)


def test_the_environment_is_added_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "mine")
    monkeypatch.setenv("OTHER", "kept")
    for api_key, expected in ((None, "mine"), ("given", None)):
        launch = _command.launch(
            sandbox=False,
            endpoint=None,
            api_key=api_key,
            api_key_file=None,
            journal=None,
            rate=None,
            interval=None,
            command="bridge",
            args=(),
            env={"ADDED": "yes"},
            restart=False,
        )
        assert launch.environment["OTHER"] == "kept"
        assert launch.environment["ADDED"] == "yes"
        assert launch.environment.get("KIE_API_KEY") == expected
