"""Decodes JSON into the shapes of ``_types``, by their fields and type hints."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from ._errors import CoverBridgeError, ProtocolError, WaitTimeout
from ._types import CoverStatus

Shape = TypeVar("Shape")
Decoder = Callable[[Any], Any]

BY_KIND = {error.kind: error for error in CoverBridgeError.__subclasses__()}


def decode(shape: type[Shape], value: Any) -> Shape:
    """``value`` as a ``shape``; raises ``ProtocolError`` if it does not match."""
    try:
        return typing.cast(Shape, _record_decoder(typing.cast(type, shape))(value))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ProtocolError(f"the bridge sent no {shape.__name__}: {error}") from error


def decode_error(value: Mapping[str, Any]) -> CoverBridgeError:
    """A JSON-RPC error object as the exception of its kind."""
    data: dict[str, Any] = value.get("data") or {}
    kind = str(data.get("kind", "unknown"))
    message, api_message = str(value.get("message", kind)), str(data.get("apiMessage") or "")
    if api_message not in message:
        message += f" The API says: {api_message}"
    shape = BY_KIND.get(kind, CoverBridgeError)
    error = shape(message, code=value.get("code"), kind=kind, data=data)
    if isinstance(error, WaitTimeout) and data.get("last") is not None:
        error.last = decode(CoverStatus, data["last"])
    return error


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
    required = _required(shape)

    new = typing.cast("Callable[[Any], Any]", object.__new__)

    def build(value: Any) -> Any:
        if not required <= value.keys():
            raise KeyError(*sorted(required - value.keys()))
        # `__init__` of a frozen dataclass is slow, because it sets each member by a call. This code
        # does not use `__init__`. For a missing member, Python finds the default in the class.
        built = new(shape)
        known: dict[str, Any] = built.__dict__
        for name, key, read in members:
            if key in value:
                known[name] = value[key] if read is None else read(value[key])
        return built

    return build


def _decoder(hint: Any) -> Decoder | None:
    """The decoder of a type; ``None`` for a type whose values stay as they are."""
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin is typing.Union and type(None) not in arguments:
        return _either(arguments)
    if origin in (typing.Union, tuple):
        read = _decoder(arguments[0])
        if origin is tuple:
            return tuple if read is None else lambda values: tuple([read(each) for each in values])
        return None if read is None else lambda value: None if value is None else read(value)
    leaves: dict[Any, Decoder] = {datetime: decode_time, CoverBridgeError: decode_error}
    is_record = dataclasses.is_dataclass(hint)
    return _record_decoder(typing.cast(type, hint)) if is_record else leaves.get(hint)


def _either(shapes: Iterable[type]) -> Decoder:
    """Decodes as the first shape whose required members are all present, or else as the last
    shape."""
    choices = [(_required(shape), _record_decoder(shape)) for shape in shapes]

    def read(value: Any) -> Any:
        fitting = (build for required, build in choices if required <= value.keys())
        return next(fitting, choices[-1][1])(value)

    return read


def _required(shape: type) -> set[str]:
    fields = dataclasses.fields(shape)
    return {camel_case(field.name) for field in fields if field.default is dataclasses.MISSING}


def camel_case(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
