"""The exit code for an image that was not saved. The README has it: 8, and not that of the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_server import Handler, serving
from terminal import run

ELSEWHERE = {
    "refused": "http://127.0.0.1:9/a.png",
    "unknown": "https://images.invalid/a.png",
}
# The server of the API is the host of these images. It closes the connection, speaks no HTTP, or
# sends a status.
FAULTS = ("closed", "strange", "404", "429", "500", "503")


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
