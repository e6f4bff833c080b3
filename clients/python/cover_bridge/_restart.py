"""How the client restarts a bridge that died: how long it waits, and how it catches up."""

from __future__ import annotations

from typing import Any

from ._decode import decode
from ._errors import CoverBridgeError, ShuttingDown
from ._session import Send, Session
from ._types import Changes

FIRST_DELAY, LONGEST_DELAY, STEADY_AFTER = 0.1, 30.0, 60.0
VAIN_STARTS = 3
PAGE = 1000


class RestartPolicy:
    """Decides whether and when a bridge that died is started again (clients/conformance)."""

    def __init__(self) -> None:
        self._delay = 0.0
        # The number of starts in a row without an answer. It begins at its limit, because the
        # client does not repeat the very first start.
        self._vain_starts = VAIN_STARTS

    def pause(self, lived: float | None) -> float | None:
        """The seconds before the next start; ``None`` for no further start.

        ``lived`` is how many seconds the bridge lived after it answered ``initialize``;
        ``None`` means that it did not answer.
        """
        self._vain_starts = 0 if lived is not None else self._vain_starts + 1
        if self._vain_starts >= VAIN_STARTS:
            return None
        steady = not self._delay or (lived is not None and lived >= STEADY_AFTER)
        self._delay = FIRST_DELAY if steady else min(self._delay * 2, LONGEST_DELAY)
        return self._delay


def recover(session: Session, after: int | None, send: Send, timeout: float) -> None:
    """Replays the changes of the journal after the number ``after``, and continues the watches."""

    def ask(method: str, params: dict[str, Any]) -> Any:
        return session.submit(method, params, send=send).result(timeout)

    while after is not None and session.established():
        page = decode(Changes, ask("cover/changes", {"after": after, "limit": PAGE}))
        session.replay(page.changes)
        after = page.changes[-1].sequence if page.changes and page.more else None
    for subscription in session.established():
        params = subscription.parameters(again=True)
        if not params["taskIds"]:
            # The subscription has ended in the meantime.
            continue
        try:
            ask("cover/watch", params)
        except CoverBridgeError as error:
            if error.code is None or isinstance(error, ShuttingDown):
                raise
            session.drop(subscription, error)
