"""The commands in pipes: what they print, how they end, and what they say when something is wrong."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import time
from pathlib import Path

import pytest
from terminal import COMMAND, PATIENCE, environment, normal, run

COMMANDS = [
    "watch",
    "status",
    "download",
    "generate",
    "credits",
    "doctor",
    "serve",
    "sandbox",
    "openrpc",
    "replay",
]
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
    assert [change["status"]["state"] for change in changes] == ["pending", "generating", "succeeded"]
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
    assert [json.loads(line)["taskId"] for line in result.stdout.splitlines()] == ["pending", "success-0s"]


def test_task_ids_from_stdin() -> None:
    result = run("status - --sandbox --json", stdin="success-0s\n\n  with blank  \r\nsuccess-0s\n")
    assert [json.loads(line)["taskId"] for line in result.stdout.splitlines()] == ["success-0s", "with blank"]


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
        ("credits --api-key-file /nowhere", 3, "The key file /nowhere cannot be read: No such file"),
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
        ("serve --record /nowhere/x", 2, "cannot record into /nowhere/x: No such file or directory"),
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
        ["bash", "-c", shell], capture_output=True, text=True, timeout=PATIENCE, env=environment(), check=False
    )
    assert len(result.stdout.splitlines()) == 2
    assert result.stdout.splitlines()[1] == "0"
    assert result.stderr == ""
    assert time.monotonic() - started < PATIENCE / 2


def test_doctor() -> None:
    result = run("doctor --sandbox")
    assert result.returncode == 0
    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ok", name]
        for name in ("version", "platform", "endpoint", "latency", "clock", "key", "credits", "journal")
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
    assert result.stdout.splitlines()[-1].endswith(" messages compared, 0 differences"), result.stdout
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
    subprocess.run([root / "Tests/scripts/install", COMMAND, tmp_path], check=True, stdout=subprocess.DEVNULL)
    manual = (tmp_path / "share/man/man1/cover-bridge.1").read_text()
    for command in COMMANDS:
        assert f".SS {command}\n" in manual
    bash = tmp_path / "share/bash-completion/completions/cover-bridge"
    subprocess.run(["bash", "-n", bash], check=True)
    assert "#compdef cover-bridge" in (tmp_path / "share/zsh/site-functions/_cover-bridge").read_text()
    assert "watch" in (tmp_path / "share/fish/vendor_completions.d/cover-bridge.fish").read_text()
    assert (tmp_path / "bin/cover-bridge").stat().st_mode & 0o777 == 0o755
