"""The base class of what can be displayed. The first display loads the modules that draw."""

from __future__ import annotations

from typing import Any


class Displayed:
    """A shape that notebooks show as a card, and terminals as a few lines of text."""

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from ._html import bundle

        return bundle(self)
