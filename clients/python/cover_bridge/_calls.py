"""Calls that wait for their answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from ._decode import decode_error
from ._errors import CoverBridgeError, ProtocolError

ErrorMaker = Callable[[], CoverBridgeError]


@dataclass
class Call:
    # Called with the result before anything that the bridge said after it is looked at.
    accept: Callable[[Any], None] | None = None
    progress: Callable[[Any], None] | None = None
    future: Future[Any] = field(default_factory=Future[Any])

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


class Calls:
    """Calls by their ids. Not locked."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self._open: dict[int, Call] = {}

    def next_id(self) -> int:
        return next(self._ids)

    def add(self, id: int, call: Call) -> None:
        self._open[id] = call

    def find(self, id: Any) -> Call | None:
        # True is no 1 here.
        return self._open.get(id) if type(id) is int else None

    def take(self, id: Any) -> Call | None:
        return self._open.pop(id, None) if type(id) is int else None

    def fail(self, failure: ErrorMaker) -> None:
        calls, self._open = self._open, {}
        for call in calls.values():
            if call.future.set_running_or_notify_cancel():
                call.future.set_exception(failure())
