"""Tests what the user sees of a download whose image host has a temporary fault."""

from __future__ import annotations

from pathlib import Path

from frames import MODERN, Frames
from local_server import Handler, serving

# A PNG of one pixel.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)


def test_a_pause_of_the_image_host_is_reported(tmp_path: Path) -> None:
    asked: list[str] = []

    class Server(Handler):
        def do_GET(self) -> None:
            if "record" in self.path:
                images = {"images": [f"http://{self.headers['Host']}/1.png"]}
                self.succeed({"taskId": "t-1", "successFlag": 1, "response": images})
                return
            asked.append(self.path)
            if len(asked) > 1:
                self.answer(200, PNG)
            else:
                self.answer(503, b"")

    uri = (tmp_path / "covers.md").as_uri()
    with serving(Server) as url, Frames("lsp", "--endpoint", url, KIE_API_KEY="k") as server:
        server.introduce(MODERN)
        server.open("t-1", uri)
        server.command("follow", "t-1")
        server.notification("window/showMessage")
        assert "error" not in server.command("download", "t-1", uri)
        values = [
            one["params"]["value"] for one in server.inbox if one.get("method") == "$/progress"
        ]
        words = "Image 1 of 1: The image host refused (HTTP 503). It is fetched again in 1 s."
        assert words in [value.get("message") for value in values]
    assert len(asked) == 2
