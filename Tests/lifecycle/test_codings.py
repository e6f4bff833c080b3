"""The bridge decodes content codings that it did not request, as browsers do."""

from __future__ import annotations

import gzip
import json
import subprocess
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge
from local_server import Handler, serving

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def raw(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def members(content: bytes) -> bytes:
    return gzip.compress(content[:10]) + gzip.compress(content[10:])


CODINGS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "members": ("gzip", members),
    "zeros": ("GZIP", lambda content: gzip.compress(content) + bytes(512)),
    "zlib": ("deflate", zlib.compress),
    "raw": ("deflate", raw),
    "twice": ("gzip, gzip", lambda content: gzip.compress(gzip.compress(content))),
    "mixed": ("deflate, identity, gzip", lambda content: gzip.compress(raw(content))),
    "unknown": ("utf-8", bytes),
}

HANDSHAKE = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}


class API(Handler):
    """Compresses each answer with the codings in the first part of the path.

    On request, it sends the answer in single bytes.
    """

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        name, _, rest = self.path[1:].partition("/")
        here = f"http://{self.headers['Host']}/{name}/image.png"
        if rest == "image.png":
            content = PNG
        elif rest.endswith("chat/credit"):
            content = json.dumps({"code": 200, "msg": "success", "data": 7.5}).encode()
        else:
            data = {"successFlag": 1, "response": {"images": [here]}}
            content = json.dumps({"code": 200, "msg": "success", "data": data}).encode()
        coding, pack = CODINGS[name]
        body = pack(content)
        self.send_response(200)
        self.send_header("Content-Encoding", coding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for start in range(0, len(body), 40):
            self.wfile.write(body[start : start + 40])
            self.wfile.flush()


@pytest.fixture(scope="module")
def api() -> Iterator[str]:
    with serving(API) as url:
        yield url


def run(*arguments: str) -> str:
    done = subprocess.run(
        [BINARY, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        env={"KIE_API_KEY": "a-key-for-tests"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("coding", CODINGS)
def test_compressed_answers_are_read(coding: str, api: str, tmp_path: Path) -> None:
    endpoint = ("--endpoint", f"{api}/{coding}")
    assert json.loads(run("status", "t", "--json", *endpoint))["state"] == "succeeded"
    assert run("credits", *endpoint) == "7.5\n"
    assert run("download", "t", "--directory", str(tmp_path), *endpoint)
    assert (tmp_path / "t-1.png").read_bytes() == PNG


@pytest.mark.parametrize("coding", CODINGS)
def test_an_image_in_memory_is_unpacked(coding: str, api: str) -> None:
    with Bridge(
        "mcp", "--endpoint", f"{api}/{coding}", env={"KIE_API_KEY": "a-key-for-tests"}
    ) as bridge:
        bridge.call("initialize", HANDSHAKE, id=0)
        bridge.send("resources/read", {"uri": "cover://tasks/t/images/1"}, id=1)
        contents = bridge.answer(1)["result"]["contents"]
    assert contents[0]["mimeType"] == "image/png"
