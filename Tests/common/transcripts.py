"""Golden sessions: what is sent, and what must be answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def transcript(name: str) -> list[dict[str, Any]]:
    """The steps of a golden session, in order."""
    path = Path(__file__).parents[1] / "Transcripts" / f"{name}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def matches(actual: Any, expected: Any) -> bool:
    """Whether a message contains all expected members, at every depth."""
    if isinstance(expected, dict):
        return isinstance(actual, dict) and all(
            name in actual and matches(actual[name], value) for name, value in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(actual, list)
            and len(actual) == len(expected)
            and all(map(matches, actual, expected))
        )
    return bool(actual == expected)
