"""Programs that start a bridge with few resources, or at their own end."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from .conftest import FAKE

ROOT = Path(__file__).parent.parent
HEAD = f"""
import logging, os, resource, signal, sys, time
from cover_bridge import *
logging.disable()
FAKE = {FAKE!r}
def reap():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        pass
"""


def result(text: str, *options: str, redirect: str = "") -> str:
    """Runs a script for at most a minute, and returns its output.

    The script must write nothing to stderr.
    """
    line = f'exec "$@" {redirect}'
    done = subprocess.run(
        ["sh", "-c", line, "sh", sys.executable, *options, "-c", HEAD + textwrap.dedent(text)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


@pytest.mark.skipif(sys.version_info < (3, 11), reason="a Popen that fails leaks there")
def test_few_descriptors() -> None:
    out = result("""
        resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))
        taken = []
        try:
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        started = 0
        # One more is free each time: it works, or says why at once, and leaves nothing.
        for free in range(20):
            began = time.monotonic()
            try:
                CoverBridge(command=FAKE).close()
                started += 1
            except CannotRun as error:
                assert "Too many open files" in str(error), error
                assert not started
            assert time.monotonic() - began < 25
            os.close(taken.pop())
        print(started > 2)
    """)
    assert out == "True\n"


def test_few_descriptors_later() -> None:
    out = result("""
        resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
        with CoverBridge(command=FAKE) as bridge:
            taken = []
            try:
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            except OSError:
                pass
            # More than a pipe holds, both ways.
            print(len(bridge.status("x" * 1_000_000).task_id))
            print(len(bridge.status("huge").callback_url))
    """)
    assert out == "1000000\n1048576\n"


@pytest.mark.parametrize("redirect", ["<&-", "2>&-", "<&- 2>&-"])
def test_without_the_standard_descriptors(redirect: str) -> None:
    out = result(
        """
        with CoverBridge(command=FAKE, restart=True) as bridge:
            print(*[event.status.state for event in bridge.watch("success")])
    """,
        redirect=redirect,
    )
    assert out == "pending generating succeeded\n"


@pytest.mark.parametrize("options", [["-O"], ["-OO"], ["-X", "dev", "-W", "error"], ["-bb"]])
def test_other_ways_to_run_python(options: list[str]) -> None:
    out = result(
        """
        with CoverBridge(command=FAKE, restart=True, on_health=lambda health: None) as bridge:
            bridge.stats()
            print(*[event.status.state for event in bridge.watch("success")])
            try:
                bridge.status("die")
            except BridgeDied as error:
                print(error)
            bridge.ping()
        try:
            CoverBridge(command="/nowhere")
        except BridgeNotFound as error:
            print(error)
    """,
        *options,
    )
    assert out.splitlines()[0] == "pending generating succeeded"
    assert out.splitlines()[-1] == "cannot start /nowhere: No such file or directory"


@pytest.mark.skipif(sys.version_info < (3, 13), reason="no interpreters like that")
def test_an_unsupported_interpreter_says_so_at_once() -> None:
    out = result(f"""
        import _interpreters
        other = _interpreters.create()
        error = _interpreters.exec(other, '''if True:
            import sys
            sys.path[:] = {sys.path!r}
            sys.path.insert(0, {str(ROOT)!r})
            from cover_bridge import *
            try:
                CoverBridge(command=["true"])
            except CannotRun as error:
                print(error, flush=True)
        ''')
        assert error is None, error
        # From Python 3.14 on, an interpreter that stays causes a warning.
        _interpreters.destroy(other)
    """)
    assert "one did not start: daemon threads are disabled" in out


def test_a_start_at_the_end_of_the_interpreter() -> None:
    out = result("""
        import atexit
        def late():
            try:
                with CoverBridge(command=FAKE) as bridge:
                    bridge.ping()
                print("works", flush=True)
            except CannotRun as error:
                print("says why", flush=True)
        atexit.register(late)
    """)
    assert out in ("works\n", "says why\n")
