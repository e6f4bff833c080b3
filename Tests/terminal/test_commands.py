"""The commands with output in pipes: what they print if there is no error."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from local_server import Handler, serving
from terminal import COMMAND, COMMANDS, PATIENCE, Terminal, environment, normal, run

FAIL = "The cover could not be generated: the sandbox was asked for a failure"


def test_watch_prints_one_line_for_each_change() -> None:
    result = run("watch fail-4s success-0s --sandbox")
    assert result.returncode == 1
    lines = normal(result.stdout).splitlines()
    assert sorted(lines[:-1]) == sorted(
        [
            "fail-4s  pending",
            "fail-4s  generating",
            f"fail-4s  failed  {FAIL}",
            "success-0s  succeeded  http://127.0.0.1:PORT/images/success-0s-1.png "
            "http://127.0.0.1:PORT/images/success-0s-2.png",
        ]
    )
    assert lines[-1] == "2 tasks: 1 succeeded, 1 failed"
    assert result.stderr == (
        f'cover-bridge: fail-4s: the task failed: {FAIL}. A new cover needs a new "generate".\n'
    )


def test_watch_as_json() -> None:
    result = run("watch success-4s --sandbox --json")
    assert (result.returncode, result.stderr) == (0, "")
    changes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [change["status"]["state"] for change in changes] == [
        "pending",
        "generating",
        "succeeded",
    ]
    assert [change["sequence"] for change in changes] == [1, 2, 3]
    assert [change["final"] for change in changes] == [False, False, True]


def test_ids_that_differ_in_bytes_are_two_tasks(tmp_path: Path) -> None:
    """Swift's strings treat these two ids as equal. The API treats them as different."""
    ids = ["success-0s-caf\u00e9", "success-0s-cafe\u0301"]
    words = " ".join([*ids, ids[0]])
    status = run(f"status {words} --sandbox --json")
    assert [json.loads(line)["taskId"] for line in status.stdout.splitlines()] == ids
    watch = run(f"watch {words} --sandbox --json")
    assert {json.loads(line)["taskId"] for line in watch.stdout.splitlines()} == set(ids)
    download = run(f"download {words} --sandbox --directory {tmp_path}")
    assert download.returncode == 0, download.stderr
    assert len(list(tmp_path.iterdir())) == 4


def test_watch_saves_images(tmp_path: Path) -> None:
    result = run(f"watch success-0s --sandbox --download {tmp_path}/new")
    assert result.returncode == 0
    saved = [f"success-0s  saved  {tmp_path}/new/success-0s-{n}.png" for n in (1, 2)]
    assert result.stdout.splitlines()[1:] == [*saved, "1 task: 1 succeeded"]
    assert (tmp_path / "new/success-0s-1.png").read_bytes().startswith(b"\x89PNG")
    again = run(f"watch success-0s --sandbox --download {tmp_path}/new")
    assert again.returncode == 8
    assert again.stderr.endswith("or choose another directory. The option is --overwrite.\n")
    assert run(f"watch success-0s --sandbox --download {tmp_path}/new --overwrite").returncode == 0


def interrupted(arguments: str) -> tuple[int, str]:
    """Interrupts a watch after its first change. Returns its exit code and stderr."""
    process = subprocess.Popen(
        [COMMAND, *shlex.split(arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(KIE_API_KEY="k"),
    )
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["sequence"] == 1
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    return process.returncode, errors


def test_watch_continues_with_a_journal(sandbox: str, tmp_path: Path) -> None:
    options = f"--json --interval 1 --endpoint {sandbox} --journal {tmp_path}/journal.db"
    code, errors = interrupted(f"watch success-4s-resumed {options}")
    assert code == 130
    assert "Resume with: cover-bridge watch success-4s-resumed --json" in errors
    # The command names no task, because the journal contains the tasks.
    second = run(f"watch {options}", KIE_API_KEY="k")
    assert second.returncode == 0
    changes = [json.loads(line) for line in second.stdout.splitlines()]
    assert changes[0]["sequence"] == 2
    assert changes[0]["previous"] == "pending"
    assert changes[-1]["final"]
    assert "--after" not in errors
    third = run(f"watch --after 1 {options}", KIE_API_KEY="k")
    assert third.stdout == second.stdout
    assert third.stderr == "cover-bridge: the journal has no open watch. Name tasks to follow.\n"


def test_a_resumed_watch_starts_after_the_last_printed_change(sandbox: str, tmp_path: Path) -> None:
    options = f"--after 0 --json --interval 1 --endpoint {sandbox} --journal {tmp_path}/journal.db"
    code, errors = interrupted(f"watch success-60s-after {options}")
    assert code == 130
    assert "Resume with: cover-bridge watch success-60s-after --after 1 --json" in errors


def test_the_time_limit_applies_to_resumed_watches_too(sandbox: str, tmp_path: Path) -> None:
    options = f"--json --interval 1 --endpoint {sandbox} --journal {tmp_path}/journal.db"
    assert interrupted(f"watch pending-1 pending-2 {options}")[0] == 130
    limited = run(f"watch pending-1 --timeout 0.2 {options}", KIE_API_KEY="k")
    assert limited.returncode == 5
    entries = [json.loads(line) for line in limited.stdout.splitlines()]
    ended = [entry["taskId"] for entry in entries if entry.get("reason") == "timeout"]
    assert sorted(ended) == ["pending-1", "pending-2"]
    again = run(f"watch {options}", KIE_API_KEY="k")
    assert again.stderr == "cover-bridge: the journal has no open watch. Name tasks to follow.\n"


def test_status_as_table_and_json() -> None:
    result = run("status success-0s pending --sandbox")
    assert result.returncode == 0
    assert normal(result.stdout).splitlines() == [
        "TASK        STATE      ELAPSED  IMAGES  DETAIL",
        "success-0s  succeeded       0s       2  http://127.0.0.1:PORT/images/success-0s-1.png "
        "http://127.0.0.1:PORT/images/success-0s-2.png",
        "pending     pending         0s",
    ]
    result = run("status pending success-0s --sandbox --json")
    assert [json.loads(line)["taskId"] for line in result.stdout.splitlines()] == [
        "pending",
        "success-0s",
    ]


def test_task_ids_from_a_file_of_another_system() -> None:
    result = run("status - --sandbox --json", stdin="\ufeffsuccess-0s\r\npending\r\n")
    assert [json.loads(line)["taskId"] for line in result.stdout.splitlines()] == [
        "success-0s",
        "pending",
    ]


def test_task_ids_from_stdin() -> None:
    result = run("status - --sandbox --json", stdin="success-0s\n\n  with blank  \r\nsuccess-0s\n")
    assert [json.loads(line)["taskId"] for line in result.stdout.splitlines()] == [
        "success-0s",
        "with blank",
    ]


@pytest.mark.parametrize("sign", ["a", "é", "\0"])
def test_a_very_long_line_on_stdin_is_refused(sign: str) -> None:
    began = time.monotonic()
    result = run("status - --sandbox", stdin=sign * 3_000_000)
    assert result.returncode == 2
    assert "is no task id: ids have 1 to 256 characters" in result.stderr
    # It took over 30 s.
    assert time.monotonic() < began + 20


def test_download(tmp_path: Path) -> None:
    result = run(f"download success-0s --directory {tmp_path} --sandbox")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [f"{tmp_path}/success-0s-{n}.png" for n in (1, 2)]
    result = run(f"download success-0s pending --directory {tmp_path} --overwrite --json --sandbox")
    assert result.returncode == 8
    assert len(json.loads(result.stdout)["files"]) == 2
    assert result.stderr == (
        "cover-bridge: pending: The task has no images; its state is pending. Try again.\n"
    )


class NamesAnID(Handler):
    """Accepts an order.

    The id of its cover task contains a character that reverses the direction of text.
    """

    def do_POST(self) -> None:
        self.succeed({"taskId": "a\u202eb"})


def test_an_id_with_terminal_codes_is_escaped() -> None:
    with serving(NamesAnID) as endpoint:
        arguments = f"generate m --callback-url https://a.example --endpoint {endpoint}"
        assert run(arguments, KIE_API_KEY="key-for-tests").stdout == "a\u202eb\n"
        terminal = Terminal(arguments, extra={"KIE_API_KEY": "key-for-tests"})
        assert terminal.finish() == 0
        assert terminal.lines() == ["a\ufffdb"]


def test_generate() -> None:
    result = run("generate music --callback-url https://example.com/c --sandbox")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("success-6s-")
    result = run("generate music --callback-url https://example.com/c --json --sandbox")
    assert json.loads(result.stdout)["reused"] is False


def test_credits() -> None:
    assert run("credits --sandbox").stdout == "247.5\n"
    assert json.loads(run("credits --json --sandbox").stdout) == {"credits": 247.5}


def test_install(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    subprocess.run(
        [root / "Tests/scripts/install", COMMAND, tmp_path], check=True, stdout=subprocess.DEVNULL
    )
    manual = (tmp_path / "share/man/man1/cover-bridge.1").read_text()
    for command in COMMANDS:
        assert f".SS {command}\n" in manual
    # The manual has each variable of the README.
    for variable in re.findall(r"`([A-Z]+_[A-Z_]+)`", (root / "README.md").read_text()):
        assert f"\\fB{variable}\\fR" in manual
    bash = tmp_path / "share/bash-completion/completions/cover-bridge"
    subprocess.run(["bash", "-n", bash], check=True)
    assert (
        "#compdef cover-bridge" in (tmp_path / "share/zsh/site-functions/_cover-bridge").read_text()
    )
    assert "watch" in (tmp_path / "share/fish/vendor_completions.d/cover-bridge.fish").read_text()
    assert (tmp_path / "bin/cover-bridge").stat().st_mode & 0o777 == 0o755
