"""Writes JSON-RPC messages, one message per line."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from ._errors import InvalidParams


def request(id: int | str, method: str, params: dict[str, Any]) -> bytes:
    """Writes a request.

    Raises ``InvalidParams`` for values that JSON cannot hold: bytes, half a surrogate pair, or a
    NaN. The bridge cannot read such a message, so it could not name the call.
    """
    with suppress(TypeError, ValueError, RecursionError):
        return _line({"id": id, "method": method, "params": params})
    # The error is raised outside of the `except` block. Otherwise its context would contain the
    # value, which may be a secret.
    raise _refusal(params)


def notification(method: str, params: dict[str, Any]) -> bytes:
    return _line({"method": method, "params": params})


def _line(message: dict[str, Any]) -> bytes:
    return _encoded({"jsonrpc": "2.0", **message}) + b"\n"


def _encoded(value: object) -> bytes:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _refusal(params: dict[str, Any]) -> InvalidParams:
    for name, value in params.items():
        try:
            _encoded(value)
        except UnicodeEncodeError as error:
            return invalid_parameter(name, f"is no text: {error.reason}")
        except (TypeError, ValueError, RecursionError) as error:
            return invalid_parameter(name, f"cannot be written as JSON ({type(error).__name__})")
    return InvalidParams("the parameters cannot be written as JSON")


def invalid_parameter(name: str, reason: str) -> InvalidParams:
    data = {"kind": InvalidParams.kind, "retryable": False, "parameter": name}
    return InvalidParams(f'the parameter "{name}" {reason}', data=data)


FAREWELL = request("shutdown", "shutdown", {}) + notification("exit", {})
