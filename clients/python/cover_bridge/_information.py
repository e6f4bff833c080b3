"""What the bridge said of itself, as attributes of both clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from ._engine import Engine
from ._errors import BridgeClosed
from ._secrets import not_pickled
from ._types import Initialization, Journal, ServerInfo


class Information:
    _engine: Engine

    def __reduce__(self) -> NoReturn:
        raise not_pickled(self)

    @property
    def _info(self) -> Initialization:
        if self._engine.info is None:
            raise BridgeClosed("this bridge is not started")
        return self._engine.info

    @property
    def pid(self) -> int | None:
        """The bridge's process, another one after a restart; ``None`` before the start."""
        return self._engine.pid

    @property
    def server_info(self) -> ServerInfo:
        return self._info.server_info

    @property
    def protocol_version(self) -> int:
        return self._info.protocol_version

    @property
    def journal(self) -> Journal:
        """As it was when the bridge started."""
        return self._info.journal

    @property
    def endpoint(self) -> str:
        return self._info.endpoint

    @property
    def sandbox(self) -> bool:
        return self._info.sandbox

    @property
    def capabilities(self) -> Mapping[str, Any]:
        return self._info.capabilities

    @property
    def limits(self) -> Mapping[str, Any]:
        return self._info.limits
