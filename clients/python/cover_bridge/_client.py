"""The common part of both clients, and the bridge's description of itself."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ._command import Command, PathLike, launch
from ._engine import Engine
from ._parameters import check
from ._requests import Request, finite
from ._secrets import NotPickled, hidden
from ._session import NOT_STARTED
from ._types import Health, Initialization, Journal, ServerInfo

OF_THE_CLIENT = ("self", "restart", "on_health", "timeout")


class Client(NotPickled):
    def __init__(
        self,
        *,
        sandbox: bool = False,
        endpoint: str | None = None,
        api_key: str | None = None,
        api_key_file: PathLike | None = None,
        ca_file: PathLike | None = None,
        webhook_key_file: PathLike | None = None,
        journal: PathLike | None = None,
        fleet: PathLike | None = None,
        fleet_password_file: PathLike | None = None,
        fleet_size: int | None = None,
        rate: float | None = None,
        interval: float | None = None,
        command: Command | None = None,
        args: str | Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        restart: bool = False,
        on_health: Callable[[Health], None] | None = None,
        timeout: float | None = 75.0,
    ) -> None:
        # Reports of errors print local variables. The address of a fleet may hold a password.
        api_key, fleet, env = hidden(api_key), hidden(fleet), hidden(env)
        check(Client.__init__.__annotations__, locals())
        # All other parameters describe the start of the bridge. `launch` gets them under the same
        # names.
        given = {name: value for name, value in locals().items() if name not in OF_THE_CLIENT}
        self._timeout = finite(timeout)
        self._on_health = on_health
        self._engine = Engine(launch(**given), restart=restart)
        # The finalizer ends the bridge of a client that is dropped without `close()`. At the end of
        # the interpreter, `_engine` ends the bridge instead.
        self._finalizer = weakref.finalize(self, self._engine.abandon)
        self._finalizer.atexit = False
        self._made()

    def _made(self) -> None:
        """The last step of ``__init__``; a subclass may replace it."""

    def _limit(self, request: Request[Any]) -> float | None:
        """The time limit of a request in seconds; ``None`` for no limit."""
        endless = self._timeout is None or request.patience is None
        return None if endless else (self._timeout or 0) + (request.patience or 0)

    @property
    def _info(self) -> Initialization:
        if self._engine.info is None:
            raise NOT_STARTED()
        return self._engine.info

    @property
    def pid(self) -> int | None:
        """The id of the bridge's process. A restart changes the id. It is ``None`` before the
        start."""
        process = self._engine.process
        return None if process is None else process.pid

    @property
    def server_info(self) -> ServerInfo:
        return self._info.server_info

    @property
    def protocol_version(self) -> int:
        return self._info.protocol_version

    @property
    def journal(self) -> Journal:
        """The journal, as the bridge described it at its start."""
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
