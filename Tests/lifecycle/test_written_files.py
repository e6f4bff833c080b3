"""Files with two uses, and what the bridge leaves if it refuses a file."""

from __future__ import annotations

import socket
import subprocess
import threading
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE
from commands import run, shell

COMMANDS = ["serve", "mcp", "lsp", "watch pending --timeout 1", "doctor"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("option", ["--journal", "--fleet"])
def test_a_file_that_is_also_the_output_is_refused(
    command: str, option: str, tmp_path: Path
) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"")
    with file.open("ab") as output:
        done = subprocess.run(
            [BINARY, *command.split(), "--sandbox", option, str(tmp_path / "." / "file")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 2
    line = f"{option} and standard output name the same file. Give each a file of its own.\n"
    assert done.stderr == f"cover-bridge: {line}"
    assert file.read_bytes() == b"", "nothing was written"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("redirection", ["> f", "2> f", ">> f 2>&1"])
@pytest.mark.parametrize("name", ["f", "link"])
def test_a_recording_into_the_output_is_refused(
    redirection: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to("f")
    script = f'cd "{tmp_path}"; "$@" {redirection}'
    done = shell(script, "serve", "--sandbox", "--record", name)
    assert done.returncode == 2
    words = (done.stderr + (tmp_path / "f").read_bytes()).decode()
    assert words.startswith("cover-bridge: --record and standard ")
    assert words.count("\n") == 1


@pytest.mark.parametrize("other", ["--journal", "--fleet"])
def test_a_recording_into_another_file_of_the_bridge_is_refused(other: str, tmp_path: Path) -> None:
    file = str(tmp_path / "file")
    done = run("serve", "--sandbox", "--record", file, other, file)
    assert done.returncode == 2
    assert f"--record and {other} name the same file." in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_recording_into_a_pipe_or_a_device_is_not_refused(tmp_path: Path) -> None:
    done = shell('"$@" < /dev/null 2>&1 | cat', "serve", "--sandbox", "--record", "/dev/stderr")
    assert b'{"note":"A session of cover-bridge' in done.stdout


BESIDE_JOURNAL = ["-wal", "-shm", "-journal", ".lock"]


@pytest.mark.parametrize("end", BESIDE_JOURNAL)
@pytest.mark.parametrize("redirection", [">", "2>"])
@pytest.mark.parametrize("option", ["--journal", "--fleet"])
@pytest.mark.parametrize("is_there", [False, True])
def test_an_output_beside_a_file_of_the_bridge_is_refused(
    option: str, redirection: str, end: str, is_there: bool, tmp_path: Path
) -> None:
    if option == "--fleet" and end == ".lock":
        pytest.skip("A fleet has no lock.")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real/f")
    if is_there:
        run("watch", "success-0s", "--sandbox", option, "real/f", cwd=tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "real").iterdir()}
    script = f'cd "{tmp_path}"; "$@" < /dev/null {redirection} real/f{end}'
    done = shell(script, "serve", "--sandbox", option, "link" if is_there else "real/f")
    assert done.returncode == 2
    words = done.stderr + (tmp_path / "real" / f"f{end}").read_bytes()
    assert words.startswith(f"cover-bridge: {option} and standard ".encode())
    assert f" both use the file {tmp_path / 'real' / 'f'}{end}. Give each".encode() in words
    (tmp_path / "real" / f"f{end}").unlink()
    before.pop(tmp_path / "real" / f"f{end}", None)
    assert {path: path.read_bytes() for path in (tmp_path / "real").iterdir()} == before


@pytest.mark.parametrize(
    ("one", "other", "ends"),
    [
        ("--journal", "--fleet", BESIDE_JOURNAL),
        ("--journal", "--record", BESIDE_JOURNAL),
        ("--fleet", "--record", BESIDE_JOURNAL[:3]),
        ("--fleet", "--journal", BESIDE_JOURNAL[:3]),
    ],
)
def test_an_option_beside_the_file_of_another_is_refused(
    one: str, other: str, ends: list[str], tmp_path: Path
) -> None:
    for end in ends:
        done = run("serve", "--sandbox", one, "f", other, f"./f{end}", cwd=tmp_path)
        assert done.returncode == 2, end
        assert " both use the file " in done.stderr and done.stderr.count("\n") == 1
        assert one in done.stderr and other in done.stderr and f"f{end}" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("reason", ["folder", "missing/r", "notes", "/dev/full/r"])
def test_a_refused_recording_leaves_nothing(reason: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes").write_text("other content")
    before = sorted(tmp_path.iterdir())
    options = ["--journal", "j.db", "--fleet", "f", "--record", reason]
    done = run("serve", "--sandbox", *options, cwd=tmp_path)
    assert done.returncode == 2
    assert "cannot record into" in done.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_refused_journal_leaves_neither_a_new_recording_nor_a_fleet(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("a list of things to do, and no database")
    (tmp_path / "old").write_text('{"note":"A session of cover-bridge"}\n')
    before = sorted(tmp_path.iterdir())
    for record in ("new", "old"):
        options = ["--journal", "notes", "--fleet", "f", "--record", record]
        assert run("serve", "--sandbox", *options, cwd=tmp_path).returncode == 9
        assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "old").read_text() == '{"note":"A session of cover-bridge"}\n'


def test_a_refused_redis_leaves_no_journal(tmp_path: Path) -> None:
    """The refusal comes after the start of the session."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            while True:
                try:
                    peer = server.accept()[0]
                except OSError:
                    return
                with peer:
                    while peer.recv(4096):
                        peer.sendall(b"-NOAUTH Authentication required.\r\n" * 8)

        threading.Thread(target=refuse, daemon=True).start()
        store = f"redis://127.0.0.1:{server.getsockname()[1]}"
        options = ["--fleet", store, "--journal", "j.db"]
        with subprocess.Popen(
            [BINARY, "serve", "--endpoint", "http://127.0.0.1:9", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={"KIE_API_KEY": "sk-any-key"},
        ) as bridge:
            assert bridge.wait(PATIENCE) == 2
            assert bridge.stderr is not None
            assert b"the fleet cannot be used." in bridge.stderr.read()
    assert list(tmp_path.iterdir()) == []


def test_the_limit_for_the_size_of_files_is_named_wherever_one_is_written(tmp_path: Path) -> None:
    words = b"the limit for the size of a file is too low (ulimit -f)"
    for command in (
        "download success-0s --sandbox",
        "serve --sandbox --record r",
        "status success-0s --sandbox",
        "serve --sandbox",
    ):
        output = "" if "download" in command or "--record" in command else "> out"
        ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
        script = f"cd '{tmp_path}'; ulimit -f 0; echo '{ping}' | \"$@\" {output}"
        done = shell(script, *command.split())
        assert words in done.stderr and done.stderr.count(b"\n") == 1, command


READERS = {
    "serve": "the requests",
    "mcp": "the requests",
    "lsp": "the requests",
    "status -": "task ids",
    "watch -": "task ids",
    "download -": "task ids",
    "generate - --callback-url https://example.com": "task ids",
    "callback": "the callback's body",
}


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("option", ["--api-key-file", "--ca-file", "--webhook-key-file"])
def test_a_file_that_is_the_input_is_refused(command: str, option: str) -> None:
    done = subprocess.run(
        [BINARY, *command.split(), "--endpoint", "http://127.0.0.1:9", option, "/dev/stdin"],
        input="sk-0123456789\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    line = f"/dev/stdin is standard input, which gives {READERS[command]}. Name another file."
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"cover-bridge: {line}\n")
