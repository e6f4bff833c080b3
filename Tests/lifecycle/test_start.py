"""What the system passes to a process at its start: arguments, signals, limits, /proc."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge
from commands import COMMANDS, PING, SERVERS
from waiting import wait_until


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ((b"status", b"caf\xe9"), b'argument 2 is not UTF-8: "caf\\xE9"'),
        (
            (b"download", b"x", b"--directory", b"\x01\xff"),
            b'argument 4 is not UTF-8: "\\x01\\xFF"',
        ),
        ((b"\xc3",), b'argument 1 is not UTF-8: "\\xC3"'),
        ((b"serve", b"--journal", b"\xed\xa0\x80"), b'argument 3 is not UTF-8: "\\xED\\xA0\\x80"'),
    ],
)
def test_an_argument_that_is_not_text(arguments: tuple[bytes, ...], shown: bytes) -> None:
    done = subprocess.run(
        [BINARY.encode(), *arguments], input=b"", capture_output=True, timeout=PATIENCE
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"cover-bridge: " + shown + b". Give it in UTF-8.\n"


def free_of_proc(*arguments: str, input: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Runs the bridge in a namespace without /proc."""
    script = 'mount -t tmpfs none /proc && exec "$@"'
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", BINARY, *arguments],
        input=input,
        capture_output=True,
        timeout=PATIENCE,
    )


needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)


@needs_root
@pytest.mark.parametrize("arguments", [*COMMANDS[:-1], ("watch", "success-0s", "--sandbox")])
def test_commands_without_proc(arguments: tuple[str, ...]) -> None:
    done = free_of_proc(*arguments)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"" or arguments[0] not in {"status"} or b"succeeded" in done.stdout


@needs_root
@pytest.mark.parametrize("arguments", [(), ("serve",), *SERVERS])
def test_servers_without_proc(arguments: tuple[str, ...]) -> None:
    done = free_of_proc(*arguments, input=PING.encode() + b"\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b'{"jsonrpc":"2.0","id":1,"result":{}}\n'


@needs_root
@pytest.mark.parametrize("arguments", SERVERS)
def test_a_server_keeps_running_without_proc(arguments: tuple[str, ...]) -> None:
    """The library libdispatch looks for /proc once a second, and must not crash without it."""
    script = f"mount -t tmpfs none /proc && (echo '{PING}'; sleep 3; echo '{PING}') | \"$@\""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", BINARY, *arguments],
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b'{"jsonrpc":"2.0","id":1,"result":{}}\n' * 2


@pytest.mark.parametrize("arguments", SERVERS)
def test_a_server_keeps_running_without_descriptors(arguments: tuple[str, ...]) -> None:
    with Bridge(*arguments) as bridge:
        if arguments[0] == "serve":
            watched = {"taskIds": ["success-1s", "pending"], "interval": 0.1}
            assert "result" in bridge.call("cover/watch", watched)
            assert "result" in bridge.call("cover/status", {"taskId": "pending"})
        assert bridge.call("ping")["result"] == {}
        limits = resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(bridge.process.pid, resource.RLIMIT_NOFILE, (4, limits[1]))
        time.sleep(3)
        assert bridge.call("ping", id=2)["result"] == {}
        bridge.close_input()
        assert bridge.code() == 0


@needs_root
def test_a_usage_error_without_proc() -> None:
    done = free_of_proc("status", "--nonsense")
    assert done.returncode == 2
    assert b"--nonsense" in done.stderr


@pytest.mark.parametrize("arguments", [("serve",), ("mcp",), *SERVERS])
def test_memory_that_only_the_start_reads_is_given_back(arguments: tuple[str, ...]) -> None:
    with Bridge(*arguments) as bridge:
        bridge.call("ping")
        wait_until(
            "memory is given back",
            lambda: bridge.megabytes("VmRSS") <= 0.7 * bridge.megabytes("VmHWM"),
        )
        assert bridge.call("ping", id=2)["result"] == {}


def test_the_start_reads_little_of_a_long_list_of_authorities(tmp_path: Path) -> None:
    """The bridge parses such a list only when it makes the first connection."""
    files = tmp_path / "list", tmp_path / "folder" / "list"
    files[1].parent.mkdir()
    for file in files:
        begin, end = "-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n"
        file.write_text((begin + "MIIF" + "A" * 60 + "\n" + end) * 80_000)
    variables = {"SSL_CERT_FILE": str(files[0]), "SSL_CERT_DIR": str(files[1].parent)}
    with Bridge("serve", env={**os.environ, "KIE_API_KEY": "any", **variables}) as bridge:
        assert bridge.call("ping")["result"] == {}
        counts = Path(f"/proc/{bridge.process.pid}/io").read_text()
        assert int(counts.split()[1]) < 200_000


def certificates_of(folder: Path) -> dict[str, str]:
    """Variables with a good file of authorities, and a folder behind it."""
    file = folder / "authorities.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=authority"
    subprocess.run(
        ["openssl", *command.split(), "-keyout", os.devnull, "-out", file],
        check=True,
        capture_output=True,
    )
    return {
        **os.environ,
        "KIE_API_KEY": "any",
        "SSL_CERT_FILE": str(file),
        "SSL_CERT_DIR": str(folder / "more"),
    }


def test_a_folder_of_authorities_that_does_not_exist_is_refused_at_the_start(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [BINARY, "serve"],
        env=certificates_of(tmp_path),
        input=PING.encode() + b"\n",
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stdout) == (2, b"")
    assert f"SSL_CERT_DIR: {tmp_path / 'more'} cannot be read".encode() in done.stderr


def test_a_folder_behind_a_file_of_authorities_is_read_with_the_first_connection(
    tmp_path: Path,
) -> None:
    """Reading such a folder would be a tenth of the time of the start."""
    variables = certificates_of(tmp_path)
    folder = Path(variables["SSL_CERT_DIR"])
    folder.mkdir()
    (folder / "README").write_text("no certificate")
    with Bridge("serve", "--endpoint", "https://127.0.0.1:1", env=variables) as bridge:
        assert bridge.call("ping")["result"] == {}
        error = bridge.call("cover/status", {"taskId": "any"}, id=2)["error"]
        assert error["data"]["kind"] == "badRequest"
        assert f"SSL_CERT_DIR: {folder} holds no files with certificates" in error["message"]
