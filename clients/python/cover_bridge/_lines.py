"""Bytes into lines."""

from __future__ import annotations


class LineSplitter:
    """Splits at line feeds alone, however the chunks fall, without a limit on a line's length."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that ``chunk`` completes."""
        head, *pieces = chunk.split(b"\n")
        self._parts.append(head)
        if not pieces:
            return []
        first, self._parts = self.rest(), pieces[-1:]
        return [first, *pieces[:-1]]

    def rest(self) -> bytes:
        """What came after the last line feed."""
        return b"".join(self._parts)
