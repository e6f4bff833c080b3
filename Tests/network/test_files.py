"""Files that options and variables name: what is none is refused, what was mended read again."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest
from authority import Authority
from conftest import BINARY, Command
from servers import API, Nginx
from test_http2 import bridge

GIVEN = ["--ca-file", "SSL_CERT_FILE", "--api-key-file"]


def surroundings(given: str, place: str) -> tuple[list[str], dict[str, str]]:
    """Options and variables by which a file is named."""
    if given.startswith("--"):
        return [given, place], {"SSL_CERT_FILE": "", "KIE_API_KEY": ""}
    return [], {given: place}


def start(run: Command, given: str, place: str) -> subprocess.Popen[str]:
    options, variables = surroundings(given, place)
    command = [BINARY, "status", "t1", "--endpoint", "https://api.test", *options]
    environment = run.environment(variables)
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_what_is_no_file_is_refused_in_words(run: Command, tmp_path: Path) -> None:
    pipe, folder, huge = tmp_path / "pipe", tmp_path / "folder", tmp_path / "huge"
    os.mkfifo(pipe)
    folder.mkdir()
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    reasons = {
        str(pipe): "nothing came through the pipe in time",
        str(folder): "Is a directory",
        "/dev/zero": "it is neither a file nor a pipe",
        str(huge): "File too large",
    }
    begun = time.monotonic()
    # At once, since a pipe is given some seconds.
    started = [(given, place, start(run, given, place)) for given in GIVEN for place in reasons]
    for given, place, process in started:
        said = process.communicate(timeout=40)[1]
        reason = reasons[place]
        if given == "--api-key-file" and place == str(huge):
            reason = "is too large to be one"
        assert reason in said, (given, place)
        assert place in said
        assert process.returncode == (3 if given == "--api-key-file" else 2)
        assert said.count("\n") == 1
    assert time.monotonic() - begun < 30


def test_no_option_waits_for_a_pipe_or_reads_without_end(tmp_path: Path) -> None:
    pipe, unread, huge = tmp_path / "pipe", tmp_path / "unread", tmp_path / "huge"
    for one in (pipe, unread):
        os.mkfifo(one)
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    silent, device = "nothing came through the pipe in time", "it is neither a file nor a pipe"
    cases = [
        ("replay {}", pipe, silent),
        ("replay {}", "/dev/zero", device),
        ("replay {}", huge, "File too large"),
        ("sandbox --webhook-key-file {}", pipe, silent),
        ("sandbox --webhook-key-file {}", "/dev/zero", device),
        ("sandbox --webhook-key-file {}", huge, "File too large"),
        ("serve --sandbox --record {}", unread, "nothing reads the pipe"),
        ("doctor --sandbox --journal {}", huge, "is not a journal of cover-bridge"),
    ]
    started = [
        subprocess.Popen(
            [BINARY, *command.format(place).split()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command, place, _ in cases
    ]
    try:
        for (command, place, words), process in zip(cases, started, strict=True):
            said = process.communicate(timeout=40)[0]
            assert words in said, (command, place, said)
            assert process.returncode in (2, 9)
    finally:
        for process in started:
            process.kill()


@pytest.mark.parametrize("manner", ["written", "replaced", "folder"])
def test_authorities_that_were_mended_are_read_again(
    manner: str, run: Command, server: Nginx, authority: Authority, api: API, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "Other Authority")
    folder = tmp_path / "trusted"
    folder.mkdir()
    file = folder / "ca.pem"
    file.write_bytes(other.file.read_bytes())
    variables = {"SSL_CERT_FILE": str(file)}
    if manner == "folder":
        variables = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": str(folder)}
    with bridge(run, server.port, variables=variables) as one:
        for number in range(3):
            refused = one.ask(number, "cover/status", taskId="t1")["error"]["data"]
            assert refused["kind"] == "untrustedServer"
        if manner == "replaced":
            fresh = folder / "fresh.pem"
            fresh.write_bytes(authority.file.read_bytes())
            fresh.rename(file)
        elif manner == "folder":
            (folder / "own.pem").write_bytes(authority.file.read_bytes())
        else:
            file.write_bytes(authority.file.read_bytes())
        # The first call after it, and as many at once as there may be.
        for number in range(10, 20):
            one.send(number, "cover/status", taskId=f"t{number}")
        for number in range(10, 20):
            assert one.ask(100 + number, "cover/status", taskId="t1")["result"]
            assert "result" in one.answers[number]
    assert len(api.asked) >= 10


def test_a_file_that_broke_meanwhile_is_named(
    run: Command, server: Nginx, authority: Authority, api: API, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(Authority(tmp_path / "other", "Other Authority").file.read_bytes())
    with bridge(run, server.port, variables={"SSL_CERT_FILE": str(file)}) as one:
        assert "error" in one.ask(1, "cover/status", taskId="t1")
        file.write_text("no certificate")
        error = one.ask(2, "cover/status", taskId="t1")["error"]
        assert error["data"]["kind"] == "badRequest"
        assert f"SSL_CERT_FILE: {file} holds no certificates" in error["message"]
        file.write_bytes(authority.file.read_bytes())
        assert "result" in one.ask(3, "cover/status", taskId="t1")
