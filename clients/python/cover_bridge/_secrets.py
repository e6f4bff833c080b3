"""Values that no error report may show. Many reports print the ``repr`` of all local variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, cast


class Secret(str):
    """A text whose ``repr`` hides it."""

    def __repr__(self) -> str:
        return "'***'"


def hidden(value: Any) -> Any:
    """The value, with a ``repr`` that hides a text, or all values of an environment.

    An environment may contain a key under any name. Another value stays unchanged.
    """
    if isinstance(value, Mapping):
        return {name: hidden(each) for name, each in cast("Mapping[str, str]", value).items()}
    return Secret(value) if isinstance(value, str) else value


class NotPickled:
    """A base class that refuses to be pickled.

    A pickle would contain the key, and cannot contain a process or a lock.
    """

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"a {name} cannot be pickled or copied: make one in each process")
