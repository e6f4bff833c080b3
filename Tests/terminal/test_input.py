"""The standard input of commands: ids, and the body of a callback."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import subprocess
import time
from pathlib import Path

import pytest
from terminal import COMMAND, PATIENCE, environment

KEY = "webhook-key-123456"


def run(
    arguments: list[str], content: bytes | int, **variables: str
) -> subprocess.CompletedProcess[bytes]:
    with subprocess.Popen(
        [COMMAND, *arguments, "--sandbox"],
        stdin=content if isinstance(content, int) else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(**variables),
    ) as process:
        output = process.communicate(None if isinstance(content, int) else content, PATIENCE)
    return subprocess.CompletedProcess(process.args, process.returncode, *output)


def callback(task: str) -> list[str]:
    """The command that handles a callback about this task. The signature is valid."""
    now = str(int(time.time()))
    digest = hmac.new(KEY.encode(), f"{task}.{now}".encode(), hashlib.sha256).digest()
    return ["callback", "--timestamp", now, "--signature", base64.b64encode(digest).decode()]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data":{"taskId":"success-0s"}}',
        b'\xef\xbb\xbf{"data":{"taskId":"success-0s"}}',
        b'{"data":{"taskId":"success-0s","m":"\xe9"}}',
        rb'{"data":{"taskId":"success-0s","m":"\ud83d"}}',
        rb'{"a\u0000b":1,"data":{"taskId":"success-0s"}}',
    ],
)
def test_a_body_is_read_as_leniently_as_by_serve(body: bytes) -> None:
    done = run([*callback("success-0s"), "--json"], body, KIE_WEBHOOK_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert b'"state":"succeeded"' in done.stdout


ORDER = ["generate", "-", "--callback-url", "https://example.com/"]


def test_the_music_task_of_an_order_comes_from_stdin() -> None:
    named = run(["generate", "music-1", *ORDER[2:]], b"")
    assert (named.returncode, named.stderr) == (0, b"")
    done = run(ORDER, b"  music-1\r\n\nmusic-1\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, named.stdout, b"")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", b"no task id came on stdin"),
        (
            b"music-1\nmusic-2\n",
            b"2 ids came on stdin. One order is for one music task; give one id.",
        ),
        (b"a\tb\n", b"is no task id"),
        (b'"music-1"\n', b"Nothing was ordered. The id has quotes around it; leave them out."),
        (b'{"taskId":"music-1"}\n', b"Nothing was ordered. The id looks like JSON;"),
    ],
)
def test_an_order_without_a_single_id_on_stdin(content: bytes, words: bytes) -> None:
    done = run(ORDER, content)
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr


@pytest.mark.parametrize("command", ["status", "watch", "download"])
@pytest.mark.parametrize(
    ("task", "words"),
    [
        ("b\t2", 'cover-bridge: "b�2" is no task id: '),
        ("b\t2", "; this one has a tab. "),
        ("b2\n", "; this one ends with a line break; leave it out. "),
        ("", "cover-bridge: an empty text is no task id: "),
        ("x" * 257, "; this one has more than 256. "),
    ],
)
def test_the_error_for_an_id_among_others_says_which_one(
    command: str, task: str, words: str
) -> None:
    done = run([command, "success-0s", task, "success-1s"], b"")
    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr.decode()


@pytest.mark.parametrize(
    "arguments", [["status", "-"], ["watch", "-"], ORDER, callback("success-0s")]
)
def test_endless_input_is_refused(arguments: list[str]) -> None:
    with Path("/dev/zero").open("rb") as zero:
        done = run(arguments, zero.fileno(), KIE_WEBHOOK_KEY=KEY)
    assert done.returncode == 2
    [line] = done.stderr.decode().splitlines()
    assert line.startswith("cover-bridge: cannot read ") and " from stdin: more than " in line


@pytest.mark.parametrize("command", ["status", "callback"])
def test_input_that_another_program_has_made_non_blocking(command: str) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    arguments = ["status", "-"] if command == "status" else callback("success-0s")
    with subprocess.Popen(
        [COMMAND, *arguments, "--sandbox"],
        stdin=reader,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(KIE_WEBHOOK_KEY=KEY),
    ) as process:
        os.close(reader)
        # In this second, the command certainly reads the empty pipe.
        time.sleep(1)
        content = b"success-0s\n" if command == "status" else b'{"data":{"taskId":"success-0s"}}'
        os.write(writer, content)
        os.close(writer)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, errors
