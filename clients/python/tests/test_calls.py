"""Calls and their errors."""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge._decode import BY_KIND

from .conftest import Fake, Heard


def test_the_information_of_the_bridge(fake: Fake) -> None:
    with fake(sandbox=True) as bridge:
        assert bridge.server_info == cover_bridge.ServerInfo("fake", "9.9.9")
        assert bridge.protocol_version == 1
        assert bridge.sandbox
        assert bridge.endpoint == "http://127.0.0.1:1"
        assert not bridge.journal.persistent
        assert (bridge.capabilities, bridge.limits) == ({}, {})


def test_another_version_of_the_protocol_is_refused(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_VERSION", "2")
    with pytest.raises(cover_bridge.ProtocolError, match="version 2"):
        fake()


def test_a_status(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        status = bridge.status("x", max_age=2, include_record=True)
    assert status == cover_bridge.CoverStatus(
        task_id="x",
        state="pending",
        final=False,
        created_at=datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc),
        checked_at=datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc),
        warnings=(cover_bridge.Warning_("odd", "very"),),
    )
    assert heard.messages("cover/status")[0]["params"] == {
        "taskId": "x",
        "maxAge": 2,
        "includeRecord": True,
    }


def test_the_other_calls(fake: Fake, heard: Heard) -> None:
    with fake() as bridge:
        bridge.ping()
        assert bridge.credits() == 12
        assert bridge.stats() == {"requests": 1}
        assert bridge.sync() == 0
        assert bridge.unwatch("unwatched") == []
        assert bridge.changes() == cover_bridge.Changes((), 0, more=False)


def test_a_key_goes_only_through_initialize(
    fake: Fake, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIE_API_KEY", "from the environment")
    with fake(api_key="secret") as bridge:
        for name in ("cmdline", "environ"):
            seen = Path(f"/proc/{bridge.pid}/{name}")
            if seen.exists():
                assert b"secret" not in seen.read_bytes()
                assert b"KIE_API_KEY" not in seen.read_bytes()
    params = heard.messages("initialize")[0]["params"]
    assert params["apiKey"] == "secret"
    assert params["processId"] == os.getpid()


def test_a_download_reports_on_the_calling_thread(fake: Fake, tmp_path: Path) -> None:
    reports: list[tuple[int, Any]] = []
    with fake() as bridge:
        files = bridge.download(
            "x", tmp_path, progress=lambda value: reports.append((threading.get_ident(), value))
        )
        assert bridge.download("x", str(tmp_path)) == files
    here = threading.get_ident()
    assert reports == [(here, {"bytes": 1}), (here, {"bytes": 2}), (here, {"bytes": 3})]
    assert files[0].path == f"{tmp_path}/b.png"
    assert files[0].media_type == "image/png"


def test_a_failing_progress_callback_cancels_the_download(fake: Fake, tmp_path: Path) -> None:
    def fail(value: Any) -> None:
        raise LookupError(value)

    with fake() as bridge:
        with pytest.raises(LookupError):
            bridge.download("x", tmp_path, progress=fail)
        bridge.ping()


def test_health_may_call_the_bridge(fake: Fake) -> None:
    seen: list[cover_bridge.Health] = []
    is_reported = threading.Event()

    def on_health(health: cover_bridge.Health) -> None:
        bridge.ping()
        seen.append(health)
        is_reported.set()
        raise LookupError("a callback's failure costs nothing")

    with fake(on_health=on_health) as bridge:
        bridge.stats()
        assert is_reported.wait(60)
        bridge.ping()
    assert seen[0].state == "rateLimited"
    assert seen[0].retry_at == datetime(2026, 1, 2, 3, 4, 5, 678000, timezone.utc)


KINDS = [
    "badRequest",
    "unauthorized",
    "insufficientCredits",
    "taskNotFound",
    "conflict",
    "validationFailed",
    "rateLimited",
    "maintenance",
    "serverError",
    "featureDisabled",
    "missingCredentials",
    "unreachable",
    "requestTimeout",
    "malformedResponse",
    "waitTimeout",
    "overloaded",
    "shuttingDown",
    "downloadFailed",
    "fileExists",
    "insecureEndpoint",
    "badSignature",
    "untrustedServer",
    "parseError",
    "invalidRequest",
    "duplicateId",
    "messageTooLarge",
    "methodNotFound",
    "invalidParams",
    "internalError",
    "cancelled",
]


def test_every_kind_has_its_exception(fake: Fake) -> None:
    with fake() as bridge:
        for kind in KINDS:
            with pytest.raises(cover_bridge.CoverBridgeError, match="so it is") as caught:
                bridge.status(f"error:{kind}")
            error = caught.value
            assert type(error).__name__ == kind[0].upper() + kind[1:]
            assert getattr(cover_bridge, type(error).__name__) is type(error)
            assert (error.code, error.kind, error.message) == (400, kind, "so it is")
            assert (error.retryable, error.retry_after) == (True, 1.5)
    assert len(KINDS) == len(BY_KIND) - 6, "six kinds are the package's own"


def test_an_unknown_kind_is_the_base(fake: Fake) -> None:
    with fake() as bridge, pytest.raises(cover_bridge.CoverBridgeError) as caught:
        bridge.status("error:inventedLater")
    assert type(caught.value) is cover_bridge.CoverBridgeError
    assert caught.value.kind == "inventedLater"


def test_a_wait_timeout_has_the_last_status(fake: Fake) -> None:
    with fake() as bridge, pytest.raises(TimeoutError) as caught:
        bridge.status("error:waitTimeout")
    assert isinstance(caught.value, cover_bridge.WaitTimeout)
    assert caught.value.last is not None
    assert caught.value.last.state == "pending"


def test_a_call_timeout_cancels(fake: Fake, heard: Heard) -> None:
    with fake(timeout=3) as bridge:
        with pytest.raises(cover_bridge.CallTimeout, match="cover/status within 3 s"):
            bridge.status("silent")
        call = heard.expect("cover/status")[0]
        assert heard.expect("$/cancelRequest")[0]["params"] == {"id": call["id"]}
        bridge.ping()


def test_for_ever_is_not_sent_as_a_number(fake: Fake, heard: Heard) -> None:
    for_ever = float("inf")
    with fake(timeout=for_ever) as bridge:
        assert len(list(bridge.watch("success", timeout=for_ever))) == 3
        threading.Timer(0.1, bridge.close).start()
        with pytest.raises(cover_bridge.BridgeClosed):
            bridge.wait("x", timeout=for_ever)
    assert heard.messages("cover/watch")[0]["params"] == {"taskIds": ["success"]}
    assert heard.messages("cover/wait")[0]["params"] == {"taskId": "x"}


def test_a_wait_has_a_time_limit_of_its_own(fake: Fake, heard: Heard) -> None:
    with fake(timeout=0.1) as bridge:
        began = time.monotonic()
        with pytest.raises(cover_bridge.CallTimeout):
            bridge.wait("x", timeout=0.4)
        assert time.monotonic() - began >= 0.5
    assert heard.messages("cover/wait")[0]["params"] == {"taskId": "x", "timeout": 0.4}


SECOND = timedelta(seconds=1)
SECONDS = "must be a (finite )?number of seconds"
CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)
WRONG: list[tuple[str, str, Callable[[Any], object]]] = [
    ("task_id", "surrogates; it is a str", lambda bridge: bridge.status("\ud800")),
    ("task_id", "a str .*; it is a bytes", lambda bridge: bridge.status(b"abc")),
    ("task_id", "it is a set", lambda bridge: bridge.wait({"a"})),
    ("task_id", "it is a bytes", lambda bridge: bridge.download(b"abc", "covers")),
    ("task_id", "it is a bytes", lambda bridge: bridge.generate(b"abc")),
    ("max_age", f"{SECONDS}; it is a float", lambda bridge: bridge.status("x", max_age=math.nan)),
    ("max_age", f"{SECONDS}; it is a timedelta", lambda bridge: bridge.status("x", max_age=SECOND)),
    ("include_record", "True or False", lambda bridge: bridge.status("x", include_record="no")),
    ("timeout", f"{SECONDS} above 0; it is a str", lambda bridge: bridge.wait("x", timeout="5")),
    ("timeout", "it is a float", lambda bridge: bridge.wait("x", timeout=math.nan)),
    ("timeout", "it is a float", lambda bridge: bridge.wait("x", timeout=-math.inf)),
    ("timeout", f"{SECONDS} above 0; it is -1", lambda bridge: bridge.wait("x", timeout=-1)),
    ("timeout", "it is a bool", lambda bridge: bridge.wait("x", timeout=True)),
    ("timeout", "it is a int", lambda bridge: bridge.wait("x", timeout=10**400)),
    ("ids", "must be a str or several", lambda bridge: bridge.unwatch(b"abc")),
    ("ids", "must be a str or several", lambda bridge: bridge.watch([b"abc"])),
    ("ids", "must be a str or several", lambda bridge: bridge.follow(["x", b"abc"])),
    ("ids", "must be a str or several", lambda bridge: bridge.watch(None)),
    ("ids", "must be a str or several", lambda bridge: bridge.watch([["x"]])),
    ("ids", "without surrogates", lambda bridge: bridge.watch("\udcff")),
    ("interval", "it is a float", lambda bridge: bridge.watch("x", interval=math.inf)),
    ("interval", "it is a timedelta", lambda bridge: bridge.watch("x", interval=SECOND)),
    ("interval", "it is a Decimal", lambda bridge: bridge.follow("x", interval=Decimal(1))),
    ("timeout", "it is a str", lambda bridge: bridge.watch("x", timeout="5")),
    ("progress", "True or False", lambda bridge: bridge.follow("x", progress=print)),
    ("after", "a finite number; it is a bytes", lambda bridge: bridge.changes(b"1")),
    ("limit", "it is a float", lambda bridge: bridge.changes(limit=math.nan)),
    ("after", "surrogates", lambda bridge: bridge.watches(after="\udcff")),
    ("callback_url", "it is a bytes", lambda bridge: bridge.generate("x", callback_url=b"a")),
    ("directory", "only text", lambda bridge: bridge.download("x", None)),
    ("directory", "only text", lambda bridge: bridge.download("x", bytearray(b"a"))),
    ("directory", "surrogates", lambda bridge: bridge.download("x", "\ud800")),
    ("directory", "is empty", lambda bridge: bridge.download("x", "")),
    ("overwrite", "True or False", lambda bridge: bridge.download("x", "/a", overwrite="no")),
    ("progress", "a function", lambda bridge: bridge.download("x", "/a", progress=True)),
    ("headers", "a mapping or pairs", lambda bridge: bridge.callback("{}", None)),
    ("headers", "a mapping or pairs", lambda bridge: bridge.callback("{}", "a: b")),
    ("headers", "a mapping or pairs", lambda bridge: bridge.callback("{}", [1, 2])),
    ("body", "as JSON", lambda bridge: bridge.callback({"a": CIRCLE})),
    ("body", "as JSON", lambda bridge: bridge.callback({"a": math.nan})),
]


@pytest.mark.parametrize(("parameter", "reason", "call"), WRONG)
def test_a_wrong_value_fails_before_anything_is_sent(
    fake: Fake, heard: Heard, parameter: str, reason: str, call: Callable[[Any], object]
) -> None:
    with fake() as bridge:
        with pytest.raises(cover_bridge.InvalidParams, match=reason) as caught:
            call(bridge)
        assert (caught.value.kind, caught.value.parameter) == ("invalidParams", parameter)
        assert caught.value.__context__ is None
        bridge.ping()
    sent = {line["method"] for line in heard.all()}
    assert sent <= {"initialize", "initialized", "ping", "shutdown", "exit"}


def test_many_threads_share_one_bridge(fake: Fake) -> None:
    wrong: list[str] = []

    def ask(name: str) -> None:
        for number in range(100):
            task_id = f"{name}/{number}"
            if bridge.status(task_id).task_id != task_id:
                wrong.append(task_id)

    with fake() as bridge:
        threads = [threading.Thread(target=ask, args=(f"t{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
