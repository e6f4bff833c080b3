"""Chooses the bridge of a board."""

from __future__ import annotations

import threading
from typing import Any

from .._async import AsyncCoverBridge
from .._sync import CoverBridge

SANDBOX_INTERVAL = 0.25

_lock = threading.Lock()
_kernels: dict[str, CoverBridge] = {}


class BorrowedBridge(CoverBridge):
    """The synchronous methods of a bridge that an ``AsyncCoverBridge`` starts and closes."""

    def __init__(self, owner: AsyncCoverBridge) -> None:
        # The bridge refers to its owner, so that the owner lives while a board uses the bridge.
        self._owner = owner
        self._engine = owner._engine
        self._timeout = owner._timeout  # pyright: ignore[reportPrivateUsage]

    def close(self) -> None:
        """Does nothing, because the owner closes the bridge."""


def bridge_for(
    bridge: CoverBridge | AsyncCoverBridge | None, options: dict[str, Any]
) -> CoverBridge:
    """The given bridge, or the bridge of the kernel with these options."""
    if isinstance(bridge, AsyncCoverBridge):
        return BorrowedBridge(bridge)
    return kernel_bridge(options) if bridge is None else bridge


def kernel_bridge(options: dict[str, Any]) -> CoverBridge:
    """The bridge of the kernel for these options.

    The bridge lives until the kernel ends, so a repeated cell uses the same bridge again.
    """
    interval = SANDBOX_INTERVAL if options.get("sandbox") else None
    chosen: dict[str, Any] = {"restart": True, "interval": interval, **options}
    key = repr(sorted(chosen.items()))
    with _lock:
        bridge = _kernels.get(key)
        if bridge is None or bridge._engine.session.ended:  # pyright: ignore[reportPrivateUsage]
            bridge = _kernels[key] = CoverBridge(**chosen)
        return bridge
