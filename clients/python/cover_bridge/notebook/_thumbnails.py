# pyright: basic
"""Images that are small enough for a notebook."""

from __future__ import annotations

import base64
import contextlib
import io
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from .._errors import CoverBridgeError
from .._sync import CoverBridge

# The side is twice that on the page, for screens with a high resolution.
SIDE = 144


def thumbnails(bridge: CoverBridge, task_id: str) -> dict[str, str]:
    """The images of a cover as ``data:`` URLs, by their URLs. Images that fail are left out.

    The bridge fetches the images, because it checks which addresses are safe. A browser on another
    machine might not reach them.
    """
    found: dict[str, str] = {}
    with TemporaryDirectory(prefix="cover-bridge-") as path, contextlib.suppress(CoverBridgeError):
        for file in bridge.download(task_id, path):
            # A decoder may raise any kind of exception for a file with wrong content.
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
