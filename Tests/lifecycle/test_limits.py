"""The limits of the system for a process: files, threads, memory, stacks and sizes of files."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE
from commands import COMMANDS, PING, SERVERS, shell


@pytest.mark.parametrize(
    "arguments", [(), *SERVERS, *COMMANDS[3:5], ("status", "a", "--endpoint", "http://127.0.0.1:9")]
)
@pytest.mark.parametrize("files", range(3, 31))
def test_few_descriptors(arguments: tuple[str, ...], files: int) -> None:
    done = subprocess.run(
        [BINARY, *arguments],
        input=PING.encode() + b"\n",
        capture_output=True,
        timeout=PATIENCE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, files)),
    )
    if done.returncode == 127:
        assert b"error while loading shared libraries" in done.stderr  # from the linker
        return
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and "ulimit -n" in lines[0], lines


@pytest.mark.parametrize("arguments", [*SERVERS, *COMMANDS[3:5]])
def test_the_advised_limit_is_enough(arguments: tuple[str, ...]) -> None:
    advice = shell('ulimit -n 20; "$@"', *arguments).stderr.decode()
    enough = int(advice.split("ulimit -n ")[1].split(")")[0])
    done = shell(f"ulimit -n {enough}; echo '{PING}' | \"$@\"", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_a_soft_limit_is_raised() -> None:
    done = shell('ulimit -Sn 12; "$@"', "status", "success-0s", "--sandbox")
    assert done.returncode == 0
    assert b"succeeded" in done.stdout


@pytest.mark.parametrize(("limits", "soft"), [((30, 30), 29), ((20, 30), 20)])
def test_the_limit_of_processor_time_ends_a_server_in_order(
    limits: tuple[int, int], soft: int
) -> None:
    process = subprocess.Popen(
        [BINARY, "serve", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, limits),
    )
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(PING.encode() + b"\n")
        process.stdin.flush()
        process.stdout.readline()
        # The system sends SIGXCPU at the soft limit, and kills the process at the hard one.
        assert resource.prlimit(process.pid, resource.RLIMIT_CPU) == (soft, limits[1])
        process.send_signal(signal.SIGXCPU)
        assert process.wait(PATIENCE) == 0
        assert process.stderr is not None
        line = b"cover-bridge: the limit of processor time (ulimit -t) is reached\n"
        assert process.stderr.read() == line
    finally:
        process.kill()
        process.communicate()


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="root may start any number")


# The limit of threads counts all processes of a user. Two runs of the tests must not share one.
STRANGER = 20_000 + os.getpid() % 40_000


def become_a_stranger(threads: int | None = None) -> None:
    """Changes the user of this process to a user without other processes."""
    if threads is not None:
        resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
    os.setgroups([])
    os.setgid(STRANGER)
    os.setuid(STRANGER)


@needs_root
@pytest.mark.parametrize("threads", [1, 2, 3, 4, 5, 6, 8, 10])
@pytest.mark.parametrize("arguments", [(), *SERVERS, COMMANDS[3], ("sandbox",)])
def test_few_threads(arguments: tuple[str, ...], threads: int) -> None:
    done = subprocess.run(
        [BINARY, *arguments],
        input=PING.encode() + b"\n",
        capture_output=True,
        timeout=PATIENCE,
        preexec_fn=lambda: become_a_stranger(threads),
    )
    assert (done.returncode, done.stdout) == (2, b""), done.stderr
    assert done.stderr.count(b"\n") == 1 and b"ulimit -u" in done.stderr, done.stderr


# With less than 60 MB of address space, the dynamic linker itself crashes.
@pytest.mark.parametrize(
    ("option", "kilobytes"),
    # Somewhere between 200 and 230 MB, a second arena of the allocator only just fits.
    [("-v", size) for size in (*range(60_000, 200_000, 20_000), *range(200_000, 260_000, 2_000))]
    + [("-v", 100_000_000)]
    + [("-d", size) for size in (4000, 8000, *range(16_000, 80_000, 4000), 100_000_000)],
)
def test_little_memory(option: str, kilobytes: int) -> None:
    """The bridge works or reports what is missing.

    With even less memory, the dynamic linker reports it.
    """
    done = shell(f'ulimit {option} {kilobytes}; exec "$@"', "status", "success-0s", "--sandbox")
    if done.returncode == 127:
        assert b"error while loading shared libraries" in done.stderr
    elif done.returncode == 2:
        assert done.stdout == b""
        assert done.stderr.count(b"\n") == 1 and b"ulimit -v, -d" in done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("kilobytes", [64, 100, 200, 1024])
@pytest.mark.parametrize("arguments", [*SERVERS, COMMANDS[3], COMMANDS[4]])
def test_a_small_stack(arguments: tuple[str, ...], kilobytes: int) -> None:
    done = shell(f"ulimit -Ss {kilobytes}; echo '{PING}' | \"$@\"", *arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    done = shell(f"ulimit -s {kilobytes}; echo '{PING}' | \"$@\"", *arguments)
    if kilobytes < 1024:
        assert (done.returncode, done.stdout) == (2, b"")
        assert done.stderr.count(b"\n") == 1 and b"ulimit -s" in done.stderr, done.stderr
    else:
        assert (done.returncode, done.stderr) == (0, b"")


@needs_root
def test_a_server_without_enough_threads_ends_with_a_message() -> None:
    """The server must not hang, and must not end without a message."""
    process = subprocess.Popen(
        [BINARY, "serve", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: become_a_stranger(40),
    )
    others: list[subprocess.Popen[bytes]] = []
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(PING.encode() + b"\n")
        process.stdin.flush()
        assert b"result" in process.stdout.readline()
        # The limit counts all processes and threads of a user.
        for _ in range(40):
            others.append(subprocess.Popen(["sleep", "60"], preexec_fn=become_a_stranger))
        params = {"taskId": "success-0s", "directory": "/nowhere"}
        call = {"jsonrpc": "2.0", "id": 2, "method": "cover/download", "params": params}
        process.stdin.write(json.dumps(call).encode() + b"\n")
        process.stdin.flush()
        assert process.wait(PATIENCE) == 70
        assert process.stderr is not None
        said = process.stderr.read()
        assert said.count(b"\n") == 1 and b"the system starts no more threads" in said
    finally:
        for other in (process, *others):
            other.kill()
            other.communicate()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("status success-0s --sandbox >out", 74, "cannot write the output: the limit for the size"),
        ("serve --sandbox >out", 74, "cannot write the output: the limit for the size"),
        ("mcp --sandbox >out", 74, "cannot write the output: the limit for the size"),
        ("openrpc >out", 74, "cannot write the output: the limit for the size"),
        ("download success-0s --sandbox --directory .", 8, "the limit for the size of a file"),
        ("serve --sandbox --journal j.db", 9, "j.db"),
    ],
)
def test_a_limit_on_the_size_of_files(
    arguments: str, code: int, words: str, tmp_path: Path
) -> None:
    """`ulimit -f` limits the size of a file.

    A write beyond the limit must cause an error message.
    """
    command, _, output = arguments.partition(" >")
    script = f'ulimit -f 0; echo "$0" | "$@" {"> " + output if output else ""}'
    done = subprocess.run(
        ["sh", "-c", script, PING, BINARY, *command.split()],
        capture_output=True,
        timeout=PATIENCE,
        cwd=tmp_path,
    )
    assert done.returncode == code, done.stderr
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
