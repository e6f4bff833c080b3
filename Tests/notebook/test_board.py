"""Uses the board from Python, with the real bridge and without a page."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import signal
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from conftest import eventually
from cover_bridge import AsyncCoverBridge, BridgeDied, CoverBridge, CoverStatus, FileExists
from cover_bridge.notebook import CoverBoard
from PIL import Image


@pytest.fixture
def bridge() -> Iterator[CoverBridge]:
    with CoverBridge(sandbox=True, interval=0.05, rate=100) as bridge:
        yield bridge


def row(board: CoverBoard, index: int) -> dict[str, Any]:
    found: dict[str, Any] = getattr(board, f"cover{index}")
    return found


def run(main: Coroutine[Any, Any, None]) -> None:
    """Runs a coroutine on a thread, because the main thread may have the event loop of a
    browser."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, main).result(60)


def ends(board: CoverBoard, *states: str) -> None:
    """Waits until the rows of the board have these states."""
    eventually(lambda: [row(board, index)["state"] for index in range(len(states))] == [*states])


def test_the_board_follows_to_the_end(bridge: CoverBridge) -> None:
    board = CoverBoard(["success-2s-a", "fail-2s-b", "pending-c"], bridge, timeout=8)
    assert [row(board, index)["state"] for index in range(3)] == ["pending"] * 3
    outcomes = board.wait(60)
    assert list(outcomes) == ["success-2s-a", "fail-2s-b", "pending-c"]
    ends(board, "succeeded", "failed", "ended")
    assert board.summary == "3 covers: 1 succeeded, 1 failed, 1 ended"
    assert "asked for a failure" in row(board, 1)["reason"]
    assert "time was up" in row(board, 2)["reason"]
    assert row(board, 0)["canDownload"]
    assert not any(row(board, index)["canStop"] for index in range(3))


def test_thumbnails_are_small_and_come_before_the_end(bridge: CoverBridge) -> None:
    board = CoverBoard("success-0s-a", bridge)
    status = board.wait(60)["success-0s-a"]
    assert isinstance(status, CoverStatus)
    images: list[dict[str, str]] = board.images0
    assert [image["url"] for image in images] == [*status.images]
    for image in images:
        kind, data = image["source"].split(",")
        assert kind == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert max(picture.size) <= 144


def test_await_in_a_running_loop_with_the_bridge_of_asyncio() -> None:
    async def main() -> None:
        async with AsyncCoverBridge(sandbox=True, interval=0.05, rate=100) as bridge:
            first = CoverBoard(["success-0.2s-a"], bridge)
            second = CoverBoard(["success-0.2s-a", "fail-0.1s-b"], bridge)
            assert list(await second) == ["success-0.2s-a", "fail-0.1s-b"]
            assert list(await first) == ["success-0.2s-a"]
            # The board must not close a bridge that the caller opened.
            await bridge.ping()

    run(main())


def test_a_cancelled_await_leaves_the_board_unchanged(bridge: CoverBridge) -> None:
    board = CoverBoard("success-0.5s-a", bridge)

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(board, 0.01)

    run(main())
    assert list(board.wait(60)) == ["success-0.5s-a"]


def test_wait_reaches_its_timeout_with_a_message(bridge: CoverBridge) -> None:
    board = CoverBoard("pending-a", bridge)
    with pytest.raises(TimeoutError, match="not every cover was final after"):
        board.wait(0.05)


def test_stop_ends_a_watch_for_every_board_of_the_bridge(bridge: CoverBridge) -> None:
    first = CoverBoard(["pending-a", "success-0.5s-b"], bridge)
    second = CoverBoard(["pending-a", "pending-c"], bridge)
    eventually(lambda: len(bridge.watches()) == 3)
    first.stop("pending-a")
    ends(second, "ended", "pending")
    assert list(first.wait(60)) == ["success-0.5s-b"]
    ends(first, "ended", "succeeded")
    assert row(first, 0)["reason"] == "not followed any more"
    second.stop()
    assert list(second.wait(60)) == []


def test_stop_without_a_name_ends_all(bridge: CoverBridge) -> None:
    board = CoverBoard(["pending-a", "pending-b"], bridge)
    eventually(lambda: len(bridge.watches()) == 2)
    board.stop()
    assert board.wait(60) == {}
    assert bridge.watches() == []


def test_buttons(bridge: CoverBridge, tmp_path: Path) -> None:
    board = CoverBoard(["success-0s-a", "pending-b"], bridge, directory=tmp_path)
    ends(board, "succeeded", "pending")
    eventually(lambda: row(board, 0)["canDownload"])
    press(board, press="download", index=0)
    eventually(lambda: row(board, 0)["note"] == f"2 images saved to {tmp_path}")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "success-0s-a-1.png",
        "success-0s-a-2.png",
    ]
    press(board, press="download", index=None)
    eventually(lambda: "exists already" in row(board, 0)["note"])
    assert "exists already" in board.announcement
    press(board, press="stop", index=1)
    ends(board, "succeeded", "ended")


def press(board: CoverBoard, **content: Any) -> None:
    """Sends the message that the page sends when a button is pressed."""
    board._handle_custom_msg(content, [])


def test_download_returns_files_and_shows_its_progress(bridge: CoverBridge, tmp_path: Path) -> None:
    board = CoverBoard(["success-0s-a", "fail-0s-b", "success-0s-c"], bridge)
    board.wait(60)
    seen: list[float] = []
    board.observe(lambda change: seen.append(change["new"]["progress"]), "cover0")
    files = board.download(tmp_path)
    assert [Path(file.path).name for file in files] == [
        "success-0s-a-1.png",
        "success-0s-a-2.png",
        "success-0s-c-1.png",
        "success-0s-c-2.png",
    ]
    eventually(lambda: seen and seen[-1] is None)
    assert row(board, 0)["canDownload"]
    with pytest.raises(FileExists):
        board.download(tmp_path)
    assert len(board.download(tmp_path, overwrite=True)) == 4


def test_the_board_shows_the_death_of_the_bridge(bridge: CoverBridge) -> None:
    board = CoverBoard(["pending-a", "success-0s-b"], bridge)
    ends(board, "pending", "succeeded")
    eventually(lambda: bridge.pid and board.images1[0]["source"])
    assert bridge.pid is not None
    os.kill(bridge.pid, signal.SIGKILL)
    with pytest.raises(BridgeDied):
        board.wait(60)
    ends(board, "ended", "succeeded")
    assert "bridge" in row(board, 0)["reason"]


def test_a_second_board_shares_the_bridge_of_the_kernel() -> None:
    first, again = (CoverBoard("success-0s-a", sandbox=True) for _ in range(2))
    other = CoverBoard("success-0s-a", sandbox=True, rate=9)
    assert first._following.bridge is again._following.bridge
    assert first._following.bridge is not other._following.bridge
    # The kernel's bridge has ended, so the next board gets another bridge.
    first.wait(60)
    again.wait(60)
    first._following.bridge.close()
    after = CoverBoard("success-0s-a", sandbox=True)
    assert list(after.wait(60)) == ["success-0s-a"]
    after._following.bridge.close()
    other._following.bridge.close()


def test_a_failing_observer_does_not_stop_the_board(
    bridge: CoverBridge, caplog: pytest.LogCaptureFixture
) -> None:
    board = CoverBoard("success-0.2s-a", bridge)
    board.observe(lambda change: 1 / 0, "cover0")
    assert list(board.wait(60)) == ["success-0.2s-a"]
    assert "a board could not be shown" in caplog.text


def test_images_that_cannot_be_read_are_shown_as_links(
    bridge: CoverBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any) -> str:
        raise SyntaxError("broken PNG file")

    monkeypatch.setattr("cover_bridge.notebook._thumbnails.data_url", fails)
    board = CoverBoard("success-0s-a", bridge)
    board.wait(60)
    assert [image["source"] == image["url"] for image in board.images0] == [True, True]


def test_a_full_disk_does_not_prevent_the_end(
    bridge: CoverBridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*given: Any) -> dict[str, str]:
        raise OSError("No space left on device")

    monkeypatch.setattr("cover_bridge.notebook._following.thumbnails", fails)
    assert list(CoverBoard("success-0s-a", bridge).wait(60)) == ["success-0s-a"]


def test_announcements_are_few(bridge: CoverBridge) -> None:
    said: list[str] = []
    ids = [f"success-0s-{number}" for number in range(40)]
    board = CoverBoard(ids, bridge)
    board.observe(lambda change: said.append(change["new"]), "announcement")
    board.wait(60)
    eventually(lambda: board.summary == "40 covers: 40 succeeded")
    assert any("succeeded" in each for each in said)
    assert all(each.count(". ") <= 2 for each in said)
