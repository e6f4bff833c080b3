"""CONTRIBUTING.md names functions that are there: the list is held to the sources."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEP = re.compile(r"^\d+\. `([\w/+]+\.swift)`: (.+)$", re.MULTILINE)


def missing(text: str) -> list[str]:
    """The steps of the walk whose function is not declared in the file that they name."""
    found: list[str] = []
    for file, names in STEP.findall(text):
        source = (ROOT / "Sources" / file).read_text(encoding="utf-8")
        found += [
            f"{file}: {name}"
            for name in re.findall(r"`(\w+)`", names)
            if not re.search(rf"\bfunc {name}\b", source)
        ]
    return found


def test_each_step_of_the_walk_is_a_function() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(STEP.findall(text)) > 20
    assert missing(text) == []


def test_a_function_that_is_gone_is_found() -> None:
    line = "1. `CoverService/CoverService.swift`: `answer`, `nothingOfTheKind`"
    assert missing(line) == ["CoverService/CoverService.swift: nothingOfTheKind"]
