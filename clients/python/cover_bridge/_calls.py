"""Calls that wait for their answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from . import _wire as wire
from ._decode import decode_error
from ._errors import CoverBridgeError, ProtocolError
from ._subscriptions import Subscription

ErrorMaker = Callable[[], CoverBridgeError]


@dataclass(eq=False)
class Call:
    method: str
    # Neither it nor its frame is for a report: one call brings the key.
    params: dict[str, Any] = field(repr=False)
    # Called with the result before anything that the bridge said after it is looked at.
    accept: Callable[[Any], None] | None = None
    progress: Callable[[Any], None] | None = None
    # Of a `cover/watch`, the one call that is made again after a death.
    subscription: Subscription | None = None
    future: Future[Any] = field(default_factory=Future[Any])
    id: int = 0
    frame: bytes = field(default=b"", repr=False)
    # To any bridge, also to one that has died since.
    sent: bool = False

    def read(self, message: dict[str, Any]) -> CoverBridgeError | None:
        """Accepts a response; returns what is wrong with it, if anything."""
        try:
            if "error" in message:
                return decode_error(message["error"])
            result = message["result"]
            if self.accept is not None:
                self.accept(result)
        except CoverBridgeError as error:
            return error
        except Exception as error:
            return ProtocolError(f"the bridge's answer could not be read: {error!r}")
        return None

    def fail(self, error: CoverBridgeError) -> None:
        """For a call that is open no more."""
        if self.subscription is not None:
            # The bridge does not have it, so there is nothing to unwatch.
            self.subscription.fail(error)
        self.future.set_exception(error)


class Calls:
    """Calls by their ids. Not locked."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._open: dict[int, Call] = {}

    def add(self, call: Call) -> None:
        """Gives the call its id and its frame; what cannot be written raises here."""
        id = next(self._ids)
        progress = {} if call.progress is None else {"progressToken": id}
        call.frame = wire.request(id, call.method, {**call.params, **progress})
        call.id = id
        self._open[id] = call

    def find(self, id: Any) -> Call | None:
        # True is no 1 here.
        return self._open.get(id) if type(id) is int else None

    def take(self, id: Any) -> Call | None:
        return self._open.pop(id, None) if type(id) is int else None

    def all(self) -> list[Call]:
        return list(self._open.values())

    def fail(self, call: Call, failure: ErrorMaker) -> None:
        self.take(call.id)
        if call.future.set_running_or_notify_cancel():
            call.fail(failure())
