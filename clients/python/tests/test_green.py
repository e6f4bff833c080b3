"""gevent and eventlet, which turn the threads of the standard library into green threads."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .conftest import FAKE, Heard

ROOT = Path(__file__).parent.parent
PATCHES = {
    "gevent": "from gevent import monkey, sleep, spawn, Timeout; monkey.patch_all()",
    "eventlet": (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import eventlet; eventlet.monkey_patch()\n"
        "from eventlet import sleep, spawn, Timeout"
    ),
}
MOST = {
    "gevent": "from gevent import monkey; monkey.patch_all(thread=False)",
    "eventlet": (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import eventlet; eventlet.monkey_patch(select=False)"
    ),
}
LIBRARIES = [
    pytest.param(
        library, marks=pytest.mark.skipif(not importlib.util.find_spec(library), reason=library)
    )
    for library in PATCHES
]


def green(*parts: str) -> str:
    """Runs a script for at most half a minute, and returns its output. Stderr must stay empty."""
    head = f"import time\nFAKE = {FAKE!r}"
    text = "\n".join([parts[0], head, *map(textwrap.dedent, parts[1:])])
    # eventlet cannot import dnspython 2.9 beside trio and the httpx2 of the package mcp.
    env = {**os.environ, "PYTHONPATH": str(ROOT), "EVENTLET_NO_GREENDNS": "yes"}
    done = subprocess.run(
        [sys.executable, "-c", text],
        env=env,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("imported", ["first", "last"])
def test_calls_and_watches_beside_others(library: str, imported: str) -> None:
    parts = [PATCHES[library], "from cover_bridge import *"]
    if imported == "first":
        parts.reverse()
    out = green(
        *parts,
        """
        ticks = []
        def tick():
            while True:
                ticks.append(time.monotonic())
                sleep(0.01)
        spawn(tick)
        with CoverBridge(command=FAKE, on_health=print) as bridge:
            bridge.ping()
            print(*[event.status.state for event in bridge.watch("success")])
            # A bridge that takes its time, and answers of more than a pipe holds.
            bridge.status("slow:0.5")
            print(len(bridge.status("huge").callback_url))
            changes = bridge.watch("many:5000")
            print(sum(1 for _ in changes))
            print(len(bridge.status("x" * 1_000_000).task_id))
        gaps = [late - early for early, late in zip(ticks, ticks[1:])]
        print(len(ticks) > 20, max(gaps) < 5)
    """,
    )
    assert out == "pending generating succeeded\n1048576\n5001\n1000000\nTrue True\n"


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_timeout_cancels_and_a_death_is_noticed(library: str, heard: Heard) -> None:
    out = green(
        PATCHES[library],
        """
        import logging, os, signal
        logging.disable()
        from cover_bridge import *
        bridge = CoverBridge(command=FAKE, restart=True)
        changes = bridge.watch("open")
        print(next(changes).status.state)
        try:
            with Timeout(0.2):
                bridge.wait("x")
        except Timeout:
            print("cancelled")
        bridge.ping()
        old = bridge.pid
        os.kill(old, signal.SIGKILL)
        try:
            bridge.wait("y")
        except BridgeDied as error:
            print(error.exit_code)
        bridge.ping()
        print(bridge.pid != old)
        bridge.close()
    """,
    )
    assert out == "pending\ncancelled\n-9\nTrue\n"
    assert len(heard.messages("$/cancelRequest")) == 1


@pytest.mark.parametrize("library", LIBRARIES)
def test_an_incomplete_patch_is_refused_at_once(library: str) -> None:
    out = green(
        MOST[library],
        """
        from cover_bridge import *
        began = time.monotonic()
        try:
            CoverBridge(command=FAKE)
        except CannotRun as error:
            print(error)
        assert time.monotonic() - began < 10
    """,
    )
    assert out.startswith(f"{library} has patched ")
    assert " but not " in out


@pytest.mark.skipif(not importlib.util.find_spec("gevent"), reason="gevent")
def test_a_green_thread_in_a_forked_child_leaves_the_bridge_alone() -> None:
    out = green(
        PATCHES["gevent"],
        """
        import os, sys
        from cover_bridge import *
        bridge = CoverBridge(command=FAKE)
        child = os.fork()
        if child == 0:
            try:
                bridge.ping()
            except BridgeClosed as error:
                # The numbers of the pipes are given out again.
                files = [open("/dev/zero", "rb") for _ in range(8)]
                sleep(0.2)
                print(error, flush=True)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        bridge.ping()
        bridge.close()
    """,
    )
    assert out == "this bridge belongs to the parent process\n"
