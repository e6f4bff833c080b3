"""CONTRIBUTING.md must name only existing files and functions, and must have a short glossary."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (.+?) \| (.+) \|$", re.MULTILINE)
STEP = re.compile(r"^\d+\. `([\w/+]+\.swift)`: (.+)$", re.MULTILINE)


def missing(text: str) -> list[str]:
    """The functions in the guided steps that the named file does not declare."""
    found: list[str] = []
    for file, names in STEP.findall(text):
        source = (ROOT / "Sources" / file).read_text(encoding="utf-8")
        found += [
            f"{file}: {name}"
            for name in re.findall(r"`(\w+)`", names)
            if not re.search(rf"\bfunc {name}\b", source)
        ]
    return found


def section(title: str) -> list[tuple[str, str]]:
    """The rows of the table below a heading, without the head of the table."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    part = text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [(first, second) for first, second in ROW.findall(part)][1:]


def test_each_question_names_files_that_exist() -> None:
    rows = [row for row in section("Where is it?") if not row[0].startswith("-")]
    assert len(rows) == 10
    for question, answer in rows:
        files = re.findall(r"`([\w./+-]+/[\w.+-]+)`", answer)
        assert len(files) == 1, question
        assert (ROOT / files[0]).is_file(), f"{question} {files[0]}"


def test_the_glossary_is_short() -> None:
    words = [word for word, _ in section("Glossary") if not word.startswith("-")]
    assert 10 <= len(words) <= 12
    assert len(set(words)) == len(words)


def test_each_step_of_the_walk_is_a_function() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert len(STEP.findall(text)) > 20
    assert missing(text) == []


def test_a_missing_function_is_found() -> None:
    line = "1. `CoverService/CoverService.swift`: `answer`, `nothingOfTheKind`"
    assert missing(line) == ["CoverService/CoverService.swift: nothingOfTheKind"]
