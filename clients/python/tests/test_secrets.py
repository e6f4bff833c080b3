"""Error reports must contain no key, no callback URL and no raw body."""

from __future__ import annotations

import base64
import copy
import json
import logging
import pickle
import traceback
from typing import Any
from urllib.parse import quote

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge, CoverStatus, StatusChange
from cover_bridge import _command as command
from cover_bridge._calls import Call
from cover_bridge._decode import BY_KIND, decode
from cover_bridge._session import Send, Session

from .conftest import FAKE, Fake
from .fake_bridge import cover

KEY = "sk-0123456789abcdef"
SECRET_URL = "https://example.com/hook?token=geheim"

FILES = ["api_key_file", "ca_file", "webhook_key_file", "journal"]
DEFAULTS: dict[str, Any] = dict.fromkeys(
    ["sandbox", "endpoint", "api_key", *FILES, "rate", "interval", "env"]
)


def launch(**options: Any) -> command.Launch:
    defaults: dict[str, Any] = {**DEFAULTS, "command": "/bridge", "args": ()}
    return command.launch(**{**defaults, **options})


@pytest.mark.parametrize(
    "options",
    [
        {"api_key": KEY},
        {"env": {"KIE_API_KEY": KEY}},
        {"env": {"ANOTHER_NAME": KEY}},
        {"args": ["--odd", KEY]},
        {"command": ["docker", "exec", "-e", f"KIE_API_KEY={KEY}", "box", "cover-bridge"]},
        {"endpoint": f"https://{KEY}@example.com"},
    ],
)
def test_a_launch_shows_only_its_program(options: dict[str, Any]) -> None:
    made = launch(**options)
    assert KEY not in f"{made!r} {made} {vars(made)['environment']!r} {made.api_key!r}"
    for keep in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="a Launch cannot be pickled or copied"):
            keep(made)


def test_the_key_of_this_process_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", KEY)
    made = launch()
    assert made.environment["KIE_API_KEY"] == KEY
    assert KEY not in repr(made)
    assert KEY not in repr(made.environment)


@pytest.mark.parametrize("client", [CoverBridge, AsyncCoverBridge])
def test_a_client_is_not_pickled(client: Any) -> None:
    bridge = client(command=FAKE, api_key=KEY)
    assert KEY not in repr(bridge)
    with pytest.raises(TypeError, match=f"a {client.__name__} cannot be pickled"):
        pickle.dumps(bridge)
    if client is CoverBridge:
        with pytest.raises(TypeError, match="a ChangeStream cannot be pickled"):
            pickle.dumps(bridge.watch("open"))
        bridge.close()


def every_local(error: BaseException | None) -> str:
    """All local variables of this package's frames, as a detailed error report prints them."""
    shown: list[str] = []
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            if "cover_bridge" in frame.f_code.co_filename or "subprocess" in str(frame.f_code):
                shown += [f"{name}={value!r}" for name, value in frame.f_locals.items()]
        error = error.__cause__ or error.__context__
    return "\n".join(shown)


def test_the_frames_of_a_start_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIE_API_KEY", KEY)
    with pytest.raises(cover_bridge.BridgeNotFound) as raised:
        CoverBridge(command="/nowhere/cover-bridge")
    assert "launch" in every_local(raised.value)
    assert KEY not in every_local(raised.value)
    assert KEY not in "".join(traceback.format_exception(None, raised.value, raised.tb))
    monkeypatch.setenv("COVER_BRIDGE", "")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(command, "beside_the_package", lambda: iter(()))
    with pytest.raises(cover_bridge.BridgeNotFound) as raised:
        CoverBridge()
    assert "environment=" in every_local(raised.value)
    assert KEY not in every_local(raised.value)


@pytest.mark.parametrize("client", [CoverBridge, AsyncCoverBridge])
@pytest.mark.parametrize(
    "given",
    [{"api_key": KEY}, {"env": {"ANY_NAME": KEY}}, {"fleet": f"redis://:{KEY}@example.com"}],
)
def test_the_frames_of_a_start_with_given_secrets(client: Any, given: dict[str, Any]) -> None:
    """The last option is refused, so that the error has the frames of the constructor."""
    with pytest.raises(cover_bridge.InvalidParams) as raised:
        client(command="/bridge", args=["a\0b"], **given)
    shown = every_local(raised.value)
    assert [name for name in ("api_key=", "given=", "argv=") if name not in shown] == []
    assert KEY not in shown
    # Some reports print the elements of a mapping, and not the mapping.
    values = [repr(each) for each in launch(env={"ANY_NAME": KEY}).environment.values()]
    assert set(values) == {"'***'"}


def test_a_call_shows_neither_parameters_nor_frame(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Call] = []
    transmit = Session._transmit  # pyright: ignore[reportPrivateUsage]

    def kept(self: Session, call: Call, send: Send | None) -> None:
        calls.append(call)
        transmit(self, call, send)

    monkeypatch.setattr(Session, "_transmit", kept)
    with fake(api_key=KEY) as bridge:
        bridge.generate("music", callback_url=SECRET_URL)
    assert any(KEY.encode() in call.frame for call in calls)
    assert any(SECRET_URL.encode() in call.frame for call in calls)
    assert KEY not in repr(calls)
    assert "geheim" not in repr(calls)


def test_a_wrapper_that_prints_its_environment_on_stderr(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIE_API_KEY", KEY)
    wrapper = ["sh", "-c", 'echo "KIE_API_KEY=$KIE_API_KEY" >&2; exec "$@"', "sh", *FAKE]
    with caplog.at_level(logging.DEBUG), CoverBridge(command=wrapper, restart=True) as bridge:
        with pytest.raises(cover_bridge.BridgeDied) as raised:
            bridge.status("die")
        bridge.ping()
    assert "KIE_API_KEY=***" in str(raised.value)
    assert "KIE_API_KEY=***" in caplog.text
    shown = f"{raised.value!r} {raised.value.stderr_tail} {vars(raised.value)} {caplog.text}"
    assert KEY not in shown


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("KIE_WEBHOOK_KEY", KEY, "***"),
        ("COVER_BRIDGE_FLEET", f"redis://app:{KEY}@host:1/0", "redis://app:***@host:1/0"),
        ("COVER_BRIDGE_FLEET", "rediss://:pw@host", "rediss://:***@host"),
        ("HTTPS_PROXY", "http://me:p@w@proxy:3128", "http://me:***@proxy:3128"),
        ("COVER_BRIDGE_FLEET", "/dev/shm/covers.fleet", "/dev/shm/covers.fleet"),
    ],
)
def test_a_wrapper_that_prints_another_secret(variable: str, value: str, shown: str) -> None:
    wrapper = ["sh", "-c", f'echo "{variable}=${variable}" >&2; exec "$@"', "sh", *FAKE]
    bridge = CoverBridge(command=wrapper, env={variable: value})
    with bridge, pytest.raises(cover_bridge.BridgeDied) as raised:
        bridge.status("die")
    assert f"{variable}={shown}\n" in raised.value.stderr_tail


def test_a_wrapper_that_prints_keys_in_other_forms() -> None:
    key = 'sk+/"0123456789'
    in_base64 = base64.b64encode(key.encode()).decode()
    written = [quote(key, safe=""), json.dumps(key), in_base64, "pa@ss/w0rd"]
    wrapper = ["sh", "-c", 'printf "%s\\n" "$@" >&2; exit 1', "sh", *written]
    env = {"KIE_API_KEY": key, "HTTPS_PROXY": "http://me:pa%40ss%2Fw0rd@proxy:3128"}
    with pytest.raises(cover_bridge.BridgeDied) as raised:
        CoverBridge(command=wrapper, env=env).ping()
    assert raised.value.stderr_tail.startswith('***\n"***"\n***\n***\n')


def test_a_status_shows_no_callback_url_and_no_record() -> None:
    value = {**cover("x", "pending"), "callbackUrl": SECRET_URL, "record": {"raw": "geheim"}}
    status = decode(CoverStatus, value)
    assert (status.callback_url, status.record) == (SECRET_URL, {"raw": "geheim"})
    assert "geheim" not in f"{status} {StatusChange(1, 'x', status, False)!r}"


def test_every_error_survives_a_pickle() -> None:
    for kind, error in BY_KIND.items():
        made = error("so it is", code=1, kind=kind, data={"retryAfter": 2.5, "taskId": "x"})
        again = pickle.loads(pickle.dumps(made))
        assert (type(again), str(again), vars(again)) == (error, "so it is", vars(made))
