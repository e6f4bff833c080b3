"""JSON into the shapes of ``_types``, driven by their fields and type hints."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from ._errors import BY_KIND, CoverBridgeError, ProtocolError, WaitTimeout
from ._types import CoverStatus

Shape = TypeVar("Shape")
Decoder = Callable[[Any], Any]


def decode(shape: type[Shape], value: Any) -> Shape:
    """``value`` as a ``shape``; a ``ProtocolError`` where it does not fit."""
    try:
        result: Shape = _record_decoder(typing.cast(type, shape))(value)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ProtocolError(f"the bridge sent no {shape.__name__}: {error}") from error
    return result


def decode_error(value: Mapping[str, Any]) -> CoverBridgeError:
    """A JSON-RPC error object as the exception of its kind."""
    data: dict[str, Any] = value.get("data") or {}
    kind = str(data.get("kind", "unknown"))
    message = _message(str(value.get("message", kind)), data.get("apiMessage"))
    error = BY_KIND.get(kind, CoverBridgeError)(
        message, code=value.get("code"), kind=kind, data=data
    )
    if isinstance(error, WaitTimeout) and data.get("last") is not None:
        error.last = decode(CoverStatus, data["last"])
    return error


def _message(message: str, api_message: Any) -> str:
    """With the API's own words, where it lacks them."""
    if not api_message or str(api_message) in message:
        return message
    return f"{message} The API says: {api_message}"


def decode_time(text: str) -> datetime:
    # Python before 3.11 does not read the Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


@functools.cache
def _record_decoder(shape: type) -> Decoder:
    hints = typing.get_type_hints(shape)
    members = [
        (field.name, camel_case(field.name), _decoder(hints[field.name]))
        for field in dataclasses.fields(shape)
    ]

    def build(value: Any) -> Any:
        return shape(**{name: read(value[key]) for name, key, read in members if key in value})

    return build


def _decoder(hint: Any) -> Decoder:
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is typing.Union:
        if type(None) in arguments:
            return _optional(_decoder(arguments[0]))
        return _either(arguments)
    if typing.get_origin(hint) is tuple:
        item = _decoder(arguments[0])
        return lambda values: tuple(item(value) for value in values)
    if hint is datetime:
        return decode_time
    if hint is CoverBridgeError:
        return decode_error
    if dataclasses.is_dataclass(hint):
        return _record_decoder(typing.cast(type, hint))
    return _unchanged


def _optional(read: Decoder) -> Decoder:
    return lambda value: None if value is None else read(value)


def _either(shapes: Iterable[type]) -> Decoder:
    """The first shape whose required members are all there, else the last."""
    choices = [(_required(shape), _record_decoder(shape)) for shape in shapes]

    def read(value: Any) -> Any:
        fitting = (build for required, build in choices if required <= value.keys())
        return next(fitting, choices[-1][1])(value)

    return read


def _required(shape: type) -> set[str]:
    fields = dataclasses.fields(shape)
    return {camel_case(field.name) for field in fields if field.default is dataclasses.MISSING}


def _unchanged(value: Any) -> Any:
    return value


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
