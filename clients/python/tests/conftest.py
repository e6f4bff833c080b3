from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cover_bridge import AsyncCoverBridge, CoverBridge

FAKE = [sys.executable, str(Path(__file__).parent / "fake_bridge.py")]

Fake = Callable[..., CoverBridge]
Real = Callable[..., CoverBridge]
AsyncFake = Callable[..., AsyncCoverBridge]
Found = TypeVar("Found")


class Heard:
    """The messages that the fake bridge has read so far."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> list[dict[str, Any]]:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return [json.loads(line) for line in lines]

    def messages(self, method: str) -> list[dict[str, Any]]:
        return [message for message in self.all() if message["method"] == method]

    def expect(self, method: str, count: int = 1) -> list[dict[str, Any]]:
        """Waits until the fake bridge has read this many messages of the method."""
        return eventually(lambda: found if len(found := self.messages(method)) >= count else None)


def eventually(look: Callable[[], Found | None]) -> Found:
    """Calls ``look`` until it returns a true value, for at most a minute. Returns this value."""
    deadline = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.005)
    return found


def bridge_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("cover-bridge")]


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    yield
    eventually(lambda: not bridge_threads())


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Heard:
    monkeypatch.setenv("FAKE_LOG", str(tmp_path / "heard.jsonl"))
    return Heard(tmp_path / "heard.jsonl")


@pytest.fixture
def fake(heard: Heard) -> Fake:
    return partial(CoverBridge, command=FAKE)


@pytest.fixture
def async_fake(heard: Heard) -> AsyncFake:
    return partial(AsyncCoverBridge, command=FAKE)


@pytest.fixture(scope="session")
def binary() -> str:
    """The real binary. If it is missing, tests are skipped, except in CI."""
    found = os.environ.get("COVER_BRIDGE")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("COVER_BRIDGE is not set")
        pytest.skip("COVER_BRIDGE is not set")
    return found


@pytest.fixture
def real(binary: str) -> Real:
    return partial(CoverBridge, sandbox=True, interval=0.05, rate=100, command=binary)


@pytest.fixture
def gated_api(tmp_path: Path) -> Iterator[str]:
    """An API whose tasks advance when the test creates files in a folder (gated_api.py)."""
    script = Path(__file__).parents[2] / "conformance/gated_api.py"
    with subprocess.Popen(
        [sys.executable, "-S", str(script), str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()


@pytest.fixture
def endpoint(binary: str) -> Iterator[str]:
    """The pretend API in a separate process."""
    with subprocess.Popen([binary, "sandbox"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()
