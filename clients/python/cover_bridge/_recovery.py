"""After a death: how long to wait, and how to make up for it."""

from __future__ import annotations

from typing import Any

from ._decode import decode
from ._errors import CoverBridgeError
from ._session import Send, Session
from ._types import Changes, Journal

FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER = 0.1, 30.0, 60.0
# In a row, without one that answered; then it is given up.
STARTS = 3
PAGE = 1000


class Backoff:
    """Doubles from death to death, and begins again after a life of a minute."""

    def __init__(self) -> None:
        self._delay = 0.0

    def next(self, lived: float) -> float:
        steady = lived >= STEADY_AFTER or not self._delay
        self._delay = FIRST_DELAY if steady else min(self._delay * 2, LONGEST_DELAY)
        return self._delay


def recover(session: Session, journal: Journal, send: Send, timeout: float) -> None:
    """Replays what the journal has and this client missed, then watches on."""

    def ask(method: str, params: dict[str, Any]) -> Any:
        return session.submit(method, params, send=send).result(timeout)

    after = session.begin(journal)
    while after is not None and session.listens():
        page = decode(Changes, ask("cover/changes", {"after": after, "limit": PAGE}))
        session.replay(page.changes)
        after = page.changes[-1].sequence if page.changes and page.more else None
    for subscription in session.established():
        params = subscription.parameters(again=True)
        if not params["taskIds"]:
            continue
        try:
            ask("cover/watch", params)
        except CoverBridgeError as error:
            if error.code is None:
                raise
            # The bridge lives and refuses this watch: its reader should know why.
            subscription.put(error)
            session.drop(subscription)
