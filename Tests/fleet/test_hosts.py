"""Runs `fleet_hosts.py`, with three hosts and one Redis, in a network of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("fleet_hosts.py")


def test_both_sides_of_a_partition_keep_their_promises() -> None:
    as_root = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    own_network = ["unshare", *as_root, "--net"]
    trial = [*own_network, "ip", "link", "add", "near", "type", "veth", "peer", "name", "far"]
    refused = subprocess.run(trial, capture_output=True, text=True)
    if refused.returncode:
        pytest.skip(f"no network of its own can be made here: {refused.stderr.strip()}")
    done = subprocess.run(
        [*own_network, sys.executable, str(SCRIPT)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=240,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
