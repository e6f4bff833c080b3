"""The stores of a chaotic run, and their faults."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from grant_ledger import GrantLedger, overdrafts
from redis_server import RedisServer
from store_proxy import StoreProxy


class ChaosStore(Protocol):
    """A store that bridges name by its address. A test can disturb it."""

    # The faults of the store, each with its weight among all events of a run.
    kinds: dict[str, float]
    # The moments when the store was lost, emptied or restored.
    breaks: list[float]

    @property
    def address(self) -> str: ...

    def disturb(self, kind: str, chance: random.Random) -> None: ...

    def mend(self) -> None: ...

    def overdrafts(self, rate: float) -> Iterator[str]:
        """The slots that the store granted beyond the rate, if the test can observe them."""
        ...


@dataclass
class FileStore:
    """A file that is deleted or locked, as if a process was stopped in a transaction."""

    path: Path
    kinds: dict[str, float] = field(
        default_factory=lambda: {"flush": 0.3, "lock": 0.4, "mend-store": 5}
    )
    breaks: list[float] = field(default_factory=list)
    thief: sqlite3.Connection | None = None

    @property
    def address(self) -> str:
        return str(self.path)

    def disturb(self, kind: str, chance: random.Random) -> None:
        self.mend()
        if kind == "mend-store" or not self.path.exists():
            return
        self.breaks.append(time.monotonic())
        if kind == "lock":
            self.thief = sqlite3.connect(self.path, isolation_level=None)
            self.thief.execute("BEGIN EXCLUSIVE")
        else:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.path}{suffix}").unlink(missing_ok=True)

    def mend(self) -> None:
        if self.thief is not None:
            self.thief.execute("ROLLBACK")
            self.thief.close()
            self.thief = None
            self.breaks.append(time.monotonic())

    def overdrafts(self, rate: float) -> Iterator[str]:
        # The transactions of a file cannot be observed, so only the history of the API is checked.
        return iter(())


@dataclass
class RedisStore:
    """A Redis behind a proxy. It has one fault at a time, and the next one only after a repair."""

    server: RedisServer
    proxy: StoreProxy
    ledger: GrantLedger
    kinds: dict[str, float] = field(
        default_factory=lambda: {
            "flush": 0.3,
            "drop": 0.4,
            "stop-store": 0.4,
            "restart-store": 0.3,
            "slow": 0.5,
            "cut": 0.3,
            "swallow": 0.3,
            "full": 0.3,
            "mend-store": 5,
        }
    )
    breaks: list[float] = field(default_factory=list)
    wrong: str | None = None

    @property
    def address(self) -> str:
        return self.proxy.url

    def disturb(self, kind: str, chance: random.Random) -> None:
        self.mend()
        if kind == "mend-store":
            return
        self.breaks.append(time.monotonic())
        self.wrong = kind
        if kind == "flush":
            self.server.command("FLUSHALL")
        elif kind == "drop":
            self.proxy.drop()
        elif kind == "stop-store":
            self.server.stop()
        elif kind == "restart-store":
            self.server.kill()
        elif kind == "slow":
            self.proxy.delay = chance.uniform(0.005, 0.2)
        elif kind == "cut":
            self.proxy.cut()
        elif kind == "swallow":
            self.proxy.swallow()
        elif kind == "full":
            self.server.command("CONFIG", "SET", "maxmemory", "1")

    def mend(self) -> None:
        if self.wrong is None:
            return
        if self.wrong == "restart-store":
            self.server.start()
        elif self.wrong == "full":
            self.server.command("CONFIG", "SET", "maxmemory", "0")
        self.server.wake()
        self.proxy.mend()
        self.wrong = None
        self.breaks.append(time.monotonic())

    def overdrafts(self, rate: float) -> Iterator[str]:
        return overdrafts(self.ledger.lines, rate)


@contextmanager
def chaos_store(kind: str, folder: Path) -> Iterator[ChaosStore]:
    """A store of this kind: `file` or `redis`."""
    folder.mkdir(exist_ok=True)
    if kind == "file":
        yield FileStore(folder / "covers.fleet")
        return
    with (
        RedisServer(folder / "redis") as server,
        StoreProxy(server.port) as proxy,
        GrantLedger(server) as ledger,
    ):
        yield RedisStore(server, proxy, ledger)
