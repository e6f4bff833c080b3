"""A proxy between bridges and their store: delays data, cuts connections, or drops data."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Coroutine
from typing import Any


class StoreProxy:
    """Passes bytes on in both directions, each `delay` seconds after its arrival."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.delay = 0.0
        # If true, the proxy accepts connections and passes nothing on, like a firewall that lost
        # its table.
        self.swallows = False
        self.pumps: set[asyncio.Task[None]] = set()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def __enter__(self) -> StoreProxy:
        self.thread.start()
        self.run(self.listen(0))
        self.port = int(self.server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Ends all connections, and refuses new connections."""
        self.run(self.close())

    def swallow(self) -> None:
        """Stops passing data on. Connections stay open, and the proxy accepts new connections."""
        self.swallows = True

    def drop(self) -> None:
        """Ends all connections, and accepts new connections."""
        self.run(self.end_connections())

    def mend(self) -> None:
        """Ends the fault.

        A connection that lost data must not continue, so it never passes data again.
        """
        self.delay = 0
        if self.swallows:
            self.drop()
        self.swallows = False
        if not self.server.is_serving():
            self.run(self.listen(self.port))

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    async def listen(self, port: int) -> None:
        self.server = await asyncio.start_server(self.connect, "127.0.0.1", port)

    async def close(self) -> None:
        self.server.close()
        await self.end_connections()

    async def end_connections(self) -> None:
        pumps = list(self.pumps)
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.pumps.add(task)
        writers = [writer]
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
            writers.append(far_writer)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.pump(reader, far_writer))
                group.create_task(self.pump(far_reader, writer))
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            for one in writers:
                one.transport.abort()
            self.pumps.discard(task)

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Passes data in one direction. A chunk waits only for its own delay."""
        chunks: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        passing = asyncio.create_task(self.hand_on(chunks, writer))
        try:
            while data := await reader.read(1 << 16):
                if not self.swallows:
                    chunks.put_nowait((time.monotonic() + self.delay, data))
            raise ConnectionResetError
        finally:
            passing.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await passing

    async def hand_on(
        self, chunks: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
    ) -> None:
        while True:
            due, data = await chunks.get()
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            if not self.swallows:
                writer.write(data)
                await writer.drain()
