"""Downloads to unusual disks: without hard links, or slow."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from bridge import BINARY, Bridge


def download(folder: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BINARY, "download", "success-0s", "--sandbox", "--directory", str(folder)],
        capture_output=True,
        text=True,
        timeout=30,
        env=env,
    )


def check_downloads(folder: Path, env: dict[str, str] | None = None) -> None:
    """Checks downloads.

    Images are saved whole, an existing image is not replaced, and no other file is left.
    """
    saved = download(folder, env)
    assert (saved.returncode, saved.stderr) == (0, "")
    names = ["success-0s-1.png", "success-0s-2.png"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.iterdir())
    (folder / names[0]).write_bytes(b"mine")
    (folder / names[1]).unlink()
    assert download(folder, env).returncode == 8
    assert [path.read_bytes() for path in folder.iterdir()] == [b"mine"]


@pytest.mark.parametrize(
    "habits",
    [
        {"DISK_WITHOUT_LINKS": "1"},
        {"DISK_WITHOUT_LINKS": "1", "DISK_WITHOUT_EXCLUSIVE_RENAME": "1"},
        {},
    ],
)
def test_a_disk_without_hard_links(
    habits: dict[str, str], preloaded: dict[str, str], tmp_path: Path
) -> None:
    check_downloads(tmp_path / "covers", {**preloaded, **habits})


def test_a_slow_disk_does_not_delay_queries(preloaded: dict[str, str], tmp_path: Path) -> None:
    env = {**preloaded, "DISK_DELAY": "5"}
    with Bridge("serve", "--sandbox", "--rate", "1000", env=env) as bridge:
        for number in range(12):
            params = {"taskId": f"success-0s-{number}", "directory": str(tmp_path / str(number))}
            bridge.send("cover/download", params, id=number)
        saved = 0
        # The bridge writes one image after the other. Only the download waits for the disk.
        for number in range(100, 110):
            bridge.send("cover/status", {"taskId": "pending"}, id=number)
            while (message := bridge.line())["id"] != number:
                saved += "result" in message
        assert saved == 0
