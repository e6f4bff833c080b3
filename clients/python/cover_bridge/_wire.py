"""JSON-RPC, written one text a line."""

from __future__ import annotations

import json
from typing import Any

from ._errors import InvalidParams


def request(id: int | str, method: str, params: dict[str, Any]) -> bytes:
    """Raises ``InvalidParams`` for what is no JSON, as bytes are, or a lone surrogate, or a NaN.

    The bridge could not say whose answer its error is.
    """
    try:
        return _line({"id": id, "method": method, "params": params})
    except (TypeError, ValueError, RecursionError):
        refusal = _refusal(params)
    # Here, where it has no context: that would hold the value, which may be a secret.
    raise refusal


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
