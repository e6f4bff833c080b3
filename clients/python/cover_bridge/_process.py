"""One process of the bridge: its pipes, its threads, and its end."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import SimpleQueue

from ._errors import BridgeClosed, BridgeNotFound
from ._lines import LineSplitter

GRACE = 2.0
CHUNK = 65_536
STDERR_TAIL = 8_192


class BridgeProcess:
    """Starts the bridge and moves lines; three daemon threads, all gone when the process is.

    ``on_line`` and ``on_exit`` are called on the reading thread, ``before_write`` on the writing
    one.
    """

    def __init__(
        self,
        argv: Sequence[str],
        environment: Mapping[str, str],
        *,
        on_line: Callable[[bytes], None],
        on_exit: Callable[[int, str], None],
        before_write: Callable[[], None],
    ) -> None:
        self._on_line, self._on_exit, self._before_write = on_line, on_exit, before_write
        self._outbox: SimpleQueue[bytes | None] = SimpleQueue()
        self._stderr_tail = b""
        self._exited = threading.Event()
        try:
            # A session of its own: a Ctrl-C reaches only us, and we end the bridge in order.
            self._popen = subprocess.Popen(
                argv,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise BridgeNotFound(f"cannot start {argv[0]}: {error.strerror}") from error
        self.pid = self._popen.pid
        self._threads = [
            threading.Thread(target=run, name=f"cover-bridge {self.pid} {name}", daemon=True)
            for name, run in (
                ("stderr", self._drain_stderr),
                ("reader", self._read),
                ("writer", self._write),
            )
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def send(self, frame: bytes) -> None:
        """Queues a frame. Never blocks, and may be called from a destructor."""
        self._outbox.put(frame)

    def send_alive(self, frame: bytes) -> None:
        """Queues a frame, or raises if the process is gone and nobody would answer."""
        if self.exited:
            raise BridgeClosed("the bridge's process has ended")
        self.send(frame)

    @property
    def exited(self) -> bool:
        return self._exited.is_set()

    def hang_up(self) -> None:
        """Closes stdin once all that is queued is written, and sees the process out from there."""
        self._outbox.put(None)

    def stop(self) -> None:
        """Hangs up and returns when nothing is left: after at most two graces."""
        self.hang_up()
        self._see_out()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(GRACE)

    def disown(self) -> None:
        """In a forked child: lets go of the parent's process without touching it."""
        self._popen.returncode = 0
        for pipe in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        lines = LineSplitter()
        with self._popen.stdout as stdout:
            while chunk := os.read(stdout.fileno(), CHUNK):
                for line in lines.feed(chunk):
                    self._on_line(line)
        self._on_line(lines.rest())
        self.hang_up()
        code = self._reap()
        self._exited.set()
        self._threads[0].join(GRACE)
        self._on_exit(code, self._stderr_tail.decode("utf-8", "replace"))

    def _write(self) -> None:
        assert self._popen.stdin is not None
        try:
            with self._popen.stdin as stdin:
                while (frame := self._outbox.get()) is not None:
                    self._before_write()
                    view = memoryview(frame)
                    while view:
                        view = view[os.write(stdin.fileno(), view) :]
        except OSError:
            # The reader sees the end too, and knows the exit code.
            pass
        self._see_out()

    def _drain_stderr(self) -> None:
        assert self._popen.stderr is not None
        with self._popen.stderr as stderr:
            while chunk := os.read(stderr.fileno(), CHUNK):
                self._stderr_tail = (self._stderr_tail + chunk)[-STDERR_TAIL:]

    def _reap(self) -> int:
        for insist in (self._popen.terminate, self._popen.kill):
            try:
                return self._popen.wait(GRACE)
            except subprocess.TimeoutExpired:
                insist()
        return self._popen.wait()

    def _see_out(self) -> None:
        try:
            for insist in (self._popen.terminate, self._popen.kill):
                if self._exited.wait(GRACE):
                    return
                insist()
        except BaseException:
            self._popen.kill()
            raise
