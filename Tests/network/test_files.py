"""Files in options and variables: invalid files are refused, repaired files are used."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest
from authority import Authority, Pair
from conftest import BINARY, Command
from namespace import API as ADDRESS
from servers import API, Nginx
from test_http2 import bridge, many
from waiting import wait_until

GIVEN = ["--ca-file", "SSL_CERT_FILE", "--api-key-file"]


def surroundings(given: str, place: str) -> tuple[list[str], dict[str, str]]:
    """The options and variables that name the file `place`.

    `given` is the option or the variable.
    """
    if given.startswith("--"):
        return [given, place], {"SSL_CERT_FILE": "", "KIE_API_KEY": ""}
    return [], {given: place}


def start(run: Command, given: str, place: str) -> subprocess.Popen[str]:
    options, variables = surroundings(given, place)
    command = [BINARY, "status", "t1", "--endpoint", "https://api.test", *options]
    environment = run.environment(variables)
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_an_invalid_file_is_refused_with_a_message(run: Command, tmp_path: Path) -> None:
    pipe, folder, huge = tmp_path / "pipe", tmp_path / "folder", tmp_path / "huge"
    os.mkfifo(pipe)
    folder.mkdir()
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    reasons = {
        str(pipe): "nothing came through the pipe in time",
        str(folder): "Is a directory",
        "/dev/zero": "it is neither a file nor a pipe",
        str(huge): "it is too large",
    }
    begun = time.monotonic()
    # All commands start at the same time, because the bridge waits some seconds for a pipe.
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


def test_no_option_waits_for_ever_or_reads_without_end(tmp_path: Path) -> None:
    pipe, unread, huge = tmp_path / "pipe", tmp_path / "unread", tmp_path / "huge"
    for one in (pipe, unread):
        os.mkfifo(one)
    with huge.open("wb") as file:
        file.truncate(1 << 30)
    silent, device = "nothing came through the pipe in time", "it is neither a file nor a pipe"
    cases = [
        ("replay {}", pipe, silent),
        ("replay {}", "/dev/zero", device),
        ("replay {}", huge, "it is too large"),
        ("sandbox --webhook-key-file {}", pipe, silent),
        ("sandbox --webhook-key-file {}", "/dev/zero", device),
        ("sandbox --webhook-key-file {}", huge, "is too large to be one"),
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
def test_repaired_authorities_are_read_again(
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
        # The file is repaired. Now the test makes as many calls at once as possible.
        assert all("result" in answer for answer in many(one, 10, 10))
    assert len(api.asked) >= 10


class Opens:
    """Counts how often a folder and its files are opened (inotify)."""

    IN_OPEN = 0x20

    def __init__(self, folder: Path) -> None:
        library = ctypes.CDLL(None)
        self.descriptor = library.inotify_init1(os.O_NONBLOCK)
        assert library.inotify_add_watch(self.descriptor, bytes(folder), self.IN_OPEN) >= 0

    def new(self) -> int:
        """The number since the last call."""
        events = b""
        with suppress(BlockingIOError):
            while True:
                events += os.read(self.descriptor, 1 << 16)
        count = 0
        while events:
            count += 1
            events = events[16 + int.from_bytes(events[12:16], "little") :]
        return count


def test_calls_that_begin_together_read_the_authorities_once(
    run: Command, server: Nginx, authority: Authority, tmp_path: Path
) -> None:
    folder = tmp_path / "trusted"
    folder.mkdir()
    # The system joins equal events that follow each other, so there are two files.
    for name in ("one.pem", "two.pem"):
        (folder / name).write_bytes(authority.file.read_bytes())
    variables = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": str(folder)}
    opens = Opens(folder)
    with bridge(run, server.port, variables=variables) as one:
        one.ask(1, "ping")
        opens.new()
        assert all("result" in answer for answer in many(one, 10, 30))
        assert opens.new() == 3  # the folder and its two files


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


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x30\x82\x01\x0a\x02", "It is binary; convert it: openssl x509 -inform der"),
        (b"-----BEGIN PKCS7-----\nMII=\n-----END PKCS7-----\n", "openssl pkcs7 -print_certs"),
        (b"-----BEGIN PRIVATE KEY-----\nMII=\n", "name the file of the certificates"),
        (b"-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n", "cannot be read"),
    ],
)
def test_what_a_file_holds_in_place_of_authorities(
    content: bytes, words: str, run: Command, server: Nginx, tmp_path: Path
) -> None:
    file = tmp_path / "ca"
    file.write_bytes(content)
    done = run(f"status t1 --ca-file {file} --endpoint https://api.test:{server.port}")
    assert done.returncode == 2
    assert f"{file} holds no certificates in the form of PEM. " in done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("content", ["", "garbage", None])
def test_a_file_that_broke_meanwhile_ends_no_watch(
    content: str | None,
    run: Command,
    server: Nginx,
    authority: Authority,
    api: API,
    tmp_path: Path,
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(Authority(tmp_path / "other", "Other Authority").file.read_bytes())
    with bridge(run, server.port, variables={"SSL_CERT_FILE": str(file)}) as one:

        def health(state: str, words: str) -> bool:
            return any(
                note["params"].get("state") == state and words in note["params"]["message"]
                for note in one.notifications
            )

        one.ask(1, "cover/watch", taskIds=["t1"], interval=1)
        wait_until("refused certificate", lambda: health("unreachable", "not trusted here"))
        if content is None:
            file.unlink()
        else:
            file.write_text(content)
        wait_until("word of the file", lambda: health("unreachable", f"SSL_CERT_FILE: {file}"))
        assert [note for note in one.notifications if note["params"].get("state") == "ok"] == []
        file.write_bytes(authority.file.read_bytes())
        wait_until("answer of the API", lambda: bool(one.changes))
        assert health("ok", "The API answers.")
        watches = one.ask(2, "cover/watches")["result"]["watches"]
        assert [watch["taskId"] for watch in watches] == ["t1"]
        assert "cover/watchEnded" not in [note["method"] for note in one.notifications]


@pytest.mark.parametrize("first", ["own", "other"])
def test_files_with_the_same_number_on_two_filesystems_differ(
    first: str, run: Command, server: Nginx, authority: Authority, api: API, tmp_path: Path
) -> None:
    files = {
        "own": authority.file,
        "other": Authority(tmp_path / "authority", "Other Authority").file,
    }
    folder = tmp_path / "trusted"
    folder.mkdir()
    numbers = set()
    # The system decides the order of a folder. In one of the two tests, the right file is second.
    for place, name in enumerate(sorted(files, key=lambda name: name != first)):
        disk = tmp_path / name
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "none", str(disk)], check=True)
        (disk / "ca.pem").write_bytes(files[name].read_bytes())
        numbers.add((disk / "ca.pem").stat().st_ino)
        (folder / f"{place}.pem").symlink_to(disk / "ca.pem")
    assert len(numbers) == 1
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}",
        SSL_CERT_FILE="",
        SSL_CERT_DIR=str(folder),
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_withdrawn_authority_is_no_longer_trusted(
    run: Command, pair: Pair, authority: Authority, api: API, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    file.write_bytes(authority.file.read_bytes())
    with (
        Nginx(
            tmp_path / "nginx", ADDRESS, pair, api.port, extra="keepalive_requests 1;"
        ).running() as server,
        bridge(run, server.port, variables={"SSL_CERT_FILE": str(file)}) as one,
    ):
        assert "result" in one.ask(1, "cover/status", taskId="t1")
        # A half-written file must not remove the authorities that are in use.
        file.write_text("")
        time.sleep(1.1)
        assert "result" in one.ask(2, "cover/status", taskId="t2")
        file.write_bytes(Authority(tmp_path / "other", "Other Authority").file.read_bytes())
        time.sleep(1.1)
        refused = one.ask(3, "cover/status", taskId="t3")["error"]["data"]
        assert refused["kind"] == "untrustedServer"
    assert [asked.task for asked in api.asked] == ["t1", "t2"]
