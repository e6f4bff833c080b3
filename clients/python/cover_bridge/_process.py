"""One process of the bridge, with its threads and its end."""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from typing import IO

from ._command import Launch
from ._errors import BridgeClosed
from ._spawn import spawn
from ._surroundings import is_green, selector, start_thread
from ._undo import on_error

GRACE = 2.0
CHUNK = 65_536
STDERR_TAIL = 8_192


class BridgeProcess:
    """Starts the bridge and passes its lines on.

    Each of three daemon threads ends with the process. The reading thread calls ``on_lines`` and
    ``on_exit``. The writing thread calls ``before_write``. If another process keeps the pipes after
    the bridge has ended, the reading thread reads for one more grace period.
    """

    def __init__(
        self,
        launch: Launch,
        on_lines: Callable[[list[bytes]], None],
        on_exit: Callable[[int | None, str], None],
        before_write: Callable[[], None],
    ) -> None:
        self._on_lines, self._on_exit, self._before_write = on_lines, on_exit, before_write
        # `queue.SimpleQueue` is looked up here, because gevent may have replaced it after the
        # import.
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._stderr_tail = b""
        self._hung_up = self._disowned = False
        # The future is done once the process has ended and its output is read. A threading.Event
        # would not do: a signal handler that closes during a close could not take its lock.
        self.gone: futures.Future[None] = futures.Future()
        self._child = spawn(launch)
        self.pid = self._child.popen.pid
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Starts the threads. If a start fails, no thread and no process is left."""
        with on_error(self._give_up):
            # The reader starts last, because it reports the end of the process.
            for name, run in (("end", self._wait), ("writer", self._write), ("reader", self._read)):
                self._threads.append(start_thread(f"{self.pid} {name}", run))

    def _give_up(self) -> None:
        self._child.popen.kill()
        self._child.popen.wait()
        self.gone.set_result(None)
        self.hang_up()
        self._child.close_pipes()

    def send(self, frame: bytes) -> None:
        """Queues a frame. The method never blocks, so destructors may call it."""
        self._outbox.put(frame)

    def send_alive(self, frame: bytes) -> None:
        """Queues a frame. Raises an error if the process is gone, because no answer would come."""
        if self.gone.done():
            raise BridgeClosed("the bridge's process has ended")
        self.send(frame)

    def hang_up(self, farewell: bytes = b"") -> None:
        """Sends the queued frames, closes stdin, and then waits for the end of the process."""
        self.send(farewell)
        self._hung_up = True
        self._outbox.put(None)

    def stop(self) -> None:
        """Hangs up, and returns when the process has ended, after at most two grace periods."""
        self.hang_up()
        self._see_out()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(GRACE)

    def disown(self) -> None:
        """Releases the process in a forked child, without an effect on the process of the
        parent."""
        self._disowned = True
        self._child.popen.returncode = 0
        self._child.close_pipes()

    # The work of the threads

    def _wait(self) -> None:
        popen = self._child.popen
        # If SIGCHLD is ignored, or another thread was faster, there is no exit code. `waitpid` then
        # fails, but `Popen.wait` returns 0. Green threads must use `Popen.wait`, which is patched.
        with self._child.end_writer, contextlib.suppress(ChildProcessError):
            if not is_green():
                popen.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
            popen.wait()

    def _read(self) -> None:
        lines = LineSplitter()
        for pipe, chunk in self._chunks():
            if pipe is self._child.stderr:
                self._stderr_tail = (self._stderr_tail + chunk)[-STDERR_TAIL:]
                continue
            self._on_lines(lines.feed(chunk))
            if not chunk:
                # Stdout or the process has ended.
                self.hang_up()
        self._on_lines(lines.feed(b"\n"))
        self.gone.set_result(None)
        self._on_exit(self._child.popen.returncode, self._stderr_tail.decode("utf-8", "replace"))
        # A `Popen` without an exit code would warn of a process that still runs.
        self._child.popen.wait()

    def _chunks(self) -> Iterator[tuple[object, bytes]]:
        """Yields the bytes of each pipe, and empty bytes at its end. The end of the process is one
        of the pipes."""
        _, _, stdout, stderr, end, _ = self._child
        deadline: float | None = None
        with stdout, stderr, end, selector() as selected:
            for pipe in (stdout, stderr, end):
                selected.register(pipe, selectors.EVENT_READ)
            while selected.get_map() and (rest := remaining(deadline)) != 0:
                ready = selected.select(rest)
                if self._disowned:
                    # This is a green thread that a fork has copied. It must not end here, because
                    # the library in the forked process does not have it in its list.
                    threading.Event().wait()
                for key, _ in ready:
                    chunk = os.read(key.fd, CHUNK)
                    if not chunk:
                        selected.unregister(key.fileobj)
                    if key.fileobj is end:
                        deadline = time.monotonic() + GRACE
                    yield key.fileobj, chunk

    def _write(self) -> None:
        # The reading thread also notices the end of the process. That thread has the exit code.
        with contextlib.suppress(OSError), self._child.stdin as stdin:
            while (frame := self._outbox.get()) is not None:
                self._before_write()
                self._deliver(stdin, frame)
        self._see_out()

    def _deliver(self, stdin: IO[bytes], frame: bytes) -> None:
        view = memoryview(frame)
        while view:
            try:
                view = view[os.write(stdin.fileno(), view) :]
            except BlockingIOError:
                with selector() as selected:
                    selected.register(stdin, selectors.EVENT_WRITE)
                    if not selected.select(GRACE) and self._hung_up:
                        raise

    def _see_out(self) -> None:
        popen = self._child.popen
        with on_error(popen.kill):
            for insist in (popen.terminate, popen.kill):
                if futures.wait([self.gone], GRACE).done:
                    return
                insist()


class LineSplitter:
    """Splits bytes only at line feeds. Chunks may have any size, and lines have no length limit."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that ``chunk`` completes."""
        self._rest += chunk
        if b"\n" not in chunk:
            return []
        *lines, rest = bytes(self._rest).split(b"\n")
        self._rest = bytearray(rest)
        return lines


def remaining(deadline: float | None) -> float | None:
    return None if deadline is None else max(deadline - time.monotonic(), 0)
