"""Control-C interrupts commands that would otherwise report an incomplete result."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from pathlib import Path

from local_server import Handler, serving
from processes import wait_until_caught
from terminal import COMMAND, PATIENCE, environment


def interrupted(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command, and sends Control-C when it has worked for a second."""
    command = [COMMAND, *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(KIE_API_KEY="a-long-key"),
    )
    wait_until_caught(process.pid, signal.SIGINT)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def test_replay_does_not_compare_half_a_session(tmp_path: Path) -> None:
    ping = '{"jsonrpc":"2.0","id":%d,"method":"ping"}'
    # The request queries the API. So the replay has a client of the API, which it must shut down.
    status = '{"jsonrpc":"2.0","id":3,"method":"cover/status","params":{"taskId":"pending-1"}}'
    steps: list[dict[str, object]] = [
        {"at": 0, "send": ping % 1},
        {"at": 0, "send": status},
        {"at": 0, "expect": {"jsonrpc": "2.0", "id": 1, "result": {}}},
        {"at": 60, "send": ping % 2},
        {"at": 60, "expect": {"jsonrpc": "2.0", "id": 2, "result": {}}},
        {"at": 60, "end": True},
    ]
    file = tmp_path / "session.jsonl"
    file.write_text("".join(json.dumps(step) + "\n" for step in steps))
    for options in ((), ("--json",)):
        done = interrupted("replay", str(file), *options)
        assert (done.returncode, done.stdout) == (130, "")
        assert done.stderr == "cover-bridge: interrupted; nothing was compared. Run it again.\n"


def test_doctor_does_not_report_an_interrupted_check_as_failed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        done = interrupted("doctor", "--endpoint", endpoint)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("cover-bridge: interrupted; ")


class SlowAPI(Handler):
    """Answers about each task but `slow`."""

    def do_GET(self) -> None:
        name = self.path.rpartition("=")[2]
        if name == "slow":
            time.sleep(3)
            self.close_connection = True
        else:
            self.succeed({"taskId": name, "successFlag": 0})


def test_status_shows_what_it_has() -> None:
    with serving(SlowAPI) as url:
        for option in ("--json", "--color=never"):
            done = interrupted("status", "slow", "quick", "--endpoint", url, option)
            assert done.returncode == 130
            assert "quick" in done.stdout and "slow" not in done.stdout
            assert done.stderr.startswith("cover-bridge: interrupted; ")
