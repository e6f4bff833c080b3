"""A call that waits for its answer."""

from __future__ import annotations

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
    id: int
    method: str
    # Neither this nor the frame may be shown: one call contains the key.
    params: dict[str, Any] = field(repr=False)
    # Called with the result, before any later message of the bridge is handled.
    accept: Callable[[Any], None] | None = None
    progress: Callable[[Any], None] | None = None
    # For a `cover/watch`, the only call that is repeated after a death.
    subscription: Subscription | None = None
    future: Future[Any] = field(default_factory=Future[Any])
    # Whether it was sent to any bridge, even one that has died.
    sent: bool = False
    frame: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Raises for parameters that cannot be written."""
        progress = {} if self.progress is None else {"progressToken": self.id}
        self.frame = wire.request(self.id, self.method, {**self.params, **progress})

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
        """For a call that is no longer open."""
        if self.subscription is not None:
            # The bridge has no such watch, so there is nothing to unwatch.
            self.subscription.fail(error)
        self.future.set_exception(error)
