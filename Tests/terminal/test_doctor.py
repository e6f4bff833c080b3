"""The checks that `doctor` makes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from local_server import Handler, serving
from terminal import run


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
        ("doctor --sandbox --journal /nowhere/j.db", 9, "journal"),
        ("doctor --sandbox --journal /etc/passwd", 9, "journal"),
        ("doctor --endpoint {}", 3, "key"),
    ],
)
def test_doctor_finds_what_failed(arguments: str, code: int, subject: str, sandbox: str) -> None:
    key = {} if code == 3 else {"KIE_API_KEY": "k"}
    result = run(arguments.format(sandbox), **key)
    failed = [line for line in result.stdout.splitlines() if line.startswith("failed")]
    if subject == "endpoint":
        assert "http://127.0.0.1:9: " in failed[0]
    assert [line.split()[1] for line in failed] == [subject]
    assert result.returncode == code


@pytest.mark.parametrize("form", [" {}", "{}\r", "{}\n", "'{}'", '"{}"'])
def test_an_endpoint_is_cleaned_for_doctor_too(form: str, sandbox: str) -> None:
    result = run("doctor", KIE_API_KEY="k", KIE_API_ENDPOINT=form.format(sandbox))
    assert (result.returncode, result.stderr) == (0, "")
    assert f"{sandbox} answers" in result.stdout


@pytest.mark.parametrize("command", ["doctor", "credits"])
def test_an_endpoint_of_the_environment_is_named(command: str) -> None:
    result = run(command, KIE_API_ENDPOINT="http://example.com")
    assert result.returncode == 2
    words = "KIE_API_ENDPOINT: The endpoint http://example.com is plain http"
    if command == "credits":
        assert result.stderr.startswith(f"cover-bridge: {words}")
        return
    findings = [line.split(maxsplit=2) for line in result.stdout.splitlines()]
    grades = [("ok", "version"), ("ok", "platform"), ("failed", "endpoint"), ("ok", "journal")]
    assert [(grade, subject) for grade, subject, _ in findings] == grades
    assert findings[2][2].startswith(words)
    assert "Correct it, or leave it out" in findings[2][2]
    assert result.stderr == ""


def test_doctor_recognizes_a_server_that_is_not_the_api() -> None:
    class Page(Handler):
        def do_GET(self) -> None:
            self.answer(200, b"<html>Welcome</html>")

    with serving(Page) as url:
        result = run("doctor --json", KIE_API_ENDPOINT=url, KIE_API_KEY="k")
    assert result.returncode == 6
    findings = {(f := json.loads(line))["subject"]: f for line in result.stdout.splitlines()}
    assert findings["endpoint"]["grade"] == "failed"
    assert f"{url} answers, but not as this API does" in findings["endpoint"]["message"]
    assert findings["endpoint"]["message"].count("Check the endpoint") == 1
    assert findings["endpoint"]["next"] == "Its address comes from KIE_API_ENDPOINT."
    assert findings["key"]["grade"] == "warning"
    assert findings["key"]["message"] == "from KIE_API_KEY, not verified."
    assert "doctor" not in result.stdout


def test_the_webhook_key(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("webhook-key-123\n")
    good = run(f"doctor --sandbox --webhook-key-file {tmp_path}/key")
    assert re.search(r"ok +webhook key +from the file ", good.stdout), good.stdout
    bad = run("doctor --sandbox", KIE_WEBHOOK_KEY="${KEY}")
    assert bad.returncode == 3 and "KIE_WEBHOOK_KEY is no key" in bad.stdout, bad.stdout
    assert "webhook" not in run("doctor --sandbox").stdout
