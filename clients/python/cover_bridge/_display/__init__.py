"""How covers show themselves; what draws them is loaded when the first one is shown."""

from __future__ import annotations

from typing import Any


class Displayed:
    """A shape that Jupyter and its kin show as a card, and a terminal as a few lines of text."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from ._html import card_bundle

        return card_bundle(self)
