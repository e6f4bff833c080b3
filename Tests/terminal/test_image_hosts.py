"""The exit code for an image that was not saved. The README has it: 8, and not that of the API."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from local_server import Handler, serving
from terminal import COMMAND, PATIENCE, environment, run
from waiting import wait_until

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
ELSEWHERE = {
    "refused": "http://127.0.0.1:9/a.png",
    "unknown": "https://images.invalid/a.png",
}
# The server of the API is the host of these images. It closes the connection, speaks no HTTP, or
# sends a status.
FAULTS = ("closed", "strange", "404", "429", "500", "503")


INITIALIZE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class API(Handler):
    """Every task has succeeded. The id of the task says what the host of its image does."""

    def do_GET(self) -> None:
        name = self.path.rpartition("=")[2]
        if "record" in self.path:
            image = f"http://{self.headers['Host']}/image?name={name}"
            images = {"images": [ELSEWHERE.get(name, image)]}
            self.succeed({"taskId": name, "successFlag": 1, "response": images})
        elif name.isdigit():
            self.answer(int(name), b"")
        else:
            if name == "strange":
                self.wfile.write(b"220 This is a mail server.\r\n")
            self.close_connection = True


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(API) as url:
        yield url


@pytest.mark.parametrize("task", [*ELSEWHERE, *FAULTS])
@pytest.mark.parametrize("command", ["download {} --directory", "watch {} --download"])
def test_a_fault_of_the_host_of_an_image(command: str, task: str, api: str, tmp_path: Path) -> None:
    result = run(f"{command.format(task)} {tmp_path} --endpoint {api}", KIE_API_KEY="k")
    assert result.returncode == 8, result.stderr
    assert f"cover-bridge: {task}: " in result.stderr
    assert list(tmp_path.iterdir()) == []


class Images:
    """An API with one task, and the host of its images. It counts the requests for each image."""

    def __init__(self) -> None:
        self.paths = ["/1.png"]
        self.asked: list[str] = []
        self.faults: Callable[[str], tuple[int, str] | None] = lambda path: None
        self.url = ""
        self.flag = 1

    def handler(self) -> type[Handler]:
        images = self

        class Server(Handler):
            def do_GET(self) -> None:
                if "record" in self.path:
                    urls = [images.url + path for path in images.paths]
                    record = {"taskId": "t", "successFlag": images.flag}
                    self.succeed({**record, "response": {"images": urls}})
                    return
                images.asked.append(self.path)
                status, pause = images.faults(self.path) or (200, "")
                body = PNG if status == 200 else b""
                self.send_response(status)
                if pause:
                    self.send_header("Retry-After", pause)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Server


@pytest.fixture
def images() -> Iterator[Images]:
    images = Images()
    with serving(images.handler()) as url:
        images.url = url
        yield images


# Existing escapes stay, and only what no URL may contain is encoded.
ENCODED = {
    "[": "%5B",
    "]": "%5D",
    '"': "%22",
    "|": "%7C",
    "{": "%7B",
    "}": "%7D",
    "^": "%5E",
    "`": "%60",
    "<": "%3C",
    "é": "%C3%A9",
    "封": "%E5%B0%81",
    "%": "%25",
    "%zz": "%25zz",
    "%2f": "%2f",
    "+": "+",
    "'": "'",
    "x:@!$&()*,;=": "x:@!$&()*,;=",
}


def test_the_urls_of_images_are_encoded_once(images: Images, tmp_path: Path) -> None:
    places = [
        place % escape
        for escape in ("%20", "%2B", "%25")
        for place in ("/a%sb{}.png", "/x.png?a=%sb&c={}", "/{}%s.png", "/x.png?{}=%s")
    ]
    # Unlike `format`, `replace` leaves the other braces alone.
    images.paths = [place.replace("{}", text) for place in places for text in ENCODED]
    result = run(f"download t --directory {tmp_path} --endpoint {images.url}", KIE_API_KEY="k")
    assert result.returncode == 0, result.stderr
    encoded = [place.replace("{}", text) for place in places for text in ENCODED.values()]
    assert images.asked == encoded


@pytest.mark.parametrize("command", ["download t --directory", "watch t --download"])
@pytest.mark.parametrize("fault", [(503, "1"), (429, ""), (500, "")])
def test_a_temporary_fault_does_not_end_a_download(
    command: str, fault: tuple[int, str], images: Images, tmp_path: Path
) -> None:
    images.paths = ["/1.png", "/2.png"]
    images.faults = lambda path: (
        fault if path == "/2.png" and images.asked.count(path) == 1 else None
    )
    result = run(f"{command} {tmp_path} --endpoint {images.url}", KIE_API_KEY="k")
    assert result.returncode == 0, result.stderr
    assert images.asked == ["/1.png", "/2.png", "/2.png"]
    pause = f"Image 2 of 2: The image host refused (HTTP {fault[0]}). It is fetched again in 1 s."
    assert result.stderr == f"cover-bridge: t: {pause}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["t-1.png", "t-2.png"]


def test_the_images_of_a_failed_task_are_saved(images: Images, tmp_path: Path) -> None:
    images.flag = 3
    result = run(f"download t --directory {tmp_path} --endpoint {images.url}", KIE_API_KEY="k")
    assert result.returncode == 1
    assert "cover-bridge: t: the task failed: " in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["t-1.png"]


def test_a_lasting_fault_names_the_image_and_the_next_step(images: Images, tmp_path: Path) -> None:
    images.paths = ["/1.png", "/2.png", "/3.png"]
    images.faults = lambda path: (503, "") if path == "/2.png" else None
    result = run(f"watch t --download {tmp_path} --endpoint {images.url}", KIE_API_KEY="k")
    assert result.returncode == 8
    words = "cover-bridge: t: Image 2 of 3: The image host refused (HTTP 503). "
    *pauses, last = result.stderr.splitlines()
    assert last == f"{words}Try again: cover-bridge download t --directory {tmp_path}"
    assert len(pauses) == 3
    assert all(pause.startswith(f"{words}It is fetched again in ") for pause in pauses)
    assert images.asked.count("/2.png") == 4
    assert list(tmp_path.iterdir()) == []


def test_a_program_learns_of_the_pause_of_a_host(images: Images, tmp_path: Path) -> None:
    """The progress of MCP must rise, also if a download begins again."""
    images.paths = ["/1.png", "/2.png"]
    images.faults = lambda path: (
        (503, "1") if path == "/2.png" and images.asked.count(path) < 3 else None
    )
    parameters = {"taskId": "t", "directory": str(tmp_path)}
    asked = {**parameters, "progressToken": "p"}
    request = {"jsonrpc": "2.0", "id": 1, "method": "cover/download", "params": asked}
    result = run(f"serve --endpoint {images.url}", json.dumps(request) + "\n", KIE_API_KEY="k")
    values = [
        json.loads(line).get("params", {}).get("value", {})
        for line in result.stdout.split("\n")[:-1]
    ]
    pause = {"message": "The image host refused (HTTP 503).", "after": 1}
    assert [(value["image"], value["retry"]) for value in values if "retry" in value] == [
        (2, pause)
    ] * 2

    images.asked.clear()
    meta = {"progressToken": "p"}
    call = {"name": "download", "arguments": {**parameters, "overwrite": True}, "_meta": meta}
    lines: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": INITIALIZE},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": call},
    ]
    text = "".join(json.dumps({"jsonrpc": "2.0", **line}) + "\n" for line in lines)
    result = run(f"mcp --endpoint {images.url}", text, KIE_API_KEY="k")
    messages = [json.loads(line) for line in result.stdout.split("\n")[:-1]]
    reports = [one["params"] for one in messages if one.get("method") == "notifications/progress"]
    words = "Image 2 of 2: The image host refused (HTTP 503). It is fetched again in 1 s."
    assert [report["message"] for report in reports].count(words) == 2
    progress = [report["progress"] for report in reports]
    assert progress == sorted(set(progress)) and progress[-1] == 2


def test_an_error_has_the_number_of_the_image(images: Images, tmp_path: Path) -> None:
    images.paths = ["/1.png", "/2.png"]
    images.faults = lambda path: (404, "") if path == "/2.png" else None
    params = {"taskId": "t", "directory": str(tmp_path)}
    request = {"jsonrpc": "2.0", "id": 1, "method": "cover/download", "params": params}
    result = run(f"serve --endpoint {images.url}", json.dumps(request) + "\n", KIE_API_KEY="k")
    error = json.loads(result.stdout)["error"]
    assert error["message"] == "Image 2 of 2: The image host refused (HTTP 404)."
    assert error["data"] == {
        "kind": "downloadFailed",
        "retryable": False,
        "httpStatus": 404,
        "taskId": "t",
        "image": 2,
    }


@pytest.mark.parametrize("command", ["download t --directory", "watch t --download"])
def test_an_interrupt_ends_the_pause_of_a_host(
    command: str, images: Images, tmp_path: Path
) -> None:
    images.faults = lambda path: (503, "280")
    with subprocess.Popen(
        [COMMAND, *command.split(), str(tmp_path), "--endpoint", images.url],
        env=environment(KIE_API_KEY="k"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        wait_until("the image is asked for", lambda: bool(images.asked))
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) in (130, -signal.SIGINT)
    assert images.asked == ["/1.png"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_an_image_is_not_answered_with_the_option(tmp_path: Path) -> None:
    (tmp_path / "success-0s-1.png").mkdir()
    for option in ("", "--overwrite"):
        result = run(f"download success-0s --sandbox --directory {tmp_path} {option}")
        assert result.returncode == 8
        assert "success-0s-1.png is a folder" in result.stderr
        assert "--overwrite" not in result.stderr


def test_an_ipv6_address_has_brackets_before_its_port() -> None:
    result = run("status x --endpoint http://[::1]:9", KIE_API_KEY="k")
    assert result.returncode == 6
    assert "[::1]:9 cannot be reached" in result.stderr
