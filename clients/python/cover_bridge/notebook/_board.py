# pyright: basic
"""The live board: a widget that shows the statuses of covers."""

from __future__ import annotations

import asyncio
import uuid
import weakref
from collections.abc import Generator, Iterable
from concurrent import futures
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from .._async import AsyncCoverBridge
from .._command import PathLike
from .._display._words import moment
from .._follow import Outcomes
from .._requests import id_list
from .._sync import CoverBridge
from .._types import DownloadedFile
from .._undo import on_error
from ._bridges import bridge_for
from ._following import Following
from ._painter import Painter
from ._still import mime_bundle, publish

HERE = Path(__file__).parent
# The seconds between two updates: of the live board, and of the copy that is saved in the notebook.
LIVE, STILL = 0.1, 1.0
# Jupyter drops messages of a kernel that sends more than five times this rate.
BYTES_PER_SECOND = 200_000

_boards: weakref.WeakSet[CoverBoard] = weakref.WeakSet()


class CoverBoard(anywidget.AnyWidget):
    """Watches tasks and shows their statuses. The last expression of a cell displays the board.

    The board does not block. ``await board`` and ``board.wait()`` return how each task ended.
    ``bridge`` is a ``CoverBridge`` or a started ``AsyncCoverBridge``, which several boards can
    share. Without ``bridge``, the board uses a bridge of the kernel, made with ``options`` (for
    example ``sandbox=True``). ``interval`` and ``timeout`` are those of ``watch``. The buttons save
    images to ``directory``.
    """

    _esm = HERE / "board.js"
    _css = HERE / "board.css"

    board_id = traitlets.Unicode().tag(sync=True)
    count = traitlets.Int().tag(sync=True)
    summary = traitlets.Unicode().tag(sync=True)
    announcement = traitlets.Unicode().tag(sync=True)
    # Each row has its own traits: `cover0` and `images0`, `cover1` and `images1`, and so on. So a
    # change sends only its row.

    def __init__(
        self,
        ids: str | Iterable[str],
        bridge: CoverBridge | AsyncCoverBridge | None = None,
        *,
        interval: float | None = None,
        timeout: float | None = None,
        directory: PathLike = "covers",
        **options: Any,
    ) -> None:
        self._directory = directory
        self._live = Painter(self._paint)
        self._still = Painter(self._publish)
        self._is_shown = False
        self._settled: futures.Future[Outcomes] = futures.Future()
        self._following = Following(bridge_for(bridge, options), id_list(ids), self._live.ask)
        covers = self._following.covers
        self._places = {task_id: index for index, task_id in enumerate(covers.all)}
        traits: dict[str, Any] = {}
        for index, cover in enumerate(covers.all.values()):
            traits[f"cover{index}"] = traitlets.Dict(cover.row()).tag(sync=True)
            traits[f"images{index}"] = traitlets.List(cover.images()).tag(sync=True)
        self.add_traits(**traits)
        board_id = f"cover-still-{uuid.uuid4().hex}"
        super().__init__(board_id=board_id, count=len(covers.all), summary=covers.summary)
        self.on_msg(self._pressed)
        _boards.add(self)
        self._following.begin(interval, timeout)

    def __await__(self) -> Generator[Any, None, Outcomes]:
        return self._result().__await__()

    async def _result(self) -> Outcomes:
        outcomes = await asyncio.shield(asyncio.wrap_future(self._settled))
        self._publish()
        return outcomes

    def wait(self, timeout: float | None = None) -> Outcomes:
        """Returns the final status or the ``WatchEnded`` of each task. Stopped tasks are left
        out."""
        futures.wait([self._settled], timeout)
        if not self._settled.done():
            raise TimeoutError(f"not every cover was final after {timeout:g} s")
        # `wait` publishes here, because tools that run notebooks keep only the output of the
        # running cell.
        self._publish()
        return self._settled.result()

    def stop(self, *task_ids: str) -> None:
        """Ends the watches of these tasks, or of all tasks, in every board of this bridge."""
        chosen = list(task_ids or self._places)
        bridge = self._following.bridge
        bridge.unwatch(chosen)
        for board in list(_boards):
            # Boards may have different objects for the same bridge, so the processes are compared.
            if board._following.bridge.pid == bridge.pid:
                board._following.part(chosen)

    def download(
        self, directory: PathLike | None = None, *, overwrite: bool = False
    ) -> list[DownloadedFile]:
        """Saves the images of all covers that have succeeded so far. The rows show the progress.

        ``directory`` is on the machine of the kernel; by default it is the board's directory.
        """
        chosen = self._directory if directory is None else directory
        with self._following.lock:
            covers = self._following.covers.all.values()
            ready = [cover.task_id for cover in covers if cover.has_images]
        saved = [self._following.save(each, chosen, overwrite=overwrite) for each in ready]
        with on_error(lambda: [future.cancel() for future in saved]):
            futures.wait(saved)
        return [file for future in saved for file in future.result()]

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Handles a button of the page. A button without an index acts on all rows."""
        index = content.get("index")
        chosen = list(self._places) if index is None else [list(self._places)[index]]
        if content.get("press") == "stop":
            # The stop runs on a thread, because the page does not wait for it.
            self._following.workers.submit(partial(self.stop, *chosen))
            return
        with self._following.lock:
            covers = self._following.covers.all
            ready = [task_id for task_id in chosen if covers[task_id].can_download]
        for task_id in ready:
            self._following.save(task_id, self._directory, overwrite=False)

    def _ipython_display_(self) -> None:
        live = self._repr_mimebundle_()
        if live is not None:
            data, metadata = live
            # The still copy contains the text.
            views = {kind: view for kind, view in data.items() if not kind.startswith("text/")}
            publish(views, metadata=metadata)
        self._is_shown = True
        self._publish(update=False)

    def _paint(self) -> float:
        """Sends the changes to the page."""
        with self._following.lock:
            covers = self._following.covers
            changed, news = covers.changes()
            traits: dict[str, Any] = {"summary": covers.summary}
            for cover in changed:
                index = self._places[cover.task_id]
                traits[f"cover{index}"], traits[f"images{index}"] = cover.row(), cover.images()
            if news:
                traits["announcement"] = news
            is_settled, outcomes = covers.is_settled, covers.outcomes()
        try:
            with self.hold_sync():
                for name, value in traits.items():
                    self.set_trait(name, value)
        finally:
            # This also runs if an observer of the board fails.
            self._still.ask()
            if is_settled and not self._settled.done() and self._following.error is None:
                self._settled.set_result(outcomes)
            elif is_settled and not self._settled.done():
                self._settled.set_exception(self._following.error)
        return LIVE

    def _publish(self, update: bool = True) -> float:
        """Writes the copy of the board that the notebook keeps."""
        if not self._is_shown:
            return STILL
        with self._following.lock:
            now = moment(datetime.now(timezone.utc))
            bundle = mime_bundle(self._following.covers, self.board_id, now)
        publish(bundle, transient={"display_id": self.board_id}, update=update)
        return STILL + len(bundle["text/html"]) / BYTES_PER_SECOND
