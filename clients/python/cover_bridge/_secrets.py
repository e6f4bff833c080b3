"""What no report may show: many print the locals of every frame, and so their ``repr``."""

from __future__ import annotations


class Secret(str):
    """Text that is itself everywhere but in a ``repr``."""

    def __repr__(self) -> str:
        return "'***'"


class Environment(dict[str, str]):
    """The environment of a process; it may hold a key under any name."""

    def __repr__(self) -> str:
        return f"<{len(self)} variables>"


def not_pickled(owner: object) -> TypeError:
    """A pickle would hold the key, and a process or a lock cannot go with it."""
    name = type(owner).__name__
    return TypeError(f"a {name} cannot be pickled or copied: make one in each process")
