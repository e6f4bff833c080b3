"""The exit codes of commands. Code 1 means a failed task, and all other errors have other codes."""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_server import Handler, serving
from processes import unread
from terminal import COMMAND, PATIENCE, environment, run
from waiting import wait_until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


class API(Handler):
    """For the task `502`, a gateway's error page.

    For other tasks, a success with a deleted image.
    """

    def do_GET(self) -> None:
        task = self.path.rpartition("=")[2]
        if task == "502":
            self.answer(502, b"<html>Bad gateway</html>")
        elif task == "nowhere":
            self.answer(404, b"<html>No such page</html>")
        elif task == "running":
            self.succeed({"taskId": task, "successFlag": 2})
        elif task == "page":
            self.answer(200, b"<html>Welcome</html>")
        elif task.endswith(".png"):
            self.answer(200, PNG)
        elif "taskId" in self.path:
            here = f"http://{self.headers['Host']}"
            images = {
                "none": [],
                "refused": ["https://x y.invalid/a.png"],
                "some": ["https://x y.invalid/a.png", f"{here}/?image=a.png"],
                "elsewhere": ["http://127.0.0.1:9/a.png"],
            }.get(task, [f"{here}/image"])
            self.succeed({"taskId": task, "successFlag": 1, "response": {"images": images}})
        else:
            self.answer(404, b"")


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(API) as url:
        yield url


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ("status ratelimit --sandbox", 6, "ratelimit: "),
        ("status maintenance --sandbox", 6, "maintenance: "),
        ("status servererror --sandbox", 6, "servererror: "),
        ("status garbage --sandbox", 6, "garbage: "),
        ("status cutoff --sandbox", 6, "cutoff: "),
        ("status nocredits --sandbox", 7, "nocredits: "),
        ("download pending --sandbox", 8, "The task has no images; its state is pending."),
        ("download servererror --sandbox", 6, "servererror: "),
        ("watch servererror --timeout 2 --interval 0.2 --sandbox", 6, "servererror: "),
        ("status fail-0s --sandbox", 1, "A new cover needs a new"),
        ("status fail-0s servererror --sandbox", 6, "servererror: "),
        ("download fail-0s servererror --sandbox", 6, "servererror: "),
    ],
)
def test_exit_code_1_means_that_the_api_reported_a_failure(
    arguments: str, code: int, line: str
) -> None:
    result = run(arguments)
    assert line in result.stderr
    assert result.returncode == code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("status 502", 6),
        ("status page", 6),
        ("download 502 --directory {}", 6),
        ("download gone --directory {}", 8),
        ("watch gone --download {}", 8),
        ("watch 502 --timeout 2 --interval 1", 6),
        ("doctor", 6),
    ],
)
def test_an_answer_without_a_task_status_has_another_code(
    arguments: str, code: int, api: str, tmp_path: Path
) -> None:
    result = run(f"{arguments.format(tmp_path)} --endpoint {api}", KIE_API_KEY="k")
    assert result.returncode == code, result.stderr


@pytest.mark.parametrize("order", ["page running", "running page"])
def test_a_healthy_task_does_not_hide_the_fault_of_another(order: str, api: str) -> None:
    result = run(f"watch {order} --timeout 3 --interval 1 --endpoint {api}", KIE_API_KEY="k")
    assert result.returncode == 6
    [page] = [line for line in result.stderr.splitlines() if line.startswith("cover-bridge: page")]
    assert "page: This is not the API: a web page came (HTTP 200)." in page
    assert "running: The task was not finished within 3 s; it continues." in result.stderr


def test_a_resumed_watch_knows_the_last_status(api: str, tmp_path: Path) -> None:
    watch = [COMMAND, "watch", "running", "--interval", "1", "--endpoint", api]
    watch += ["--journal", str(tmp_path / "j.db")]
    env = environment(KIE_API_KEY="k")
    with subprocess.Popen(watch, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert b"generating" in process.stdout.readline()
        process.kill()
    again = subprocess.run(
        [*watch, "--timeout", "2"], capture_output=True, env=env, text=True, timeout=PATIENCE
    )
    assert again.returncode == 5
    assert "running: The task was not finished within 2 s; it continues." in again.stderr
    assert "1 generating" in again.stdout or "1 timed out" in again.stdout


def test_a_success_without_images_is_reported_in_a_download(api: str) -> None:
    result = run(f"download none --endpoint {api}", KIE_API_KEY="k")
    assert result.returncode == 8
    assert (
        "state is succeeded. The API calls the task done, but lists no image yet." in result.stderr
    )


@pytest.mark.parametrize("command", ["download {} --directory", "watch {} --interval 1 --download"])
@pytest.mark.parametrize(
    ("task", "code", "words"),
    [
        ("refused", 8, "refused: The task has no images; its state is succeeded. An image's URL "),
        ("some", 8, "some: not every image was saved. An image's URL "),
        ("elsewhere", 8, "It is the host of the image, not the API. Try again"),
    ],
)
def test_an_image_that_was_not_saved_is_reported(
    command: str, task: str, code: int, words: str, api: str, tmp_path: Path
) -> None:
    result = run(f"{command.format(task)} {tmp_path} --endpoint {api}", KIE_API_KEY="k")
    assert result.returncode == code, result.stderr
    *pauses, line = result.stderr.splitlines()
    assert words in line
    # A host that does not answer is asked again, after a pause.
    assert len(pauses) == (3 if task == "elsewhere" else 0)
    assert all("It is fetched again in" in pause for pause in pauses)
    assert len(list(tmp_path.iterdir())) == (task == "some")


def test_the_row_of_a_success_without_images_has_the_reason(api: str) -> None:
    result = run(f"status refused --endpoint {api}", KIE_API_KEY="k")
    assert "  An image's URL " in result.stdout


@pytest.mark.parametrize("task", ["page", "502", "nowhere"])
def test_an_answer_of_another_server_is_not_the_apis(task: str, api: str) -> None:
    result = run(
        f"watch {task} --endpoint {api} --interval 1 --patience 1",
        KIE_API_KEY="k",
    )
    assert result.returncode == 6
    assert 'No answer has been the API\'s own. "cover-bridge doctor"' in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        "status success-0s --sandbox",
        "status fail-0s --sandbox",
        "watch success-0s --sandbox",
        "watch fail-0s --json --sandbox",
        "credits --sandbox",
        "--help",
        "openrpc",
    ],
)
def test_lost_output_is_a_failure(arguments: str) -> None:
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(
            [COMMAND, *arguments.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE,
            env=environment(),
            check=False,
        )
    # The code must not be 1: a script that orders again after 1 would pay for an existing cover.
    assert result.returncode == 74
    assert result.stderr == (
        "cover-bridge: cannot write the output: No space left on device. Send it elsewhere.\n"
    )


@pytest.mark.parametrize(("output", "code"), [("/dev/full", 74), ("| true", 141)])
def test_the_task_of_an_order_is_named_if_the_output_is_lost(output: str, code: int) -> None:
    order = f"'{COMMAND}' generate music --callback-url https://example.com --sandbox"
    # The reader is gone before the order is made.
    line = f"{order} > {output}" if code == 74 else f"(sleep 1; {order}; echo code $? >&2) {output}"
    result = subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, timeout=PATIENCE, env=environment()
    )
    assert f"code {code}" in result.stderr or result.returncode == code
    assert re.search(r"cover-bridge: the cover was ordered; its task is \S+\.\n", result.stderr)


def test_a_non_blocking_output_is_waited_for() -> None:
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(write, False)
    process = subprocess.Popen([COMMAND, "openrpc"], stdout=write, env=environment())
    os.close(write)
    wait_until("the pipe is full", lambda: unread(read) == 4096)
    with os.fdopen(read, "rb") as output:
        text = output.read()
    assert process.wait(PATIENCE) == 0
    assert text == run("openrpc").stdout.encode()


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        # The reader misses the later lines, which may say that a task failed. So the exit code is
        # not 0.
        ("watch success-0s pending --sandbox", ["141"]),
        ("watch fail-4s --sandbox", ["141"]),
        ("watch fail-4s --sandbox --json", ["141"]),
        # The command may have written all lines before the reader left.
        ("status a b c --json --sandbox", ["0", "141"]),
        ("openrpc", ["0"]),
    ],
)
def test_a_reader_that_goes_away(arguments: str, codes: list[str]) -> None:
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
    assert result.stdout.splitlines()[1] in codes
    assert result.stderr == ""
