"""Checks messages with lsprotocol, which is generated from the specification."""

from __future__ import annotations

from typing import Any

from lsprotocol import converters, types

_CONVERTER = converters.get_converter()


def fault(message: Any, method: str | None) -> str | None:
    """Returns the fault of a message, or None.

    For a response, ``method`` is that of the request. For other messages, it is their own method.
    """
    if "error" in message:
        kind: Any = types.ResponseErrorMessage
    elif method in types.METHOD_TO_TYPES:
        request, response, *_ = types.METHOD_TO_TYPES[method]
        kind = request if "method" in message else response
    else:
        return f"{method} is no method of the specification"
    pairs = [(message, kind)]
    if kind is types.CodeActionResponse:
        # lsprotocol would decode each code action with a command as a command. So the kind of each
        # item is chosen here.
        pairs = [
            (item, types.CodeAction if isinstance(item["command"], dict) else types.Command)
            for item in message["result"]
        ]
    for value, kind in pairs:
        try:
            read = _CONVERTER.structure(value, kind)
        except Exception as error:
            return f"{method}: {error!r}: {value}"
        # lsprotocol drops members that the specification does not have.
        if _without_null(_CONVERTER.unstructure(read)) != _without_null(value):
            return f"{method}: {value}"
    return None


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_null(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_null(item) for item in value]
    return value
