"""Keys that the API repeats in its answers."""

from __future__ import annotations

import json
from pathlib import Path

from frames import Frames
from local_server import Handler, serving


def test_a_key_that_the_api_repeats_is_in_no_message(tmp_path: Path) -> None:
    key = "sk-lsp-ABCDEFGH12345678"
    words = f"the key {key} and the header Bearer {key}"

    class API(Handler):
        def do_GET(self) -> None:
            self.succeed({"taskId": "a", "successFlag": 3, "errorMessage": words, "note": words})

    file = tmp_path / "key"
    file.write_text(key)
    with serving(API) as url, Frames("lsp", "--endpoint", url) as server:
        server.introduce(options={"apiKeyFile": str(file)})
        server.note("$/setTrace", {"value": "verbose"})
        server.open("cover://tasks/a")
        seen = [server.command("follow", "a")]
        while not (found := server.notification("textDocument/publishDiagnostics"))["diagnostics"]:
            pass
        seen += [found, server.labels(), server.actions(), server.command("ask", "a")]
        seen += [server.feature("hover", position={"line": 0, "character": 15})]
        seen += server.waiting()
        assert "[key]" in json.dumps(found) and "[key]" in json.dumps(seen[-1:] + seen)
        assert any(message.get("method") == "$/logTrace" for message in seen if "method" in message)
        assert key not in json.dumps(seen)
