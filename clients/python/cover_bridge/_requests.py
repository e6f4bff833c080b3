"""The requests of the protocol: method, parameters, and how to read the result."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from ._command import PathLike, absolute
from ._decode import decode
from ._errors import ProtocolError
from ._types import Callback, Changes, CoverStatus, DownloadedFile, Generation, Watch
from ._webhook import Body, Headers, parameters

Result = TypeVar("Result")


@dataclass(frozen=True)
class Request(Generic[Result]):
    method: str
    # May hold a callback URL.
    params: dict[str, Any] = field(repr=False)
    read: Callable[[Any], Result]


def status(task_id: str, max_age: float | None, include_record: bool) -> Request[CoverStatus]:
    params: dict[str, Any] = {
        "taskId": task_id,
        "maxAge": max_age,
        "includeRecord": include_record or None,
    }
    return _request("cover/status", lambda result: decode(CoverStatus, result), params)


def wait(task_id: str, timeout: float | None) -> Request[CoverStatus]:
    params = {"taskId": task_id, "timeout": timeout}
    return _request("cover/wait", lambda result: decode(CoverStatus, result), params)


def unwatch(task_ids: str | Iterable[str]) -> Request[list[str]]:
    params = {"taskIds": id_list(task_ids)}
    return _request("cover/unwatch", lambda result: list(result["unwatched"]), params)


def watches(after: str | None, limit: int | None) -> Request[list[Watch]]:
    params: dict[str, Any] = {"after": after, "limit": limit}
    return _request(
        "cover/watches", lambda result: [decode(Watch, w) for w in result["watches"]], params
    )


def changes(after: int, limit: int) -> Request[Changes]:
    params = {"after": after, "limit": limit}
    return _request("cover/changes", lambda result: decode(Changes, result), params)


def sync() -> Request[int]:
    return _request("cover/sync", lambda result: int(result["lastSequence"]))


def download(task_id: str, directory: PathLike, overwrite: bool) -> Request[list[DownloadedFile]]:
    # The bridge keeps the working directory it was started in; ours may have changed.
    params: dict[str, Any] = {
        "taskId": task_id,
        "directory": absolute(directory),
        "overwrite": overwrite,
    }
    return _request(
        "cover/download",
        lambda result: [decode(DownloadedFile, f) for f in result["files"]],
        params,
    )


def callback(body: Body, headers: Headers) -> Request[Callback]:
    params = parameters(body, headers)
    return _request("cover/callback", lambda result: decode(Callback, result), params)


def generate(task_id: str, callback_url: str | None) -> Request[Generation]:
    params = {"taskId": task_id, "callbackUrl": callback_url}
    return _request("cover/generate", lambda result: decode(Generation, result), params)


def account_credits() -> Request[float]:
    return _request("account/credits", lambda result: float(result["credits"]))


def stats() -> Request[dict[str, Any]]:
    return _request("bridge/stats", dict)


def ping() -> Request[None]:
    return _request("ping", lambda result: None)


def id_list(task_ids: str | Iterable[str]) -> list[str]:
    """One id or several, each once."""
    return [task_ids] if isinstance(task_ids, str) else list(dict.fromkeys(task_ids))


def finite(timeout: float | None) -> float | None:
    """For ever is no number."""
    return None if timeout == math.inf else timeout


def _request(
    method: str, read: Callable[[Any], Result], params: dict[str, Any] | None = None
) -> Request[Result]:
    def checked(result: Any) -> Result:
        try:
            return read(result)
        except (TypeError, ValueError, KeyError) as error:
            raise ProtocolError(f"{method} was answered in an unknown shape: {error}") from error

    given = {name: value for name, value in (params or {}).items() if value is not None}
    return Request(method, given, checked)
