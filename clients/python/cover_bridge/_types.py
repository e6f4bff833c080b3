"""The shapes of the protocol, one frozen dataclass each.

Attribute names are the wire's names in snake_case, times are aware datetimes in UTC, and what may
be null on the wire is ``None`` here. Members that a newer bridge adds are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Optional, Union

from ._errors import CoverBridgeError

State = Literal["pending", "generating", "succeeded", "failed", "unknown"]

HealthState = Literal["ok", "rateLimited", "maintenance", "unreachable", "degraded"]


@dataclass(frozen=True)
class Failure:
    """Why a task failed, in the API's words."""

    message: str
    code: Optional[int] = None


@dataclass(frozen=True)
class Warning_:  # noqa: N801 (Warning is a builtin)
    """Something odd about a record that did not cost the record."""

    kind: str
    message: str


@dataclass(frozen=True)
class CoverStatus:
    """All that is known of one cover task at one moment."""

    task_id: str
    state: State
    final: bool
    checked_at: datetime
    images: tuple[str, ...] = ()
    warnings: tuple[Warning_, ...] = ()
    parent_task_id: Optional[str] = None
    created_at: Optional[datetime] = None
    completed_at: Optional[datetime] = None
    expires_at: Optional[datetime] = None
    failure: Optional[Failure] = None
    callback_url: Optional[str] = None
    record: Optional[Mapping[str, Any]] = None


@dataclass(frozen=True)
class StatusChange:
    """One change of one watched task. ``previous`` is ``None`` for the first."""

    sequence: int
    task_id: str
    status: CoverStatus
    final: bool
    previous: Optional[State] = None


@dataclass(frozen=True)
class WatchEnded:
    """A watch that ended without a final status: ``reason`` is ``timeout`` or a kind of error."""

    sequence: int
    task_id: str
    reason: str
    error: Optional[CoverBridgeError] = None


WatchEvent = Union[StatusChange, WatchEnded]


@dataclass(frozen=True)
class Watch:
    """A running watch. ``interval`` is in seconds."""

    task_id: str
    interval: float
    started_at: datetime
    checks: int
    state: Optional[State] = None
    last_checked_at: Optional[datetime] = None
    next_check_at: Optional[datetime] = None
    deadline: Optional[datetime] = None


@dataclass(frozen=True)
class Changes:
    """A page of the journal. With ``more``, ask again after the last sequence in it."""

    changes: tuple[WatchEvent, ...]
    last_sequence: int
    more: bool


@dataclass(frozen=True)
class DownloadedFile:
    """An image on disk. ``bytes`` is its size, ``sha256`` hexadecimal."""

    url: str
    path: str
    bytes: int
    media_type: str
    sha256: str


@dataclass(frozen=True)
class Generation:
    """The cover task of a music task; ``reused`` when it existed already."""

    task_id: str
    reused: bool


@dataclass(frozen=True)
class Health:
    """How the bridge gets on with the API."""

    state: HealthState
    message: str
    retry_at: Optional[datetime] = None


@dataclass(frozen=True)
class ServerInfo:
    """The bridge's name and version."""

    name: str
    version: str


@dataclass(frozen=True)
class Journal:
    """Where changes are kept. Another ``epoch`` means that numbering began again."""

    persistent: bool
    epoch: str
    last_sequence: int


@dataclass(frozen=True)
class Initialization:
    """What the bridge said of itself at the start."""

    server_info: ServerInfo
    protocol_version: int
    journal: Journal
    endpoint: str
    sandbox: bool
    capabilities: Mapping[str, Any]
    limits: Mapping[str, Any]
