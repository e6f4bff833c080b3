"""Sessions that `serve --record` has written are replayed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from terminal import run

PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n'


def test_record_and_replay(tmp_path: Path) -> None:
    messages = [
        {"id": 1, "method": "initialize", "params": {"apiKey": "SECRET-KEY"}},
        {"id": 2, "method": "cover/generate", "params": ["music", "https://secret.example/"]},
        {"id": 3, "method": "cover/wait", "params": {"taskId": "success-1s"}},
        {"id": 4, "method": "cover/watch", "params": {"taskIds": ["fail-1s"], "interval": 0.1}},
        {"id": 5, "method": "nothing"},
    ]
    text = "".join(json.dumps({"jsonrpc": "2.0", **message}) + "\n" for message in messages)
    file = tmp_path / "session.jsonl"
    served = run(f"serve --sandbox --record {file}", stdin=text + "SECRET-KEY{\n")
    assert served.returncode == 0
    assert "ecret" not in file.read_text().replace("[removed]", "").lower().replace("secrets", "")
    result = run(f"replay {file}")
    assert result.stdout.splitlines()[-1].endswith(" messages compared, 0 differences"), (
        result.stdout
    )
    assert result.returncode == 0
    # The replay must report a different answer.
    file.write_text(file.read_text().replace('"state":"succeeded"', '"state":"failed"'))
    result = run(f"replay {file} --json")
    assert result.returncode == 1
    differences = json.loads(result.stdout)["differences"]
    assert [difference.split(":")[0] for difference in differences] == ["reply to 3"]


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_replay_reads_what_went_through_an_editor_of_windows(
    start: str, end: str, tmp_path: Path
) -> None:
    file = tmp_path / "session.jsonl"
    served = run(
        f"serve --sandbox --record {file}", stdin='{"jsonrpc":"2.0","id":1,"method":"ping"}\n'
    )
    assert served.returncode == 0
    text = start + file.read_text().replace("\n", end)
    file.write_text(text, newline="")
    for result in [run(f"replay {file}"), run("replay -", stdin=text)]:
        assert (result.returncode, result.stdout) == (0, "1 message compared, 0 differences\n")


def test_replay_refuses_a_file_that_is_no_recording(tmp_path: Path) -> None:
    file = tmp_path / "other"
    file.write_text("{}\nnothing\n")
    result = run(f"replay {file}")
    assert result.returncode == 2
    assert result.stderr.startswith(f"cover-bridge: {file}:2: this is no line of a recording.")
