"""Covers on a live board in notebooks: ``pip install 'cover-bridge[notebook]'``."""

try:
    from ._board import CoverBoard
except ModuleNotFoundError as error:
    if error.name not in ("anywidget", "traitlets", "PIL"):
        raise
    raise ModuleNotFoundError(
        f"a board needs {error.name}: pip install 'cover-bridge[notebook]'", name=error.name
    ) from error

__all__ = ["CoverBoard"]
