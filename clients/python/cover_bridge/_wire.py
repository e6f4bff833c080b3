"""Writes JSON-RPC messages, one message per line."""

from __future__ import annotations

import json
from typing import Any


def request(id: int | str, method: str, params: dict[str, Any]) -> bytes:
    """Writes a request. JSON can hold the parameters, because they were checked before."""
    return _line({"id": id, "method": method, "params": params})


def notification(method: str, params: dict[str, Any]) -> bytes:
    return _line({"method": method, "params": params})


def _line(message: dict[str, Any]) -> bytes:
    whole = {"jsonrpc": "2.0", **message}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


FAREWELL = request("shutdown", "shutdown", {}) + notification("exit", {})
