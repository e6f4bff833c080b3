"""Converts requests of web frameworks into the parameters of ``cover/callback``."""

from __future__ import annotations

from typing import Any

import pytest

from cover_bridge._requests import callback

SIGNED = {"timestamp": "1", "signature": "s="}


@pytest.mark.parametrize(
    ("body", "headers", "wanted"),
    [
        ('{"a":1}', {}, {"body": '{"a":1}'}),
        (b'{"a":"\xc3\xa4"}', (), {"body": '{"a":"ä"}'}),
        (b"\xff", {}, {"body": "\ufffd"}),
        ('{"a":"\ud83d"}', {}, {"body": '{"a":"\ufffd"}'}),
        ('{"a":"\ud83d\ude00😀"}', {}, {"body": '{"a":"😀😀"}'}),
        ({"a": "\ud83d"}, {}, {"body": r'{"a": "\ud83d"}'}),
        ({"a": "😀"}, {}, {"body": r'{"a": "\ud83d\ude00"}'}),
        ({"a": 1}, {"Host": "h"}, {"body": '{"a": 1}'}),
        ("", {"X-Webhook-Timestamp": "1", "X-WEBHOOK-SIGNATURE": "s="}, {"body": "", **SIGNED}),
        # ASGI frameworks have this form.
        (
            "",
            [(b"X-Webhook-Timestamp", b"1"), (b"x-webhook-signature", b"s=")],
            {"body": "", **SIGNED},
        ),
        ("", {"X-Webhook-Timestamp": "\udcff"}, {"body": "", "timestamp": "?"}),
        ("", [("x-webhook-timestamp", "1"), ("x-webhook-signature", "s=")], {"body": "", **SIGNED}),
    ],
)
def test_parameters(body: Any, headers: Any, wanted: dict[str, Any]) -> None:
    assert callback(body, headers).params == wanted
