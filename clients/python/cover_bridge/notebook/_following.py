"""Watches the covers of a board and fetches their images, on threads."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any

from .._command import PathLike
from .._display._words import counted, plain
from .._errors import CoverBridgeError
from .._surroundings import start_thread
from .._sync import CoverBridge
from .._types import DownloadedFile, WatchEvent
from .._workers import Workers
from ._covers import Covers, progress_of
from ._thumbnails import thumbnails

DOWNLOADS_AT_ONCE = 4
STOPPED = "not followed any more"


class Following:
    """Updates ``covers`` from the events, under ``lock``. Calls ``on_change`` after each update."""

    def __init__(
        self, bridge: CoverBridge, task_ids: list[str], on_change: Callable[[], None]
    ) -> None:
        self.bridge = bridge
        self.covers = Covers(task_ids, time.time())
        self.lock = threading.Lock()
        self.error: CoverBridgeError | None = None
        """Why the watch of the board failed."""
        self._on_change = on_change
        self.workers = Workers(DOWNLOADS_AT_ONCE)

    def begin(self, interval: float | None, timeout: float | None) -> None:
        start_thread("board", partial(self._follow, interval, timeout))

    def part(self, task_ids: Iterable[str], reason: str = STOPPED) -> None:
        """Notes that these tasks are no longer watched."""
        with self.lock:
            self.covers.part([each for each in task_ids if each in self.covers.all], reason)
        self._on_change()

    def save(
        self, task_id: str, directory: PathLike, *, overwrite: bool
    ) -> Future[list[DownloadedFile]]:
        def cancelled(done: Future[list[DownloadedFile]]) -> None:
            if done.cancelled():
                self._change(task_id, progress=None, note="not downloaded")

        self._change(task_id, progress=0.0, note="")
        saved = self.workers.submit(partial(self._download, task_id, directory, overwrite))
        saved.add_done_callback(cancelled)
        return saved

    def _follow(self, interval: float | None, timeout: float | None) -> None:
        task_ids = list(self.covers.all)
        try:
            with self.bridge.watch(task_ids, interval=interval, timeout=timeout) as events:
                for event in events:
                    self._take(event)
        except CoverBridgeError as error:
            self.error = error
        # No bridge watches the tasks that are still open here.
        self.part(task_ids, plain(str(self.error or STOPPED)))

    def _take(self, event: WatchEvent) -> None:
        with self.lock:
            has_new_images = self.covers.take(event)
        if has_new_images:
            self.workers.submit(partial(self._fetch, event.task_id))
        self._on_change()

    def _fetch(self, task_id: str) -> None:
        found: dict[str, str] = {}
        try:
            found = thumbnails(self.bridge, task_id)
        finally:
            # This also runs after an error, because the board is settled only after it.
            self._change(task_id, sources=found)

    def _download(self, task_id: str, directory: PathLike, overwrite: bool) -> list[DownloadedFile]:
        def report(value: dict[str, Any]) -> None:
            self._change(task_id, progress=progress_of(value))

        note = "not downloaded"
        try:
            files = self.bridge.download(task_id, directory, overwrite=overwrite, progress=report)
            note = f"{counted(len(files), 'image')} saved to {os.fspath(directory)}"
            return files
        except CoverBridgeError as error:
            note = str(error)
            raise
        finally:
            self._change(task_id, spoken=note, progress=None, note=plain(note))

    def _change(self, task_id: str, *, spoken: str = "", **members: Any) -> None:
        with self.lock:
            cover = self.covers[task_id]
            vars(cover).update(members)
            if spoken:
                self.covers.say(cover, plain(spoken))
        self._on_change()
