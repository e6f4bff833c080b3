"""The rows of a board, without a bridge and without a page."""

from __future__ import annotations

from datetime import UTC, datetime

from cover_bridge import CoverStatus, State, StatusChange, WatchEnded
from cover_bridge.notebook import _still
from cover_bridge.notebook._covers import Covers, progress_of

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def change(task_id: str, state: State, *images: str) -> StatusChange:
    final = state in ("succeeded", "failed")
    status = CoverStatus(task_id, state, final, NOON, images=images, created_at=NOON)
    return StatusChange(1, task_id, status, final)


def test_images_are_requested_once() -> None:
    covers = Covers(["a"], 0)
    assert not covers.take(change("a", "generating"))
    assert covers.take(change("a", "succeeded", "https://a.example/1.png"))
    assert not covers.take(change("a", "succeeded", "https://a.example/1.png"))


def test_a_cover_is_settled_when_its_thumbnails_exist() -> None:
    covers = Covers(["a", "b"], 0)
    covers.take(change("a", "succeeded", "https://a.example/1.png"))
    covers.take(WatchEnded(2, "b", "timeout"))
    assert not covers.is_settled
    covers["a"].sources = {}
    assert covers.is_settled


def test_a_final_status_that_was_under_way_counts() -> None:
    covers = Covers(["a", "b"], 0)
    covers.part(["a"], "stopped")
    assert covers.all["a"].state == "ended"
    covers.take(change("a", "failed"))
    assert covers.all["a"].state == "failed"
    assert list(covers.outcomes()) == ["a"]
    # A stop does not change covers that have already ended.
    covers.part(["a", "b"], "stopped")
    assert [cover.parted for cover in covers.all.values()] == [None, "stopped"]


def test_a_change_sends_only_what_changed() -> None:
    covers = Covers(["a", "b", "c"], 0)
    covers.take(change("b", "generating"))
    rows, announcement = covers.changes()
    assert [cover.task_id for cover in rows] == ["b"]
    assert announcement == "b: generating"
    assert covers.changes() == ([], "")


def test_many_changes_are_summarized() -> None:
    covers = Covers("abcd", 0)
    for task_id in "abcd":
        covers.take(change(task_id, "generating"))
    assert covers.changes()[1] == "4 generating"


def test_the_end_of_the_bridge_ends_all_open_covers() -> None:
    covers = Covers(["a", "b"], 0)
    covers.take(change("a", "failed"))
    covers.part(list(covers.all), "this bridge is closed")
    assert [cover.state for cover in covers.all.values()] == ["failed", "ended"]
    assert covers.all["b"].card().reason == "this bridge is closed"


def test_elapsed_time_begins_when_the_task_was_created() -> None:
    covers = Covers(["a"], 5)
    assert covers.all["a"].row()["since"] == 5
    covers.take(change("a", "generating"))
    assert covers.all["a"].row()["since"] == NOON.timestamp()
    covers.take(change("a", "failed"))
    assert covers.all["a"].row()["since"] is None


def test_progress_counts_all_images() -> None:
    seen = []
    for image, received, total in [(1, 5, 10), (2, 0, None), (2, 10, 10)]:
        report = {"image": image, "images": 2, "receivedBytes": received, "totalBytes": total}
        seen.append(progress_of(report))
    assert seen == [0.25, 0.5, 1.0]


def test_the_static_copy_embeds_a_limited_number_of_images() -> None:
    covers = Covers([f"cover-{number}" for number in range(1000)], 0)
    for task_id, cover in covers.all.items():
        covers.take(change(task_id, "succeeded", "https://a.example/1.png"))
        cover.sources = {"https://a.example/1.png": f"data:image/webp;base64,{'A' * 8000}"}
    page = _still.mime_bundle(covers, "cover-board-1", "noon")["text/html"]
    assert len(page) < 1_500_000
    assert 50 < page.count("<img") < 100
    # All other images are only links.
    assert page.count('href="https://a.example/1.png"') == 1000
