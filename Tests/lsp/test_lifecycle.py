"""Sessions from the first message to the exit code, with clients that break the rules."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from frames import MODERN, PATIENCE, SANDBOX, URI, Frames

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED = -32002


def code(response: Any) -> int:
    number: int = response["error"]["code"]
    return number


def exits(server: Frames) -> int:
    server.note("exit")
    return server.process.wait(PATIENCE)


@pytest.mark.parametrize(
    ("steps", "status"),
    [
        ([exits], 1),
        ([lambda s: s.ask("shutdown"), exits], 1),
        ([Frames.introduce, exits], 1),
        ([Frames.introduce, Frames.leave], 0),
        ([Frames.introduce, Frames.end], 0),
        ([Frames.introduce, lambda s: s.ask("shutdown"), Frames.end], 0),
    ],
)
def test_the_exit_code_says_whether_the_session_was_shut_down(
    steps: list[Callable[[Frames], Any]], status: int
) -> None:
    with Frames() as server:
        for step in steps:
            last = step(server)
        assert last == status


def test_before_initialize_and_after_shutdown_every_request_is_refused() -> None:
    with Frames() as server:
        for method in ("textDocument/hover", "shutdown", "nothing", "$/nothing"):
            assert code(server.ask(method)) == NOT_INITIALIZED
        server.open("dropped")
        server.note("$/nothing", {})
        server.introduce()
        assert code(server.feature("hover", position={"line": 0, "character": 0})) == INVALID_PARAMS
        assert code(server.ask("initialize", {"capabilities": {}})) == INVALID_REQUEST
        assert server.ask("shutdown")["result"] is None
        for method in ("shutdown", "initialize", "textDocument/hover", "nothing"):
            assert code(server.ask(method)) == INVALID_REQUEST
        assert exits(server) == 0


@pytest.mark.parametrize(
    "params",
    [
        None,
        {},
        {"capabilities": None},
        {"capabilities": {}, "processId": "x"},
        {"capabilities": {}, "processId": -5},
        {"capabilities": {}, "processId": 2**40},
        {"capabilities": {"textDocument": 7, "general": {"positionEncodings": "utf-8"}}},
        {"capabilities": {}, "trace": "loud", "workspaceFolders": 7, "rootUri": "git://x"},
        {"capabilities": {}, "initializationOptions": "none"},
        {"capabilities": {}, "initializationOptions": [1]},
    ],
)
def test_a_client_with_few_or_invalid_capabilities_is_served(params: Any) -> None:
    with Frames() as server:
        server.ask("initialize", params, request=1)
        server.note("initialized", {})
        server.open("success-0s-a")
        assert server.command("follow", "success-0s-a")["result"] is None
        assert server.leave() == 0


@pytest.mark.parametrize("params", [[], {"capabilities": []}])
def test_an_initialize_that_is_refused_may_be_sent_again(params: Any) -> None:
    with Frames() as server:
        assert code(server.ask("initialize", params)) == INVALID_PARAMS
        assert server.introduce()["textDocumentSync"]["change"] == 2


def test_the_end_of_the_process_that_the_client_names_ends_the_server() -> None:
    with subprocess.Popen(["sleep", "1"]) as named, Frames() as server:
        server.ask("initialize", {"capabilities": {}, "processId": named.pid})
        assert server.process.poll() is None
        named.wait()
        assert server.process.wait(PATIENCE) == 0


def reaped() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        return process.pid


@pytest.mark.parametrize("number", ["reaped", 2**22, 2**31 - 1])
@pytest.mark.parametrize("by_option", [True, False])
def test_a_client_that_lives_no_more_ends_the_server(number: int | str, by_option: bool) -> None:
    """The specification demands it. The pipe may still be open, in another child of the client."""
    # The number of a process that ended long ago may belong to a new one.
    process = reaped() if number == "reaped" else number
    option = (f"--clientProcessId={process}",) if by_option else ()
    with Frames(*SANDBOX, *option) as server:
        if not by_option:
            server.ask("initialize", {"capabilities": {}, "processId": process})
        assert server.process.wait(PATIENCE) == 0


def test_a_value_that_is_no_other_process_is_not_watched() -> None:
    values: list[Any] = [None, 0, -5, 2**31, 2**40, 2**70, "x", "1", True, 1.5, [], {"a": 1}]
    with ExitStack() as stack:
        servers = [(value, stack.enter_context(Frames())) for value in values]
        own = stack.enter_context(Frames())
        servers.append((own.process.pid, own))
        for value, server in servers:
            server.ask("initialize", {"capabilities": {}, "processId": value}, request=1)
        time.sleep(1)  # a server that watched the value would end in this second
        for value, server in servers:
            assert server.leave() == 0, value


@pytest.mark.parametrize("value", ["0", "-1", "x", "", "1.5", str(2**63)])
def test_an_option_that_is_no_process_is_refused(value: str) -> None:
    done = subprocess.run(
        [os.environ["COVER_BRIDGE"], "lsp", f"--clientProcessId={value}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )
    assert done.returncode == 2 and b"clientProcessId" in done.stderr


def test_an_invalid_message_is_answered_and_the_session_continues() -> None:
    with Frames() as server:
        server.write(b"hello\r\n\r\n")
        assert code(server.response(None)) == INVALID_REQUEST
        server.introduce()
        for body, expected in [
            (b'{"jsonrpc":', PARSE_ERROR),
            (b"7", INVALID_REQUEST),
            (b"[]", INVALID_REQUEST),
            (b'{"jsonrpc":"2.0","id":null,"method":"shutdown"}', INVALID_REQUEST),
            (b'{"jsonrpc":"2.0","method":"$/cancelRequest","params":7}', INVALID_REQUEST),
        ]:
            server.write(Frames.frame(body))
            assert code(server.response(None)) == expected
        server.write(Frames.frame(b'{"jsonrpc":"2.0","id":9,"method":"x","params":[NaN]}'))
        assert code(server.response(9)) == INVALID_REQUEST
        # The server must not answer these messages.
        server.write(Frames.frame(b'{"jsonrpc":"2.0","id":1,"result":7}'))
        server.write(Frames.frame(b'{"jsonrpc":"2.0","id":"x","error":{"code":1}}'))
        for method, params in [
            ("$/cancelRequest", {"id": "unknown"}),
            ("$/unknown", {}),
            ("textDocument/didSave", {}),
            ("textDocument/willSave", None),
            ("workspace/didChangeWatchedFiles", {"changes": 7}),
            ("window/workDoneProgress/cancel", {"token": {"a": 1}}),
            ("window/workDoneProgress/cancel", None),
        ]:
            server.note(method, params)
        assert all("method" in message for message in server.waiting())
        assert server.leave() == 0


def test_a_request_that_is_cancelled_has_one_answer() -> None:
    with Frames() as server:
        server.introduce()
        command = {"command": "cover-bridge.ask", "arguments": ["slow-5s"]}
        server.send(id="slow", method="workspace/executeCommand", params=command)
        server.note("$/cancelRequest", {"id": "slow"})
        assert code(server.response("slow")) == -32800
        assert not [message for message in server.waiting() if message.get("id") == "slow"]


@pytest.mark.parametrize(
    "reply",
    [
        {"error": {"code": -32601, "message": "no"}},
        {"error": 7},
        {},
        {"result": 1, "error": {"code": 1, "message": "both"}},
        None,
    ],
)
def test_a_client_may_refuse_every_request_of_the_server(reply: Any) -> None:
    with Frames() as server:
        server.reply = reply
        server.introduce()
        server.open("success-0.5s-a")
        server.command("follow", "success-0.5s-a")
        assert "2 images" in server.notification("window/showMessage")["message"]
        assert server.labels() == ["✓ 2 images"]
        assert server.leave() == 0


def test_incomplete_requests_are_refused() -> None:
    with Frames() as server:
        server.introduce()
        server.open("success-0s-a")
        document = {"textDocument": {"uri": URI}}
        for method in ("hover", "completion", "inlayHint", "codeAction"):
            for params in (None, {}, [1], {"textDocument": 7}, document):
                assert code(server.ask(f"textDocument/{method}", params)) == INVALID_PARAMS
            bad = {**document, "position": {"line": -1, "character": 0}, "range": 7}
            assert code(server.ask(f"textDocument/{method}", bad)) == INVALID_PARAMS
        for arguments in ([], [7], [""], ["x" * 300], ["a\nb"], "x", {"a": 1}, [["a"]], None):
            command = {"command": "cover-bridge.follow", "arguments": arguments}
            assert code(server.ask("workspace/executeCommand", command)) == INVALID_PARAMS
        assert code(server.ask("workspace/executeCommand", {"command": "rm"})) == INVALID_PARAMS
        assert server.labels() == []


def test_removed_settings_fall_back_to_the_options() -> None:
    with Frames() as server:
        server.introduce(options={"messages": False})
        for number, (settings, is_shown) in enumerate(
            [({"messages": True}, True), ({}, False), ({"messages": True}, True), (None, False)]
        ):
            server.note(
                "workspace/didChangeConfiguration", {"settings": {"cover-bridge": settings}}
            )
            server.open(f"success-0s-{number}")
            server.command("follow", f"success-0s-{number}")
            while server.labels() != ["✓ 2 images"]:
                time.sleep(0.02)
            shown = [m for m in server.waiting() if m.get("method") == "window/showMessage"]
            assert len(shown) == is_shown


def test_a_client_without_capabilities_and_one_that_cancels_the_progress(tmp_path: Path) -> None:
    with Frames() as server:
        server.introduce({})
        server.open("fail-0s-a")
        server.command("follow", "fail-0s-a")
        server.notification("window/showMessage")
        assert [m["method"] for m in server.waiting() if "method" in m] == []
    with Frames("lsp", "--sandbox", "--journal", str(tmp_path / "journal")) as server:
        server.introduce(MODERN)
        server.open("pending-9s-a")
        server.command("follow", "pending-9s-a")
        token = server.notification("window/workDoneProgress/create")["token"]
        server.note("window/workDoneProgress/cancel", {"token": "another"})
        assert len(server.labels()) == 1
        server.note("window/workDoneProgress/cancel", {"token": token})
        assert server.labels() == []
        assert server.leave() == 0
