"""Many tasks under an API that refuses every query."""

from __future__ import annotations

import json

import pytest
from local_server import Handler, serving
from terminal import run


@pytest.mark.parametrize("command", ["status -", "download - --directory new"])
@pytest.mark.parametrize("code", [429, 455])
def test_a_refusal_pauses_all_queries_of_a_command(command: str, code: int) -> None:
    """The bridge sends what its rate allows until the first refusal, and then one query a try."""
    asked: list[str] = []

    class Refusing(Handler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.answer(code, json.dumps({"code": code, "msg": "slow", "data": None}).encode())

    ids = "".join(f"t-{number}\n" for number in range(100))
    with serving(Refusing) as url:
        result = run(f"{command} --rate 10 --endpoint {url}", ids, KIE_API_KEY="k")
    assert result.returncode == 6, result.stderr
    assert len(asked) < 40
