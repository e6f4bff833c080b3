"""The wheel must contain the parts for notebooks."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

from conftest import ROOT


def test_the_wheel_has_the_page_and_the_extra(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT / "clients/python", check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("METADATA"))
    for name in ("board.js", "board.css", "_board.py"):
        assert f"cover_bridge/notebook/{name}" in names
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert "Provides-Extra: notebook" in metadata
    # Only the extra `notebook` may have requirements.
    assert all("extra ==" in line for line in required)
    assert any("anywidget" in line and "notebook" in line for line in required)
