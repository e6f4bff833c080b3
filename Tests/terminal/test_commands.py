"""The commands in pipes: what they print, how they end, what they say of what is wrong."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from terminal import COMMAND, COMMANDS, PATIENCE, environment, normal, run

FAIL = "The cover could not be generated: the sandbox was asked for a failure"


def test_watch_prints_a_line_a_change() -> None:
    result = run("watch fail-1s success-0s --sandbox")
    assert result.returncode == 1
    lines = normal(result.stdout).splitlines()
    assert sorted(lines[:-1]) == sorted(
        [
            "fail-1s  pending",
            "fail-1s  generating",
            f"fail-1s  failed  {FAIL}",
            "success-0s  succeeded  http://127.0.0.1:PORT/images/success-0s-1.png "
            "http://127.0.0.1:PORT/images/success-0s-2.png",
        ]
    )
    assert lines[-1] == "2 tasks: 1 succeeded, 1 failed"
    assert result.stderr == (
        f'cover-bridge: fail-1s: the task failed: {FAIL}. A new cover needs a new "generate".\n'
    )


def test_watch_as_json() -> None:
    result = run("watch success-1s --sandbox --json")
    assert (result.returncode, result.stderr) == (0, "")
    changes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [change["status"]["state"] for change in changes] == [
        "pending",
        "generating",
        "succeeded",
    ]
    assert [change["sequence"] for change in changes] == [1, 2, 3]
    assert [change["final"] for change in changes] == [False, False, True]


def test_watch_saves_images(tmp_path: Path) -> None:
    result = run(f"watch success-0s --sandbox --download {tmp_path}/new")
    assert result.returncode == 0
    saved = [f"success-0s  saved  {tmp_path}/new/success-0s-{n}.png" for n in (1, 2)]
    assert result.stdout.splitlines()[1:] == [*saved, "1 task: 1 succeeded"]
    assert (tmp_path / "new/success-0s-1.png").read_bytes().startswith(b"\x89PNG")
    again = run(f"watch success-0s --sandbox --download {tmp_path}/new")
    assert again.returncode == 1
    assert again.stderr.endswith("or choose another directory. The option is --overwrite.\n")
    assert run(f"watch success-0s --sandbox --download {tmp_path}/new --overwrite").returncode == 0


def test_watch_continues_with_a_journal(sandbox: str, tmp_path: Path) -> None:
    options = f"--json --interval 1 --endpoint {sandbox} --journal {tmp_path}/journal.db"
    first = subprocess.Popen(
        [COMMAND, *shlex.split(f"watch success-4s-resumed {options}")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(KIE_API_KEY="k"),
    )
    assert first.stdout is not None
    assert json.loads(first.stdout.readline())["sequence"] == 1
    first.send_signal(signal.SIGINT)
    _, errors = first.communicate(timeout=PATIENCE)
    assert first.returncode == 130
    assert "Resume with: cover-bridge watch success-4s-resumed --json" in errors
    # No task is named: the journal knows.
    second = run(f"watch {options}", KIE_API_KEY="k")
    assert second.returncode == 0
    changes = [json.loads(line) for line in second.stdout.splitlines()]
    assert changes[0]["sequence"] == 2
    assert changes[0]["previous"] == "pending"
    assert changes[-1]["final"]
    third = run(f"watch --after 1 {options}", KIE_API_KEY="k")
    assert third.stdout == second.stdout


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


def test_task_ids_from_stdin() -> None:
    result = run("status - --sandbox --json", stdin="success-0s\n\n  with blank  \r\nsuccess-0s\n")
    assert [json.loads(line)["taskId"] for line in result.stdout.splitlines()] == [
        "success-0s",
        "with blank",
    ]


def test_download(tmp_path: Path) -> None:
    result = run(f"download success-0s --directory {tmp_path} --sandbox")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [f"{tmp_path}/success-0s-{n}.png" for n in (1, 2)]
    result = run(f"download success-0s pending --directory {tmp_path} --overwrite --json --sandbox")
    assert result.returncode == 1
    assert len(json.loads(result.stdout)["files"]) == 2
    assert result.stderr == (
        "cover-bridge: pending: The task has no images; its state is pending. Try again.\n"
    )


def test_generate() -> None:
    result = run("generate music --callback-url https://example.com/c --sandbox")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("success-6s-")
    result = run("generate music --callback-url https://example.com/c --json --sandbox")
    assert json.loads(result.stdout)["reused"] is False


def test_credits() -> None:
    assert run("credits --sandbox").stdout == "247.5\n"
    assert json.loads(run("credits --json --sandbox").stdout) == {"credits": 247.5}


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ("status unauthorized --sandbox", 3, "Check the key in --api-key-file or KIE_API_KEY."),
        ("status x", 3, "No API key. Give one with --api-key-file FILE"),
        ("watch x", 3, "No API key. Give one with --api-key-file FILE"),
        (
            "credits --api-key-file /nowhere",
            3,
            "The key file /nowhere cannot be read: No such file",
        ),
        ("status missing --sandbox", 4, "Check the id; the API keeps records for two months."),
        ("watch pending --timeout 0.5 --sandbox", 5, "Watch it again, with a longer --timeout."),
        ("watch unauthorized --sandbox", 3, "unauthorized: The API refused the key"),
        ("watch nocredits --sandbox", 1, "Buy credits, then try again."),
        ("watch disabled --sandbox", 1, "disabled: The API has this feature disabled."),
        ("generate music --sandbox", 2, "Give a --callback-url."),
        ("download fail-0s --sandbox", 1, "The task has no images; its state is failed."),
        ("download success-0s --directory /dev/null/x --sandbox", 1, "Not a directory"),
        ("status x --endpoint http://example.com", 2, "Plain http is for this machine alone"),
        ("watch pending --journal /nowhere/j.db --sandbox", 1, "There is no such folder."),
        # With several tasks the gravest counts.
        ("status fail-0s missing --sandbox", 4, "missing: "),
        ("status missing unauthorized fail-0s --sandbox", 3, "unauthorized: "),
        # What is wrong, and what to type instead.
        ("wach x", 2, 'there is no command "wach". Did you mean "watch"?'),
        ("follow x", 2, 'there is no command "follow". There are watch, status, '),
        ("status --jsn x", 2, "Unknown option '--jsn'. Did you mean '--json'?"),
        ("status", 2, "which task? Name one or more ids, or - to read them"),
        ("status -", 2, "no task id came on stdin; write one a line."),
        ("status ''", 2, "an empty text is no task id: ids have 1 to 256 characters"),
        ("status 'a\tb'", 2, '"a\ufffdb" is no task id: ids have 1 to 256 characters'),
        (f"status {'x' * 257}", 2, "is no task id"),
        ("status x --color purple", 2, "Please provide one of 'auto', 'always' or 'never'"),
        ("watch x --timeout 0", 2, "--timeout must be more than 0 and at most 604800 seconds"),
        ("watch x --after 3", 2, "--after goes with --journal FILE"),
        ("watch x --overwrite", 2, "--overwrite goes with --download DIR"),
        ("watch x --interval 0.2", 2, "--interval must be from 1 to 86400 seconds"),
        ("replay /nowhere", 2, "cannot read /nowhere: No such file or directory"),
        (
            "serve --record /nowhere/x",
            2,
            "cannot record into /nowhere/x: No such file or directory",
        ),
    ],
)
def test_failures(arguments: str, code: int, line: str) -> None:
    result = run(arguments)
    assert line in result.stderr
    assert result.returncode == code
    assert result.stderr.startswith("cover-bridge: ")


@pytest.mark.parametrize("command", ["status x", "watch x --timeout 3 --interval 1", "credits"])
def test_unreachable(command: str) -> None:
    result = run(f"{command} --endpoint http://127.0.0.1:9", KIE_API_KEY="k")
    assert result.returncode == 6
    assert result.stderr.splitlines()[-1].endswith(
        'Check the network and --endpoint with "cover-bridge doctor".'
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen_and_has_an_example(command: str) -> None:
    lines = run(f"{command} --help").stdout.rstrip("\n").split("\n")
    assert len(lines) <= 23  # and a prompt
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("Example") for line in lines)
    assert any(f"cover-bridge {command}" in line for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [
        "watch success-0s fail-0s --sandbox --download {}",
        "status success-0s fail-0s --preview --sandbox",
        "download success-0s missing --directory {} --overwrite --sandbox",
        "doctor --sandbox",
        "watch --help",
        "nothing",
    ],
)
def test_no_terminal_code_reaches_a_pipe(arguments: str, tmp_path: Path) -> None:
    result = run(arguments.format(tmp_path), KITTY_WINDOW_ID="1", TERM="xterm-kitty")
    assert "\x1b" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    "arguments", ["watch success-0s pending --sandbox", "status a b c --json --sandbox", "openrpc"]
)
def test_a_reader_that_has_seen_enough(arguments: str) -> None:
    started = time.monotonic()
    shell = f"{shlex.quote(COMMAND)} {arguments} | head -1; echo ${{PIPESTATUS[0]}}"
    result = subprocess.run(
        ["bash", "-c", shell],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env=environment(),
        check=False,
    )
    assert len(result.stdout.splitlines()) == 2
    assert result.stdout.splitlines()[1] == "0"
    assert result.stderr == ""
    assert time.monotonic() - started < PATIENCE / 2
