"""The doctor, recordings, and what is installed."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from terminal import COMMAND, COMMANDS, run


def test_doctor() -> None:
    result = run("doctor --sandbox")
    assert result.returncode == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ok", name]
        for name in (
            "version",
            "platform",
            "endpoint",
            "latency",
            "clock",
            "key",
            "credits",
            "journal",
        )
    ]
    result = run("doctor --json --sandbox")
    assert {json.loads(line)["grade"] for line in result.stdout.splitlines()} == {"ok"}


def test_doctor_never_shows_the_key(sandbox: str) -> None:
    result = run(f"doctor --endpoint {sandbox}", KIE_API_KEY="SECRET-KEY")
    assert result.returncode == 0
    assert "SECRET" not in result.stdout + result.stderr
    assert "key       from KIE_API_KEY" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "subject"),
    [
        ("doctor --endpoint http://127.0.0.1:9", 6, "endpoint"),
        ("doctor --sandbox --journal /nowhere/j.db", 1, "journal"),
        ("doctor --sandbox --journal /etc/passwd", 1, "journal"),
        ("doctor --endpoint {}", 3, "key"),
    ],
)
def test_doctor_finds_what_failed(arguments: str, code: int, subject: str, sandbox: str) -> None:
    key = {} if code == 3 else {"KIE_API_KEY": "k"}
    result = run(arguments.format(sandbox), **key)
    failed = [line for line in result.stdout.splitlines() if line.startswith("failed")]
    assert [line.split()[1] for line in failed] == [subject]
    assert result.returncode == code


def test_record_and_replay(tmp_path: Path) -> None:
    messages = [
        {"id": 1, "method": "initialize", "params": {"apiKey": "SECRET-KEY"}},
        {"id": 2, "method": "cover/generate", "params": ["music", "https://secret.example/"]},
        {"id": 3, "method": "cover/wait", "params": {"taskId": "success-1s"}},
        {"id": 4, "method": "cover/watch", "params": {"taskIds": ["fail-1s"], "interval": 0.1}},
        {"id": 5, "method": "nothing"},
    ]
    text = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    file = tmp_path / "session.jsonl"
    served = run(f"serve --sandbox --record {file}", stdin=text + "SECRET-KEY{\n")
    assert served.returncode == 0
    assert "ecret" not in file.read_text().replace("[removed]", "").lower().replace("secrets", "")
    result = run(f"replay {file}")
    assert result.stdout.splitlines()[-1].endswith(" messages compared, 0 differences"), (
        result.stdout
    )
    assert result.returncode == 0
    # A bridge that answers otherwise is found out.
    file.write_text(file.read_text().replace('"state":"succeeded"', '"state":"failed"'))
    result = run(f"replay {file} --json")
    assert result.returncode == 1
    differences = json.loads(result.stdout)["differences"]
    assert [difference.split(":")[0] for difference in differences] == ["reply to 3"]


def test_replay_refuses_what_is_no_recording(tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_text("{}\nnothing\n")
    result = run(f"replay {file}")
    assert result.returncode == 2
    assert result.stderr.startswith(f"cover-bridge: {file}:2: this is no line of a recording.")


def test_install(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    subprocess.run(
        [root / "Tests/scripts/install", COMMAND, tmp_path], check=True, stdout=subprocess.DEVNULL
    )
    manual = (tmp_path / "share/man/man1/cover-bridge.1").read_text()
    for command in COMMANDS:
        assert f".SS {command}\n" in manual
    bash = tmp_path / "share/bash-completion/completions/cover-bridge"
    subprocess.run(["bash", "-n", bash], check=True)
    assert (
        "#compdef cover-bridge" in (tmp_path / "share/zsh/site-functions/_cover-bridge").read_text()
    )
    assert "watch" in (tmp_path / "share/fish/vendor_completions.d/cover-bridge.fish").read_text()
    assert (tmp_path / "bin/cover-bridge").stat().st_mode & 0o777 == 0o755
