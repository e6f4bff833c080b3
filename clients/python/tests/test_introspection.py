"""What Python's introspection shows about the clients."""

from __future__ import annotations

import asyncio
import inspect
import sys
import typing
from typing import Any
from unittest import mock

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge

CALLS: dict[str, list[str]] = {
    "status": ["x"],
    "follow": ["x"],
    "download": ["x", "folder"],
    "ping": [],
    "start": [],
}


@pytest.mark.parametrize("name", CALLS)
def test_a_method_of_the_asyncio_client_is_a_coroutine_function(name: str) -> None:
    double: Any = mock.create_autospec(AsyncCoverBridge, instance=True)
    method = getattr(double, name)
    method.return_value = "result"

    async def main() -> Any:
        return await method(*CALLS[name])

    assert asyncio.run(main()) == "result"
    method.assert_awaited_once_with(*CALLS[name])


def test_a_watch_and_the_synchronous_methods_are_plain_functions() -> None:
    asynchronous: Any = mock.create_autospec(AsyncCoverBridge, instance=True)
    synchronous: Any = mock.create_autospec(CoverBridge, instance=True)
    for function in (asynchronous.watch, synchronous.status, synchronous.follow):
        assert not inspect.isawaitable(function("x"))


@pytest.mark.skipif(sys.version_info < (3, 10), reason="Python 3.9 evaluates no `str | None`")
def test_type_hints_can_be_evaluated() -> None:
    hints = typing.get_type_hints(CoverBridge.__init__)
    assert hints["timeout"] == typing.Optional[float]
    status = typing.get_type_hints(CoverBridge.status)
    assert (status["task_id"], status["include_record"]) == (str, bool)
    # The function behind a method returns a request, but the method does not. So the method has no
    # return annotation.
    assert "return" not in status


def test_a_signature_and_a_docstring_are_those_of_the_method() -> None:
    assert str(inspect.signature(CoverBridge.ping)) == "(self)"
    assert list(inspect.signature(AsyncCoverBridge.wait).parameters) == [
        "self",
        "task_id",
        "timeout",
    ]
    assert "WaitTimeout" in (cover_bridge.CoverBridge.wait.__doc__ or "")
