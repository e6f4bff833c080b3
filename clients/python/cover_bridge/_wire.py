"""JSON-RPC, written one text a line."""

from __future__ import annotations

import json
from typing import Any


def request(id: int | str, method: str, params: dict[str, Any]) -> bytes:
    return _line({"id": id, "method": method, "params": params})


def notification(method: str, params: dict[str, Any]) -> bytes:
    return _line({"method": method, "params": params})


def _line(message: dict[str, Any]) -> bytes:
    # A lone surrogate or a NaN fails here: the bridge could not say whose answer its error is.
    text = json.dumps(
        {"jsonrpc": "2.0", **message}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    )
    return text.encode() + b"\n"


FAREWELL = request("shutdown", "shutdown", {}) + notification("exit", {})
