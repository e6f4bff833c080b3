"""Tests which binary the client starts, and with which arguments."""

from __future__ import annotations

import sysconfig
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge, _command


@pytest.fixture
def binary(tmp_path: Path) -> Path:
    return executable(tmp_path / "cover-bridge")


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that contains this package, and a Python whose folder of scripts is empty."""
    path = tmp_path / "lib/python/site-packages"
    monkeypatch.setattr(_command, "PACKAGES", path)
    monkeypatch.setattr(sysconfig, "get_path", {"scripts": str(tmp_path / "scripts")}.get)
    return path


def test_the_order_of_places(binary: Path, packages: Path, tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path)}

    def found(command: _command.Command | None = None) -> list[str]:
        return _command.find_command(command, environment)

    assert found() == [str(binary)]
    scripts = executable(tmp_path / "scripts/cover-bridge")
    assert found() == [str(scripts)]

    information = packages / "cover_bridge-0.1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: cover-bridge\n")
    (information / "RECORD").write_text("../../../bin/cover-bridge,,\ncover_bridge/_sync.py,,\n")
    assert found() == [str(scripts)]
    recorded = executable(tmp_path / "bin/cover-bridge")
    assert found() == [str(recorded)]

    # `pip install --target` makes this layout.
    target = executable(packages / "bin/cover-bridge")
    assert found() == [str(target)]
    target.chmod(0o644)
    assert found() == [str(recorded)]

    environment["COVER_BRIDGE"] = "/from/the/environment"
    assert found() == ["/from/the/environment"]
    assert found(Path("/given")) == ["/given"]
    assert found(["python", "fake"]) == ["python", "fake"]


def test_the_error_for_a_missing_binary_names_every_place(packages: Path, tmp_path: Path) -> None:
    with pytest.raises(cover_bridge.BridgeNotFound) as caught:
        CoverBridge(env={"COVER_BRIDGE": "", "PATH": "/no/path"})
    for place in (
        "command=",
        "$COVER_BRIDGE",
        f"{packages}/bin",
        f"{tmp_path}/scripts",
        "/no/path",
    ):
        assert place in str(caught.value)


def test_a_binary_that_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(cover_bridge.BridgeNotFound, match="No such file"):
        CoverBridge(command=tmp_path / "missing", on_health=print)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("/tmp", "Permission denied; it is a folder"),
        ("no-program -m x", "No such file or directory; give its arguments in a list"),
    ],
)
def test_a_command_that_is_no_program(command: str, said: str) -> None:
    with pytest.raises(cover_bridge.BridgeNotFound) as caught:
        CoverBridge(command=command)
    assert str(caught.value) == f"cannot start {command}: {said}"


def test_a_binary_for_another_c_library_is_not_reported_as_a_missing_file(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign"
    foreign.write_text("#!/no/such/loader\n")
    foreign.chmod(0o755)
    with pytest.raises(cover_bridge.BridgeNotFound) as caught:
        CoverBridge(command=foreign)
    assert str(caught.value) == (
        f"cannot start {foreign}: No such file or directory; the file exists, but this system "
        "cannot run it: the binary needs Linux on x86-64 with glibc 2.34 or newer"
    )


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
        ({"ca_file": Path("/ca.pem")}, ["--ca-file", "/ca.pem"]),
        ({"journal": "~/j", "fleet": Path("~/f")}, ["--journal", "~/j", "--fleet", "~/f"]),
        ({"webhook_key_file": Path("/key")}, ["--webhook-key-file", "/key"]),
        ({"fleet": Path("/f"), "fleet_size": 4}, ["--fleet", "/f", "--fleet-size", "4"]),
        ({"fleet": "file:/f"}, ["--fleet", "file:/f"]),
        ({"fleet": "redis://host"}, ["--fleet", "redis://host"]),
        ({"fleet_password_file": Path("/p")}, ["--fleet-password-file", "/p"]),
        ({"api_key": "secret"}, []),
    ],
)
def test_arguments(options: dict[str, Any], expected: list[str]) -> None:
    defaults: dict[str, Any] = {
        "sandbox": False,
        "endpoint": None,
        "api_key": None,
        "api_key_file": None,
        "ca_file": None,
        "webhook_key_file": None,
        "journal": None,
        "rate": None,
        "interval": None,
        "command": "bridge",
        "args": (),
        "env": None,
    }
    launch = _command.launch(**{**defaults, **options})
    assert launch.argv == ["bridge", "serve", "--framing", "ndjson", *expected]
    assert "secret" not in repr(launch)


@pytest.mark.parametrize(
    ("parameter", "options"),
    [
        ("command", {"command": 5}),
        ("command", {"command": ["bridge", None]}),
        ("args", {"args": None}),
        ("args", {"args": ["--rate", 5]}),
        ("env", {"env": {"KIE_API_KEY": None}}),
        ("env", {"env": {"KIE_API_KEY": "secret\0"}}),
        ("env", {"env": {5: "secret"}}),
        ("env", {"env": [("KIE_API_KEY", "secret")]}),
        ("env", {"env": {"A=secret": "b"}}),
        ("api_key", {"api_key": 5}),
        ("api_key", {"api_key": "secret\0"}),
        ("command", {"command": ""}),
        ("command", {"command": [""]}),
        ("sandbox", {"sandbox": "false"}),
        ("sandbox", {"sandbox": 1}),
        ("sandbox", {"sandbox": 0}),
        ("restart", {"restart": "no"}),
        ("on_health", {"on_health": True}),
        ("interval", {"interval": timedelta(seconds=1)}),
        ("interval", {"interval": True}),
        ("interval", {"interval": float("inf")}),
        ("rate", {"rate": 0}),
        ("rate", {"rate": "5"}),
        ("fleet_size", {"fleet_size": 0}),
        ("endpoint", {"endpoint": True}),
        ("timeout", {"timeout": -1}),
        ("api_key_file", {"api_key_file": 5}),
        ("journal", {"journal": True}),
        ("journal", {"journal": False}),
        ("journal", {"journal": "j\0"}),
        ("endpoint", {"endpoint": "https://\ud800"}),
        ("timeout", {"timeout": float("nan")}),
    ],
)
def test_an_option_of_the_wrong_type_is_named(parameter: str, options: dict[str, Any]) -> None:
    given: dict[str, Any] = {"command": "bridge", **options}
    for client in (CoverBridge, AsyncCoverBridge):
        with pytest.raises(cover_bridge.InvalidParams) as caught:
            client(**given)
        assert caught.value.parameter == parameter
        # The message must not contain the value, because the value may be a key.
        assert "ecret" not in str(caught.value)
        assert caught.value.__context__ is None


def test_one_argument_may_be_a_text() -> None:
    launch = _command.launch(command="bridge", args="--rate=5", env=None, api_key=None)
    assert launch.argv[-1] == "--rate=5"


def test_variables_are_added_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", "mine")
    monkeypatch.setenv("OTHER", "kept")
    for api_key, expected in ((None, "mine"), ("given", None)):
        launch = _command.launch(
            sandbox=False,
            endpoint=None,
            api_key=api_key,
            api_key_file=None,
            ca_file=None,
            webhook_key_file=None,
            journal=None,
            rate=None,
            interval=None,
            command="bridge",
            args=(),
            env={"ADDED": "yes"},
        )
        assert launch.environment["OTHER"] == "kept"
        assert launch.environment["ADDED"] == "yes"
        assert launch.environment.get("KIE_API_KEY") == expected
