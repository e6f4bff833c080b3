"""Values that no error report may show. Many reports print the ``repr`` of all local variables."""

from __future__ import annotations

from typing import NoReturn


class Secret(str):
    """A text whose ``repr`` hides it."""

    def __repr__(self) -> str:
        return "'***'"


class Environment(dict[str, str]):
    """The environment of a process, which may contain a key under any name."""

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"


class NotPickled:
    """A base class that refuses to be pickled.

    A pickle would contain the key, and cannot contain a process or a lock.
    """

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"a {name} cannot be pickled or copied: make one in each process")
