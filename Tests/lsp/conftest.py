"""A home folder for editors. The bridge is in the PATH, and there are no settings and no key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from editors import Place


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A home folder for an editor, with the bridge in the PATH."""
    bridge = os.environ.get("COVER_BRIDGE")
    assert bridge, "COVER_BRIDGE must name the binary"
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/cover-bridge").symlink_to(Path(bridge).resolve())
    return Place(tmp_path)
