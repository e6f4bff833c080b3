"""Values that no error report may show. Many reports print the ``repr`` of all local variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn, cast


class Secret(str):
    """A text whose ``repr`` hides it."""

    def __repr__(self) -> str:
        return "'***'"


class Environment(dict[str, str]):
    """The environment of a process, which may contain a key under any name.

    The values are hidden too, because some reports print the elements of every mapping.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        super().__init__({name: hidden(value) for name, value in variables.items()})

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"


def hidden(value: Any) -> Any:
    """The value, with a ``repr`` that hides texts and variables. Another value stays unchanged."""
    if isinstance(value, Mapping):
        return Environment(cast("Mapping[str, str]", value))
    return Secret(value) if isinstance(value, str) else value


class NotPickled:
    """A base class that refuses to be pickled.

    A pickle would contain the key, and cannot contain a process or a lock.
    """

    def __reduce__(self) -> NoReturn:
        name = type(self).__name__
        raise TypeError(f"a {name} cannot be pickled or copied: make one in each process")
