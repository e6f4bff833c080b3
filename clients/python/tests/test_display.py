"""The displays of covers: what they show, and what they never show."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cover_bridge import CoverStatus, Failure, StatusChange, TaskNotFound, Warning_, WatchEnded
from cover_bridge._display._html import COLOURS
from cover_bridge._display._words import STATES, span, summary

NOON = datetime(2099, 11, 26, 12, 0, tzinfo=timezone.utc)
PENDING = CoverStatus("first-light", "pending", False, NOON, created_at=NOON)
SUCCEEDED = CoverStatus(
    "first-light",
    "succeeded",
    True,
    NOON,
    images=("https://a.example/1.png", "http://127.0.0.1:4000/images/2.png"),
    created_at=NOON,
    completed_at=NOON + timedelta(seconds=65),
    expires_at=NOON + timedelta(days=14),
)
FAILED = CoverStatus("drive", "failed", True, NOON, failure=Failure("no such music", 501))
EVIL = "<script>alert(1)</script>\" onload='x' \x1b[2J \u202e"


class Page(HTMLParser):
    """The HTML as a browser would parse it."""

    def __init__(self, shown: Any) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, list[str | None]] = {}
        self.text = ""
        self._open: list[str] = []
        self.feed(shown._repr_html_())
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value)
        if tag != "img":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def text(shown: Any) -> str:
    found: str = shown._repr_mimebundle_()["text/plain"]
    return found


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (PENDING, ["pending", "first-light", "created 2099-11-26 12:00 UTC", "checked"]),
        (SUCCEEDED, ["succeeded", "first-light", "took 1 min 05 s", "kept until 2099-12-10"]),
        (replace(SUCCEEDED, expires_at=NOON - timedelta(days=40000)), ["were kept until"]),
        (FAILED, ["failed", "drive", "no such music"]),
        (replace(PENDING, warnings=(Warning_("odd", "it is odd"),)), ["it is odd"]),
        (StatusChange(7, "first-light", SUCCEEDED, True, "generating"), ["was generating"]),
        (StatusChange(1, "first-light", PENDING, False), ["pending"]),
        (WatchEnded(2, "drive", "timeout"), ["ended", "drive", "its time was up"]),
        (WatchEnded(2, "drive", "taskNotFound", TaskNotFound("not known")), ["ended", "not known"]),
    ],
)
def test_the_displayed_texts(shown: Any, words: list[str]) -> None:
    for word in words:
        assert word in text(shown)
        assert word in Page(shown).text


def test_images_are_thumbnails_with_links() -> None:
    page = Page(SUCCEEDED)
    assert page.attributes["src"] == list(SUCCEEDED.images)
    assert page.attributes["href"] == list(SUCCEEDED.images)
    assert page.attributes["alt"] == ["Image 1 of first-light", "Image 2 of first-light"]
    assert set(page.attributes["rel"]) == {"noopener noreferrer"}
    assert all(url in text(SUCCEEDED) for url in SUCCEEDED.images)


@pytest.mark.parametrize(
    "shown",
    [
        replace(SUCCEEDED, task_id=EVIL, images=(f"https://a.example/{EVIL}",)),
        replace(FAILED, task_id=EVIL, failure=Failure(EVIL)),
        replace(PENDING, warnings=(Warning_("odd", EVIL),)),
        WatchEnded(2, EVIL, EVIL),
        WatchEnded(2, EVIL, "taskNotFound", TaskNotFound(EVIL)),
    ],
)
def test_text_stays_text(shown: Any) -> None:
    page = Page(shown)
    assert set(page.tags) <= {"div", "span", "strong", "code", "bdi", "a", "img"}
    allowed = {"style", "href", "target", "rel", "src", "alt", "width", "height", "loading"}
    assert set(page.attributes) <= allowed | {"referrerpolicy"}
    for written in (shown._repr_html_(), text(shown)):
        assert "\x1b" not in written
        assert "\u202e" not in written


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/1.png",
        "http://127.0.0.1.a.example/1.png",
        "http://localhost@a.example/1.png",
        "https://user@a.example/1.png",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "file:///etc/passwd",
        "//a.example/1.png",
        "https://[1.png",
        "https:///1.png",
        "https://a.example/\n1.png",
        "",
    ],
)
def test_unsafe_images_are_not_shown(url: str) -> None:
    page = Page(replace(SUCCEEDED, images=(url,)))
    assert "src" not in page.attributes
    assert "href" not in page.attributes
    assert "1 image not shown" in page.text


@pytest.mark.parametrize("ground", ["#ffffff", "#111111", "#1e1e1e"])
def test_every_state_has_a_visible_colour(ground: str) -> None:
    assert set(COLOURS) == set(STATES)
    for colour in COLOURS.values():
        lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3, colour


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (0.6, "1 s"),
        (59.6, "1 min 00 s"),
        (65, "1 min 05 s"),
        (3600 * 25, "25 h 00 min"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert span(seconds) == words


def test_a_summary_counts() -> None:
    assert summary(["failed", "pending", "failed"]) == "3 covers: 2 failed, 1 pending"
    assert summary(["succeeded"]) == "1 cover: 1 succeeded"
    assert summary([]) == "no covers"


def test_display_code_is_loaded_only_when_needed() -> None:
    program = """
import sys
before = set(sys.modules)
import cover_bridge
print(*(name for name in sys.modules if name not in before))
"""
    root = Path(__file__).parent.parent
    loaded = subprocess.check_output([sys.executable, "-c", program], cwd=root, text=True)
    assert "cover_bridge._display" in loaded.split()
    unwanted = r"_display\.|_progress_line|notebook|anywidget|traitlets|IPython|PIL|html|marimo"
    assert not re.findall(unwanted, loaded)
