"""What a web server received at the callback URL, as the bridge wants it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Union

Body = Union[str, bytes, Mapping[str, Any]]
Headers = Union[Mapping[str, str], Iterable[tuple[str, str]]]

_HEADERS = {"x-webhook-timestamp": "timestamp", "x-webhook-signature": "signature"}


def parameters(body: Body, headers: Headers) -> dict[str, Any]:
    """The parameters of ``cover/callback``; of the headers those two, in any case."""
    text = bytes(body).decode(errors="replace") if isinstance(body, (bytes, bytearray)) else body
    params: dict[str, Any] = {"body": text}
    for name, value in dict(headers).items():
        parameter = _HEADERS.get(name.lower())
        if parameter is not None:
            params[parameter] = value
    return params
