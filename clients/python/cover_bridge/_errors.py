"""One exception class for each kind of error. All of them are subclasses of ``CoverBridgeError``.

The package exports all public names of this module. So the imports here have private names.
"""

import typing as _typing

if _typing.TYPE_CHECKING:
    from ._types import CoverStatus as _CoverStatus


class CoverBridgeError(Exception):
    """The base class of all errors of this package.

    An unknown kind from a newer bridge is raised as this class. ``code`` is the JSON-RPC code, or
    ``None`` if this package raised the error without the bridge. ``retry_after`` is in seconds.
    ``data`` is the unchanged data object of the error.
    """

    kind: str = "unknown"

    def __init_subclass__(cls) -> None:
        # For example, the class `TaskNotFound` has the kind `taskNotFound`.
        cls.kind = cls.__name__[0].lower() + cls.__name__[1:]

    def __init__(
        self,
        message: str,
        *,
        code: _typing.Optional[int] = None,
        kind: _typing.Optional[str] = None,
        data: _typing.Optional[_typing.Mapping[str, _typing.Any]] = None,
    ) -> None:
        super().__init__(message)
        data = data or {}
        if kind is not None:
            self.kind = kind
        self.message = message
        self.code = code
        self.data = data
        self.retryable: bool = data.get("retryable") is True
        self.retry_after: _typing.Optional[float] = data.get("retryAfter")
        self.http_status: _typing.Optional[int] = data.get("httpStatus")
        self.api_code: _typing.Optional[int] = data.get("apiCode")
        self.api_message: _typing.Optional[str] = data.get("apiMessage")
        self.task_id: _typing.Optional[str] = data.get("taskId")
        self.parameter: _typing.Optional[str] = data.get("parameter")


# Errors of the API.


class BadRequest(CoverBridgeError):
    """The API did not accept the parameters."""


class Unauthorized(CoverBridgeError):
    """The API refused the key."""


class InsufficientCredits(CoverBridgeError):
    """The account has too few credits."""


class TaskNotFound(CoverBridgeError):
    """The API does not know the task."""


class Conflict(CoverBridgeError):
    """The cover exists already, and the API did not say under which id."""


class ValidationFailed(CoverBridgeError):
    """The API found a parameter invalid."""


class RateLimited(CoverBridgeError):
    """There were too many requests. ``retry_after`` is the pause before the next one."""


class Maintenance(CoverBridgeError):
    """The API is under maintenance."""


class ServerError(CoverBridgeError):
    """The API failed, or used an undocumented code (``api_code``)."""


class FeatureDisabled(CoverBridgeError):
    """The feature is disabled for this account."""


# Errors of the bridge.


class MissingCredentials(CoverBridgeError):
    """No API key is configured."""


class Unreachable(CoverBridgeError):
    """DNS, TCP or TLS failed on the way to the API."""


class RequestTimeout(CoverBridgeError):
    """The API did not answer the bridge in time."""


class MalformedResponse(CoverBridgeError):
    """The answer of the API is no record."""


class WaitTimeout(CoverBridgeError, TimeoutError):
    """A ``wait`` reached its timeout. The task continues. ``last`` is the last known status or
    ``None``."""

    last: "_typing.Optional[_CoverStatus]" = None


class Overloaded(CoverBridgeError):
    """Too many queries wait for their turn."""


class ShuttingDown(CoverBridgeError):
    """The bridge is shutting down."""


class DownloadFailed(CoverBridgeError):
    """An image could not be fetched."""


class FileExists(CoverBridgeError):
    """The file exists, and ``overwrite`` was not set."""


class InsecureEndpoint(CoverBridgeError):
    """The endpoint is plain http to another machine, or the URL of an image is not https."""


class BadSignature(CoverBridgeError):
    """The callback is not signed with the webhook key, or is more than five minutes old."""


class UntrustedServer(CoverBridgeError):
    """The server's certificate has an unknown authority, has another name, or has expired."""


# Errors of JSON-RPC.


class ParseError(CoverBridgeError):
    """The bridge could not read the message."""


class InvalidRequest(CoverBridgeError):
    """The message was no request."""


class DuplicateId(CoverBridgeError):
    """Another request with this id is still open."""


class MessageTooLarge(CoverBridgeError):
    """The message is longer than the bridge accepts."""


class MethodNotFound(CoverBridgeError):
    """The bridge has no such method."""


class InvalidParams(CoverBridgeError, ValueError):
    """A parameter is missing or invalid; ``parameter`` names it."""


class InternalError(CoverBridgeError):
    """The bridge has a fault in its own code."""


class Cancelled(CoverBridgeError):
    """The request was cancelled."""


# Errors of this package.


class BridgeNotFound(CoverBridgeError):
    """There is no ``cover-bridge`` to start. The message names every place that was searched."""


class CannotRun(CoverBridgeError, RuntimeError):
    """The client cannot work in this Python at this moment.

    The message gives the reason: no thread can start, there is no event loop, or a module was
    replaced.
    """


class BridgeDied(CoverBridgeError):
    """The bridge's process ended by itself.

    ``exit_code`` is negative for a signal. It is ``None`` if this process ignores SIGCHLD, or if
    other code of this process waited for the bridge first.
    """

    exit_code: _typing.Optional[int] = None
    stderr_tail: str = ""


class BridgeClosed(CoverBridgeError):
    """The client was closed, or the bridge belongs to the parent of this forked process."""


class CallTimeout(CoverBridgeError, TimeoutError):
    """The bridge did not answer the client in time. The client cancelled the call."""


class ProtocolError(CoverBridgeError):
    """The bridge sent a message that this version of the package does not understand."""
