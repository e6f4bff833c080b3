"""A call that waits for its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
    id: int
    method: str
    # No report may show `params` or `frame`, because the call of `initialize` contains the key.
    params: dict[str, Any] = field(repr=False)
    # The client calls `accept` with the result, before it handles any later message of the bridge.
    accept: Callable[[Any], None] | None = None
    progress: Callable[[Any], None] | None = None
    # Present only for a `cover/watch`, which is repeated after the bridge died.
    subscription: Subscription | None = None
    # The tasks of a `cover/unwatch` that no caller waits for. It is repeated too.
    left: Sequence[str] = ()
    future: Future[Any] = field(default_factory=Future[Any])
    # Whether the call was sent to any bridge, even to one that has died.
    sent: bool = False
    frame: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Writes the frame."""
        progress = {} if self.progress is None else {"progressToken": self.id}
        self.frame = wire.request(self.id, self.method, {**self.params, **progress})

    def read(self, message: dict[str, Any]) -> CoverBridgeError | None:
        """Accepts a response. Returns the error in the response, or the error of reading it."""
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
        """Fails a call that has been removed from the open calls."""
        if self.subscription is not None:
            # The bridge does not have this watch, so the client need not unwatch.
            self.subscription.fail(error)
        self.future.set_exception(error)
