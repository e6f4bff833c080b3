# pyright: basic
"""Images small enough to be kept in a notebook."""

from __future__ import annotations

import base64
import contextlib
import io
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from .._errors import CoverBridgeError
from .._sync import CoverBridge

# Twice the side at which they are shown, for fine screens.
SIDE = 144


def thumbnails(bridge: CoverBridge, task_id: str) -> dict[str, str]:
    """The images of a cover as ``data:`` URLs, by their addresses; without those that fail.

    The bridge fetches them: it knows what is safe to fetch, and a browser on another machine could
    not reach all that it can.
    """
    found: dict[str, str] = {}
    folder = TemporaryDirectory(prefix="cover-bridge-")
    with folder as path, contextlib.suppress(CoverBridgeError):
        for file in bridge.download(task_id, path):
            # Decoders raise what they happen to raise for files that are not what they say.
            with contextlib.suppress(Exception):
                found[file.url] = data_url(file.path)
    return found


def data_url(path: str) -> str:
    with Image.open(path) as image:
        small: Image.Image = ImageOps.exif_transpose(image)
        small.thumbnail((SIDE, SIDE))
        if small.mode not in ("RGB", "RGBA"):
            small = small.convert("RGBA")
        written = io.BytesIO()
        small.save(written, "WEBP", quality=85)
    return f"data:image/webp;base64,{base64.b64encode(written.getvalue()).decode('ascii')}"
