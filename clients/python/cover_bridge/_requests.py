"""The methods of both clients: the parameters of each, and the decoder of its result."""

from __future__ import annotations

import asyncio
import inspect
import json
import math
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from ._command import PathLike, absolute, several, text
from ._decode import camel_case, decode
from ._errors import ProtocolError
from ._parameters import check, invalid_parameter, is_text
from ._types import Callback, Changes, CoverStatus, DownloadedFile, Generation, Watch

if TYPE_CHECKING:
    from typing_extensions import Concatenate, ParamSpec

    P = ParamSpec("P")

Result = TypeVar("Result")
Bridge = TypeVar("Bridge")
Made = TypeVar("Made")

Body = Union[str, bytes, Mapping[str, Any]]
# ASGI frameworks pass headers as bytes.
Header = Union[str, bytes]
Headers = Union[Mapping[str, str], Iterable[tuple[Header, Header]]]


@dataclass(frozen=True)
class Request(Generic[Result]):
    method: str
    # The parameters may contain a callback URL, so the `repr` does not show them.
    params: dict[str, Any] = field(repr=False)
    read: Callable[[Any], Result]
    # The seconds that are added to the time limit of every call. None means no limit.
    patience: float | None = 0.0
    progress: Callable[[Any], None] | None = None

    def result(self, answer: Any) -> Result:
        try:
            return self.read(answer)
        except (TypeError, ValueError, KeyError) as error:
            reason = f"{self.method} was answered in an unknown shape: {error}"
            raise ProtocolError(reason) from error


@dataclass(frozen=True)
class Watching:
    """The parameters of a watch."""

    task_ids: list[str]
    interval: float | None
    timeout: float | None
    progress: bool = False

    @property
    def how(self) -> dict[str, Any]:
        return {"interval": self.interval, "timeout": self.timeout}


def method(
    build: Callable[P, Made], call: Callable[[Bridge, Made], Result]
) -> Callable[Concatenate[Bridge, P], Result]:
    """``call`` as a method. It has the name, the docstring and the parameters of ``build``."""

    parameters = inspect.signature(build).parameters

    def made(self: Bridge, /, *args: P.args, **named: P.kwargs) -> Result:
        check(build.__annotations__, {**dict(zip(parameters, args)), **named})
        # The request is built before the coroutine runs, so that relative paths use the current
        # folder.
        return call(self, build(*args, **named))

    update_wrapper(made, build)
    itself = inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    own: Any = made
    own.__signature__ = inspect.Signature([itself, *parameters.values()])
    hints = build.__annotations__.items()
    own.__annotations__ = {name: hint for name, hint in hints if name != "return"}
    if inspect.iscoroutinefunction(call):
        # The mark is for test doubles and frameworks. Before Python 3.12, only asyncio has such a
        # mark.
        if sys.version_info >= (3, 12):
            inspect.markcoroutinefunction(own)
        else:
            own._is_coroutine = vars(asyncio.coroutines)["_is_coroutine"]
    return made


def watch(
    ids: str | Iterable[str], *, interval: float | None = None, timeout: float | None = None
) -> Watching:
    """Every change of these tasks, until each task is final or its watch has ended.

    Yields ``StatusChange`` for a change, and ``WatchEnded`` for a watch without a final status.
    Such a watch ends after ``timeout`` seconds or with an error. The bridge has one watch for each
    task. A second call replaces the interval and the timeout of that watch. The iterator of the
    second call begins with the current status of the task, under the number of the last change.
    With ``restart`` the watch outlives the bridge, even a bridge that dies before its answer.
    """
    return Watching(id_list(ids), interval, finite(timeout))


def follow(
    ids: str | Iterable[str],
    *,
    progress: bool = False,
    interval: float | None = None,
    timeout: float | None = None,
) -> Watching:
    """Watches these tasks until they end. Returns the final status or ``WatchEnded`` of each.

    ``progress`` shows a line if stderr is a terminal. In a notebook, it shows a board if
    ``cover-bridge[notebook]`` is installed. Elsewhere, it shows nothing.
    """
    return Watching(id_list(ids), interval, finite(timeout), progress)


def status(
    task_id: str, *, max_age: float | None = None, include_record: bool = False
) -> Request[CoverStatus]:
    """The current status, or a known status that is at most ``max_age`` seconds old."""
    params = given(task_id=task_id, max_age=max_age, include_record=include_record or None)
    return Request("cover/status", params, partial(decode, CoverStatus))


def wait(task_id: str, *, timeout: float | None = None) -> Request[CoverStatus]:
    """The final status. After ``timeout`` seconds, the method raises ``WaitTimeout``."""
    params = given(task_id=task_id, timeout=finite(timeout))
    return Request("cover/wait", params, partial(decode, CoverStatus), patience=finite(timeout))


def unwatch(ids: str | Iterable[str]) -> Request[list[str]]:
    """Ends watches. Returns the tasks that were watched. The iterators over these tasks end."""
    params = given(task_ids=id_list(ids))
    return Request("cover/unwatch", params, lambda result: list(result["unwatched"]))


def watches(*, after: str | None = None, limit: int | None = None) -> Request[list[Watch]]:
    """The open watches in the order of their task ids.

    ``after`` is the id after which the list begins. ``limit`` is the most watches in the list;
    without it, the list is complete.
    """
    params = given(after=after, limit=limit)
    return Request("cover/watches", params, partial(_each, Watch, "watches"))


def changes(after: int = 0, limit: int = 100) -> Request[Changes]:
    """A page of the journal: the changes after a sequence number."""
    return Request("cover/changes", given(after=after, limit=limit), partial(decode, Changes))


def sync() -> Request[int]:
    """Returns the last sequence number, once each change up to it has reached its iterator."""
    return Request("cover/sync", {}, lambda result: int(result["lastSequence"]))


def download(
    task_id: str,
    directory: PathLike,
    *,
    overwrite: bool = False,
    progress: Callable[[Any], None] | None = None,
) -> Request[list[DownloadedFile]]:
    """Saves the images.

    The client calls ``progress`` with the reports of the bridge, on the thread of this call or on
    the event loop. An exception in ``progress`` ends the download. After ``BridgeDied``, the caller
    may repeat the call with ``overwrite``, which replaces existing files.
    """
    # The working directory of this process may have changed. That of the bridge has not.
    folder = text("directory", directory)
    if not folder:
        raise invalid_parameter("directory", "is empty: name a folder")
    params = given(task_id=task_id, directory=absolute("directory", folder), overwrite=overwrite)
    read = partial(_each, DownloadedFile, "files")
    return Request("cover/download", params, read, patience=None, progress=progress)


def generate(task_id: str, *, callback_url: str | None = None) -> Request[Generation]:
    """Orders the cover of a music task. The order costs credits, unless the cover exists already.

    After ``BridgeDied`` or ``BridgeClosed``, the order may exist nevertheless. The client never
    repeats it. If it exists, the same call returns its cover, as ``reused``.
    """
    params = given(task_id=task_id, callback_url=callback_url)
    return Request("cover/generate", params, partial(decode, Generation))


def callback(body: Body, headers: Headers = ()) -> Request[Callback]:
    """Passes on a callback of the API: its unchanged body and its headers.

    The bridge queries the record of the task, and updates a watch of the task at once. The key
    comes from ``webhook_key_file`` or ``KIE_WEBHOOK_KEY``. With a key, the method raises
    ``BadSignature`` if the signature is wrong or old. Without a key, the bridge queries only
    watched tasks, and raises ``TaskNotFound`` for all others.
    """
    sent = {_text(name).lower(): _text(value) for name, value in _pairs(headers)}
    timestamp, signature = map(sent.get, ("x-webhook-timestamp", "x-webhook-signature"))
    params = given(body=_body(body), timestamp=timestamp, signature=signature)
    return Request("cover/callback", params, partial(decode, Callback))


def account_credits() -> Request[float]:
    """The remaining credits of the account."""
    return Request("account/credits", {}, lambda result: float(result["credits"]))


def stats() -> Request[dict[str, Any]]:
    """The bridge's counters."""
    return Request("bridge/stats", {}, dict)


def ping() -> Request[None]:
    """Returns when the bridge has answered."""
    return Request("ping", {}, lambda result: None)


def id_list(ids: object) -> list[str]:
    """The given ids as a list without repetitions. Raises ``InvalidParams`` for an id that is no
    text."""
    given = several(ids)
    if not all(map(is_text, given)):
        raise invalid_parameter("ids", "must be a str or several, without surrogates")
    return list(dict.fromkeys(each for each in given if isinstance(each, str)))


def finite(timeout: float | None) -> float | None:
    """The timeout for the bridge. An endless timeout becomes ``None``, because JSON has no
    infinity."""
    return None if timeout == math.inf else timeout


def given(**params: Any) -> dict[str, Any]:
    """The parameters with their wire names, without those that are ``None``."""
    return {camel_case(name): value for name, value in params.items() if value is not None}


def _each(shape: type[Result], member: str, result: Mapping[str, Any]) -> list[Result]:
    return [decode(shape, value) for value in result[member]]


def _body(body: Body) -> Any:
    """The body as text. Half a surrogate pair and bytes that are not UTF-8 become U+FFFD."""
    if isinstance(body, (bytes, bytearray)):
        return bytes(body).decode(errors="replace")
    if isinstance(body, str):
        return body.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    with suppress(TypeError, ValueError, RecursionError):
        # `json.dumps` writes half a surrogate pair as an escape, and the bridge replaces the
        # escape.
        return json.dumps(body, allow_nan=False)
    raise invalid_parameter("body", "cannot be written as JSON")


def _pairs(headers: Headers) -> Iterable[tuple[Header, Header]]:
    with suppress(TypeError, ValueError):
        return dict(headers).items()
    raise invalid_parameter("headers", "must be a mapping or pairs")


def _text(header: Header) -> str:
    raw = header if isinstance(header, bytes) else str(header).encode(errors="replace")
    return raw.decode(errors="replace")
