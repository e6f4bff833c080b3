"""What a web server received at the callback URL, as the bridge wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

Body = Union[str, bytes, Mapping[str, Any]]
# As ASGI has them, in bytes, too.
Header = Union[str, bytes]
Headers = Union[Mapping[str, str], Iterable[tuple[Header, Header]]]

_HEADERS = {"x-webhook-timestamp": "timestamp", "x-webhook-signature": "signature"}


def parameters(body: Body, headers: Headers) -> dict[str, Any]:
    """The parameters of ``cover/callback``; of the headers those two, in any case."""
    text = bytes(body).decode(errors="replace") if isinstance(body, (bytes, bytearray)) else body
    params: dict[str, Any] = {"body": text}
    for name, value in dict(headers).items():
        parameter = _HEADERS.get(_text(name).lower())
        if parameter is not None:
            params[parameter] = _text(value)
    return params


def _text(header: Header) -> str:
    return header.decode("latin-1") if isinstance(header, bytes) else header
