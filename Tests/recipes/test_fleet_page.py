"""The worked example of clients/FLEET.md, exactly as written: four scripts and one file."""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "clients/FLEET.md").read_text()
SCRIPTS = ("one", "two", "three", "four")
STATES = ["pending", "generating", "succeeded"]


def test_four_scripts_query_as_one_would(tmp_path: Path) -> None:
    (shell,) = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (python,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "follow.py").write_text(python)
    bridge = os.environ["COVER_BRIDGE"]
    with subprocess.Popen([bridge, "sandbox"], stdout=subprocess.PIPE, text=True) as sandbox:
        assert sandbox.stdout
        url = sandbox.stdout.readline().strip()
        environment = {
            **os.environ,
            "KIE_API_ENDPOINT": url,
            "KIE_API_KEY": "any-key-123456",
            # Each script writes all its lines at once.
            "PYTHONUNBUFFERED": "",
            "PYTHONPATH": str(ROOT / "clients/python"),
        }
        done = subprocess.run(
            ["sh", "-c", shell],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        with urllib.request.urlopen(f"{url}/sandbox/stats") as response:
            stats = json.load(response)
        sandbox.terminate()
    lines = done.stdout.splitlines()
    for script in SCRIPTS:
        for task in ("success-3s-a", "success-4s-b"):
            states = [line.split()[2] for line in lines if line.startswith(f"{script} {task} ")]
            seen = [state for state in STATES if state in states]
            assert states == seen and seen[-1] == "succeeded", (done.stdout, done.stderr)
    saved = [int(line.split()[1]) for line in lines if line.endswith(" queries saved")]
    assert len(saved) == len(SCRIPTS) and sum(saved) > 0, done.stdout
    # Alone, each script would make about four queries for one task and five for the other.
    assert stats["requests"] <= 15, (stats, done.stdout)
    assert (tmp_path / "covers.fleet").exists()
