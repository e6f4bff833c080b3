"""The messages and exit codes of commands that fail; the help of commands; closed pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from processes import wait_until_caught
from terminal import COMMAND, COMMANDS, PATIENCE, environment, run


@pytest.mark.parametrize("command", ["status slow-30s", "download slow-30s", "watch slow-30s"])
def test_interrupted(command: str, sandbox: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [COMMAND, *command.split(), "--endpoint", sandbox],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        cwd=tmp_path,
        env=environment(KIE_API_KEY="k"),
    )
    wait_until_caught(process.pid, signal.SIGINT)
    time.sleep(0.5)  # so that the command has sent its query
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("cover-bridge: interrupted; ")
    assert list(tmp_path.iterdir()) == []


def test_nohup() -> None:
    process = subprocess.Popen(
        [COMMAND, "watch", "success-3s", "--sandbox"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    time.sleep(1)
    process.send_signal(signal.SIGHUP)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert output.endswith("1 task: 1 succeeded\n")


@pytest.mark.parametrize("form", ["", "--json"])
def test_a_terminal_that_is_gone_ends_a_watch(form: str) -> None:
    """SIGHUP is ignored, so only the lost terminal can end the command."""
    near, far = os.openpty()
    process = subprocess.Popen(
        [COMMAND, "watch", "generating-1", "--sandbox", *form.split()],
        stdin=subprocess.DEVNULL,
        stdout=far,
        stderr=subprocess.DEVNULL,
        env=environment(TERM="xterm-256color"),
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    os.close(far)
    assert os.read(near, 1000)
    os.close(near)
    try:
        assert process.wait(PATIENCE) == 141
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ("status unauthorized --sandbox", 3, "Check the key in --api-key-file or KIE_API_KEY."),
        (
            "status x",
            3,
            "Give one with --api-key-file FILE, or in the environment variable KIE_API_KEY.\n",
        ),
        ("watch x", 3, "No API key. Give one with --api-key-file FILE"),
        (
            "credits --api-key-file /tmp/nowhere",
            3,
            "The key file /tmp/nowhere cannot be read: No such file",
        ),
        ("status x --api-key-file sk_live_0123456789", 3, "Give the name of a file with the key"),
        ("status missing --sandbox", 4, "Check the id; the API keeps records for two months."),
        ("watch pending --timeout 0.5 --sandbox", 5, "Watch it again, with a longer --timeout."),
        (
            "watch missing --timeout 0.5 --sandbox",
            5,
            "No status of the task came within 0.5 s; if it was ordered, it continues.",
        ),
        (
            "watch empty --timeout 4 --sandbox",
            5,
            "The task succeeded, but its images were not there within 4 s.",
        ),
        ("watch unauthorized --sandbox", 3, "unauthorized: The API refused the key"),
        ("watch nocredits --sandbox", 7, "Buy credits, then try again."),
        ("watch disabled --sandbox", 7, "disabled: The API has this feature disabled."),
        ("generate music --sandbox", 2, "Give a --callback-url."),
        ("generate music --sandbox", 2, "to which it POSTs the end of the cover. If you only poll"),
        ("generate m --callback-url 'no url' --sandbox", 2, "A callback URL is absolute"),
        ("status x --api-key foo", 2, "A key is no argument: use --api-key-file FILE or KIE_API"),
        ("download fail-0s --sandbox", 1, "The task has no images; it failed: "),
        ("download success-0s --directory /dev/null/x --sandbox", 8, "Not a directory"),
        # The command reports this error at once, because it has nothing to wait for.
        (
            "watch pending --download /dev/null/x --sandbox",
            8,
            "Nothing can be saved in /dev/null/x: Not a directory. Mend that, or choose another",
        ),
        ("watch pending --download /dev/null --sandbox", 8, "/dev/null: Not a directory."),
        ("watch pending --download '' --sandbox", 2, "The directory's name is empty"),
        # The message escapes the control characters in the user's text.
        ("status x '--\x1b[2Jred'", 2, "Unknown option '--\ufffd[2Jred'"),
        ("replay '/nowhere/\x1b[2J'", 2, "cannot read /nowhere/\ufffd[2J: No such file"),
        (
            "status x --endpoint http://example.com/a",
            2,
            "--endpoint: The endpoint http://example.com is plain http, which",
        ),
        ("status x --endpoint http://example.com", 2, "Plain http is for this machine alone"),
        ("status x --endpoint https://a:pass@h", 2, "--endpoint: The endpoint must be a URL of"),
        ("watch pending --journal /nowhere/j.db --sandbox", 9, "There is no such folder."),
        # If several tasks fail, the command uses the most serious exit code.
        ("status fail-0s missing --sandbox", 4, "missing: "),
        ("status missing unauthorized fail-0s --sandbox", 3, "unauthorized: "),
        # The message names the mistake and the right command.
        ("wach x", 2, 'there is no command "wach". Did you mean "watch"?'),
        ("help wach", 2, 'there is no command "wach". Did you mean "watch"?'),
        ("status x --preview --json", 2, "--preview and --json exclude each other"),
        ("watch x --journal ''", 2, "--journal needs the name of a file"),
        ("doctor --journal ''", 2, "--journal needs the name of a file"),
        ("status x --rate 0.0001", 2, "--rate must be from 0.001 to 1000000 queries per second"),
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
        # Numbers are decimal.
        ("watch x --interval 0x10", 2, "The value '0x10' is invalid for '--interval <s>': Write a"),
        ("watch x --timeout 0x1p4", 2, "Write a decimal number, as in 1.5."),
        ("watch x --timeout inf", 2, "Write a decimal number, as in 1.5."),
        ("watch x --patience 0xA", 2, "Write a decimal number, as in 1.5."),
        ("serve --rate 0x10", 2, "Write a decimal number, as in 1.5."),
        ("serve --fleet-size 0x10", 2, "The value '0x10' is invalid for '--fleet-size'"),
        ("sandbox --port 0x10", 2, "The value '0x10' is invalid for '--port"),
        ("watch x --timeout -1", 2, "--timeout must be more than 0 and at most 604800 seconds"),
        ("watch x --timeout 1e12", 2, "--timeout must be more than 0 and at most 604800 seconds"),
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
    last = result.stderr.splitlines()[-1]
    assert last.endswith('"cover-bridge doctor" shows how far the route to the API works.')
    # The message must contain the advice only once.
    assert last.count("check the address and the network") == 1
    assert "--endpoint" not in last


@pytest.mark.parametrize("arguments", ["--help", "-h", "help"])
def test_the_first_help_fits_a_screen(arguments: str) -> None:
    result = run(arguments)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.removesuffix("\n").split("\n")
    assert len(lines) <= 23  # a terminal has 24 lines, one of them for the prompt
    assert max(map(len, lines)) <= 80
    text = result.stdout
    assert "<command> [--help | --help-hidden]" in text
    assert "Example, without a key:  cover-bridge watch success-6s --sandbox\n" in text
    assert "KIE_API_KEY" in text
    for code in (
        "0 done",
        "1 a task failed",
        "2 usage",
        "3 key",
        "4 not found",
        "5 timeout",
        "6 no usable answer",
        "7 refused",
        "8 not saved",
        "9 journal",
        "70 fault",
        "75 peer",
        "130 int",
        "141 reader",
    ):
        assert code in text
    commands = text.split("\nCOMMANDS:\n")[1].splitlines()
    assert [line.split()[0] for line in commands] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_a_screen_and_has_an_example(command: str) -> None:
    lines = run(f"{command} --help").stdout.removesuffix("\n").split("\n")
    assert len(lines) <= 23  # a terminal has 24 lines, one of them for the prompt
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("Example") for line in lines)
    assert any(f"cover-bridge {command}" in line for line in lines)
    if any("--endpoint <" in line for line in lines):
        assert any(line.strip().startswith("--ca-file <file>") for line in lines)
        (fleet,) = [line for line in lines if line.strip().startswith("--fleet <")]
        assert "clients/FLEET.md" in fleet and "--help-hidden" in fleet
        hidden = run(f"{command} --help-hidden").stdout
        assert "--fleet-size" in hidden and "COVER_BRIDGE_FLEET" in hidden


def test_task_ids_from_an_unreadable_file() -> None:
    def status(stdin: int) -> tuple[int, str]:
        result = subprocess.run(
            [COMMAND, "status", "-", "--sandbox"],
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env=environment(),
            check=False,
        )
        return result.returncode, result.stderr

    folder = os.open("/", os.O_RDONLY)
    code, errors = status(folder)
    os.close(folder)
    assert (code, errors) == (
        2,
        "cover-bridge: cannot read task ids from stdin: Is a directory.\n",
    )
    read, write = os.pipe()
    os.write(write, b"success\xff\n")
    os.close(write)
    code, errors = status(read)
    os.close(read)
    assert (code, errors) == (
        2,
        "cover-bridge: what came on stdin is no text in UTF-8; write a task id a line.\n",
    )


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
