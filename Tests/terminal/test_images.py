"""Images that are slow, large, or of kinds that the sandbox does not have."""

from __future__ import annotations

import json
import re
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_server import Handler, serving
from terminal import Terminal

SIXEL = {b"\x1b[c": b"\x1b[?62;4c"}
KEY = {"KIE_API_KEY": "k"}


def png(width: int, height: int) -> bytes:
    """A PNG image with more colours than any terminal can show."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    rows = b"".join(
        b"\0"
        + bytes(v for x in range(width) for v in (x * 255 // width, y * 255 // height, x ^ y & 255))
        for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


IMAGES = {
    "large": png(256, 128),
    "jpeg": b"\xff\xd8\xff\xe0" + bytes(100),
    "damaged": png(16, 16)[:-20],
    "slow": png(64, 64),
}


class API(Handler):
    """An API where each task has succeeded. The id of a task is the name of its image."""

    def do_GET(self) -> None:
        name = re.split("[/=]", self.path)[-1]
        if "images" in self.path:
            body = IMAGES[name]
        else:
            host = self.headers["Host"]
            record = {
                "taskId": name,
                "successFlag": 1,
                "response": {"images": [f"http://{host}/images/{name}"]},
            }
            body = json.dumps({"code": 200, "msg": "success", "data": record}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        half = len(body) // 2
        self.wfile.write(body[:half])
        if name == "slow" and "images" in self.path:
            time.sleep(15)
        self.wfile.write(body[half:])


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(API) as url:
        yield f"--endpoint {url}"


def test_a_large_picture_is_scaled_down(api: str) -> None:
    # The image takes twelve rows of twenty pixels, or forty columns of ten pixels.
    terminal = Terminal(f"status large --preview {api}", 20, extra=KEY, answers=SIXEL)
    assert terminal.finish() == 0
    assert b'\x1bP0;1;0q"1;1;200;100#0;2;' in terminal.raw
    assert b"#255;2;" in terminal.raw


@pytest.mark.parametrize("name", ["jpeg", "damaged"])
def test_an_image_that_is_not_decoded_is_a_link(name: str, api: str) -> None:
    terminal = Terminal(f"status {name} --preview {api}", 80, extra=KEY, answers=SIXEL)
    assert terminal.finish() == 0
    assert b"\x1bP" not in terminal.raw
    assert f"/images/{name}\x1b]8;;\x1b\\".encode() in terminal.raw


def test_control_c_in_a_download(api: str, tmp_path: Path) -> None:
    terminal = Terminal(f"download slow --directory {tmp_path} {api}", 100, extra=KEY)
    terminal.until(lambda: "saving 1 cover task" in terminal.text())
    terminal.press(b"\x03")
    assert terminal.finish() == 130
    assert terminal.lines() == [
        "cover-bridge: interrupted; nothing of it is left half done. Run it again."
    ]
    assert list(tmp_path.iterdir()) == []


def test_control_c_in_a_watch_that_saves(api: str, tmp_path: Path) -> None:
    terminal = Terminal(f"watch slow --download {tmp_path} {api}", 200, extra=KEY)
    terminal.until(lambda: re.search(r"saving [45]\d%", terminal.text()) is not None)
    terminal.press(b"\x03")
    assert terminal.finish() == 130
    assert terminal.lines()[1].split()[:2] == ["slow", "succeeded"]
    assert "Resume with: cover-bridge watch slow --download" in terminal.text()
    assert list(tmp_path.iterdir()) == []
