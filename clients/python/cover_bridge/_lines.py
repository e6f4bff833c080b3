"""Bytes into lines."""

from __future__ import annotations

from collections.abc import Iterator


class LineSplitter:
    """Splits at line feeds alone, however the chunks fall, without a limit on a line's length."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The lines that ``chunk`` completes."""
        head, *pieces = chunk.split(b"\n")
        self._parts.append(head)
        for piece in pieces:
            line = b"".join(self._parts)
            self._parts = [piece]
            yield line

    def rest(self) -> bytes:
        """What came after the last line feed."""
        return b"".join(self._parts)
