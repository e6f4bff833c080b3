"""Fixtures for several tests of a bridge's life."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def preloaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables that give a process the disk of `shy_disk.c`."""
    library = tmp_path_factory.mktemp("disk") / "shy_disk.so"
    source = Path(__file__).with_name("shy_disk.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return {**os.environ, "LD_PRELOAD": str(library)}
