"""The cost of an event must not grow with the number of other watches."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import cover_bridge
from cover_bridge._async_stream import Waker
from cover_bridge._decode import decode
from cover_bridge._requests import watch
from cover_bridge._subscriptions import Delivery, Subscription, Subscriptions
from cover_bridge._workers import Workers

from .test_decode import FULL
from .test_surroundings import FewThreads

TASKS = [f"task-{number}" for number in range(1000)]


def event(task_id: str, sequence: int, *, final: bool = False) -> cover_bridge.StatusChange:
    status = decode(cover_bridge.CoverStatus, {**FULL, "taskId": task_id, "final": final})
    return cover_bridge.StatusChange(sequence, task_id, status, final)


def test_an_event_reaches_only_the_watches_of_its_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    subscriptions = Subscriptions()
    heard: list[list[str]] = []
    for task_id in [*TASKS, TASKS[7]]:
        subscription = Subscription(watch(task_id))
        subscription.put = lambda item: None
        subscriptions.add(subscription)
        subscriptions.answered(subscription, {"watches": []})
    offer = Subscription.offer

    def counted(self: Subscription, event: Any) -> None:
        heard.append(list(self.open))
        offer(self, event)

    monkeypatch.setattr(Subscription, "offer", counted)
    subscriptions.deliver(event(TASKS[7], 1))
    assert heard == [[TASKS[7]]] * 2
    # The client keeps nothing of a subscription that has ended.
    for sequence, task_id in enumerate(TASKS, 2):
        subscriptions.deliver(event(task_id, sequence, final=True))
    assert subscriptions.tasks == []
    assert len(heard) == 2 + len(TASKS) + 1


def test_a_loop_is_woken_once_for_several_events(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        call_soon = loop.call_soon_threadsafe
        wakes: list[Any] = []

        def counted(*call: Any, **named: Any) -> Any:
            wakes.append(call)
            return call_soon(*call, **named)

        monkeypatch.setattr(loop, "call_soon_threadsafe", counted)
        waker = Waker(loop)
        mails = [asyncio.Queue[Delivery]() for _ in range(100)]
        readers = [asyncio.create_task(read(mail)) for mail in mails]
        await asyncio.sleep(0)
        for number in range(300):
            waker.put(mails[number % 100], event("a", number + 1))
        assert len(wakes) == 1
        assert await asyncio.gather(*readers) == [3] * 100
        # A later event wakes the loop again.
        waker.put(mails[0], None)
        assert await mails[0].get() is None
        assert len(wakes) == 2

    async def read(mail: asyncio.Queue[Delivery]) -> int:
        found: list[Delivery] = [await mail.get() for _ in range(3)]
        return len(found)

    asyncio.run(main())


def test_a_worker_that_does_not_start_does_not_affect_later_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workers = Workers(1)
    with monkeypatch.context() as few:
        FewThreads(few, 0)
        first = workers.submit(lambda: 1)
        assert not first.done()
    assert workers.submit(lambda: 2).result(10) == 2
    assert first.result(10) == 1
