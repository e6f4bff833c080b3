"""Decoding JSON into shapes."""

from __future__ import annotations

import copy
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import cover_bridge
from cover_bridge._decode import decode, decode_error, decode_time

FULL: dict[str, Any] = {
    "taskId": "t",
    "parentTaskId": "p",
    "state": "failed",
    "final": True,
    "images": ["https://a/1.png", "https://a/2.png"],
    "createdAt": "2026-01-02T03:04:05.000Z",
    "completedAt": "2026-01-02T03:04:06.001Z",
    "expiresAt": "2026-01-16T03:04:06.001Z",
    "failure": {"code": None, "message": "why"},
    "callbackUrl": "https://c",
    "warnings": [],
    "checkedAt": "2026-01-02T03:04:07.999Z",
    "record": {"successFlag": 3},
}


def test_a_full_status() -> None:
    status = decode(cover_bridge.CoverStatus, FULL)
    assert status.images == ("https://a/1.png", "https://a/2.png")
    assert status.failure == cover_bridge.Failure("why")
    assert status.expires_at is not None
    assert status.completed_at is not None
    assert status.expires_at - status.completed_at == timedelta(days=14)
    assert status.record == {"successFlag": 3}


def test_a_status_with_a_record_can_be_in_a_set() -> None:
    status = decode(cover_bridge.CoverStatus, FULL)
    other = decode(cover_bridge.CoverStatus, {**FULL, "record": {"successFlag": 1}})
    assert len({status, decode(cover_bridge.CoverStatus, FULL), other}) == 2


def test_a_page_of_the_journal_has_both_kinds_of_events() -> None:
    change = {"sequence": 1, "taskId": "t", "previous": None, "status": FULL, "final": True}
    ended = {"sequence": 2, "taskId": "u", "reason": "timeout", "error": None}
    value = {"changes": [change, ended], "lastSequence": 2, "more": False}
    page = decode(cover_bridge.Changes, value)
    assert page.changes[0] == decode(cover_bridge.StatusChange, change)
    assert page.changes[1] == cover_bridge.WatchEnded(2, "u", "timeout")
    with pytest.raises(cover_bridge.ProtocolError):
        decode(cover_bridge.Changes, {**value, "changes": [{"sequence": 1}]})


def test_null_and_absent_are_the_same() -> None:
    optional = ["parentTaskId", "createdAt", "completedAt", "expiresAt", "failure", "callbackUrl"]
    nulls = {**FULL, **dict.fromkeys(optional)}
    absent = {name: value for name, value in FULL.items() if name not in optional}
    assert decode(cover_bridge.CoverStatus, nulls) == decode(cover_bridge.CoverStatus, absent)


@pytest.mark.parametrize("missing", ["taskId", "state", "final", "checkedAt"])
def test_required_members(missing: str) -> None:
    value = {name: each for name, each in FULL.items() if name != missing}
    with pytest.raises(cover_bridge.ProtocolError, match="CoverStatus"):
        decode(cover_bridge.CoverStatus, value)


@pytest.mark.parametrize("value", [None, 1, [], "text", {**FULL, "checkedAt": "yesterday"}])
def test_values_that_are_no_status(value: Any) -> None:
    with pytest.raises(cover_bridge.ProtocolError):
        decode(cover_bridge.CoverStatus, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, 0, timezone.utc)),
        ("2026-01-02T03:04:05.678+02:00", datetime(2026, 1, 2, 1, 4, 5, 678000, timezone.utc)),
    ],
)
def test_times_are_aware_and_utc(text: str, expected: datetime) -> None:
    assert decode_time(text) == expected
    assert decode_time(text).tzinfo is timezone.utc


def test_an_error_without_data() -> None:
    error = decode_error({"code": -32000, "message": "odd"})
    assert type(error) is cover_bridge.CoverBridgeError
    assert (error.code, error.kind, error.retryable) == (-32000, "unknown", False)


def test_all_members_of_an_error() -> None:
    data = {
        "kind": "serverError",
        "retryable": True,
        "retryAfter": 2,
        "httpStatus": 502,
        "apiCode": 777,
        "apiMessage": "busy",
        "taskId": "t",
        "parameter": "p",
        "addedLater": 1,
    }
    error = decode_error({"code": 500, "message": "m", "data": data})
    assert isinstance(error, cover_bridge.ServerError)
    assert (error.retry_after, error.http_status, error.api_code) == (2, 502, 777)
    assert (error.api_message, error.task_id, error.parameter) == ("busy", "t", "p")
    assert error.data == data


def test_errors_and_shapes_can_be_pickled_and_copied() -> None:
    last = decode(cover_bridge.CoverStatus, FULL)
    data = {"kind": "waitTimeout", "retryable": True, "last": FULL}
    error = decode_error({"code": 1005, "message": "m", "data": data})
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert isinstance(twin, cover_bridge.WaitTimeout)
        assert (str(twin), twin.code, twin.last) == ("m", 1005, last)
    assert pickle.loads(pickle.dumps(last)) == last


@pytest.mark.parametrize(
    ("api_message", "text"),
    [(None, "No."), ("", "No."), ("No", "No."), ("why", "No. The API says: why")],
)
def test_an_error_has_the_message_of_the_api(api_message: str | None, text: str) -> None:
    error = decode_error({"code": 422, "message": "No.", "data": {"apiMessage": api_message}})
    assert (str(error), error.message, error.api_message) == (text, text, api_message)
