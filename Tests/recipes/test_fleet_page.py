"""The worked examples of clients/FLEET.md: scripts with a file, web workers with a Redis."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from ports import free_port

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "clients/FLEET.md").read_text()
SCRIPTS = ("one", "two", "three", "four")
STATES = ["pending", "generating", "succeeded"]


def example(title: str) -> tuple[list[str], str]:
    """The shell parts and the Python part of an example."""
    (section,) = re.findall(rf"^## {title}$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    shells = re.findall(r"^```sh\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (python,) = re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return shells, python


def get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=60) as response:
        return json.load(response)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            get(url)
            return
        except OSError:
            assert process.poll() is None and time.monotonic() < deadline, url
            time.sleep(0.1)


def test_four_scripts_query_as_one_would(tmp_path: Path) -> None:
    (sandbox, scripts), python = example("Four scripts and one file")
    (tmp_path / "follow.py").write_text(python)
    (tmp_path / "cover-bridge").symlink_to(Path(os.environ["COVER_BRIDGE"]).resolve())
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KIE_")},
        # Python's buffer is on, so each script writes all its lines at once.
        "PYTHONUNBUFFERED": "",
        "PYTHONPATH": str(ROOT / "clients/python"),
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
    }
    shell = sandbox.replace("8080", str(port)) + scripts + "echo over; read line; kill $(jobs -p)\n"
    lines: list[str] = []
    with subprocess.Popen(
        ["sh", "-c", shell],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin and process.stdout
        for line in process.stdout:
            if line == "over\n":
                break
            lines.append(line.rstrip("\n"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sandbox/stats") as response:
            stats = json.load(response)
        process.stdin.write("\n")
        process.stdin.flush()
    for script in SCRIPTS:
        for task in ("success-3s-a", "success-4s-b"):
            states = [line.split()[2] for line in lines if line.startswith(f"{script} {task} ")]
            seen = [state for state in STATES if state in states]
            assert states == seen and seen[-1] == "succeeded", lines
    saved = [int(line.split()[1]) for line in lines if line.endswith(" queries saved")]
    # Without a fleet, each script would make about four queries for one task and five for the
    # other.
    assert stats["requests"] <= 15, (stats, lines)
    # A script that starts late needs only the last status of each task.
    assert len(saved) == len(SCRIPTS) and sum(saved) >= len(SCRIPTS), (stats, lines)
    assert (tmp_path / "covers.fleet").exists()


def test_workers_of_gunicorn_share_what_they_read(tmp_path: Path) -> None:
    (shell,), python = example("Web workers and a Redis")
    (tmp_path / "covers.py").write_text(python)
    redis_port, web_port = free_port(), free_port()
    shell = shell.replace("localhost:6379", f"127.0.0.1:{redis_port}")
    shell = shell.replace("gunicorn ", "exec gunicorn ").replace(
        "localhost:8000", f"127.0.0.1:{web_port}"
    )
    bridge = os.environ["COVER_BRIDGE"]
    redis = ["redis-server", "--port", str(redis_port), "--save", "", "--dir", str(tmp_path)]
    with (
        subprocess.Popen(redis, stdout=subprocess.DEVNULL) as store,
        subprocess.Popen([bridge, "sandbox"], stdout=subprocess.PIPE, text=True) as sandbox,
    ):
        assert sandbox.stdout
        url = sandbox.stdout.readline().strip()
        environment = {
            **os.environ,
            "KIE_API_ENDPOINT": url,
            "KIE_API_KEY": "any-key-123456",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "clients/python"),
        }
        workers = subprocess.Popen(["sh", "-c", shell], cwd=tmp_path, env=environment)
        try:
            pages = f"http://127.0.0.1:{web_port}/covers"
            wait_for(f"{pages}/pending-first", workers)
            began = time.monotonic()
            # The visits are simultaneous, so that several workers answer.
            visits: list[Any] = []
            with ThreadPoolExecutor(12) as pool:
                while len({visit["worker"] for visit in visits}) < 3:
                    assert time.monotonic() < began + 60, visits[-1]
                    visits += pool.map(get, [f"{pages}/pending-a"] * 60)
            assert {visit["state"] for visit in visits} == {"pending"}, visits
            asked = get(f"{url}/sandbox/stats")["byTask"]["pending-a"]
            # All workers together query once in five seconds. On a busy machine, the store may not
            # answer a worker in time. Then this worker makes a query of its own.
            assert asked <= 2 + (time.monotonic() - began) / 5, asked
            command = [bridge, "fleet", "--json", "--fleet", f"redis://127.0.0.1:{redis_port}"]
            bridges: list[Any] = []
            # Three workers have answered; the bridge of the fourth may still be starting.
            while len(bridges) < 4:
                assert time.monotonic() < began + 60, bridges
                bridges = json.loads(subprocess.check_output(command, env=environment))["bridges"]
            assert len(bridges) == 4, bridges
        finally:
            workers.terminate()
            workers.wait(30)
            sandbox.terminate()
            store.terminate()
