"""Callbacks: the sandbox sends them, a test server gets them, the bridge handles them."""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridge import BINARY, Bridge, Json
from receiver import Receiver, Sandbox

ENVIRONMENT = {**os.environ, "KIE_API_KEY": "any-key-123456"}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = Sandbox(tmp_path)
    yield sandbox
    sandbox.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def bridge(sandbox: Sandbox, *options: str, signed: bool = True) -> Bridge:
    key = ["--webhook-key-file", str(sandbox.key_file)] if signed else []
    arguments = ["serve", "--endpoint", sandbox.url, "--rate", "1000", *key, *options]
    return Bridge(*arguments, env=ENVIRONMENT)


def order(bridge: Bridge, music: str, receiver: Receiver) -> str:
    params = {"taskId": music, "callbackUrl": receiver.url}
    cover: str = bridge.call("cover/generate", params)["result"]["taskId"]
    return cover


def watch(bridge: Bridge, cover: str) -> None:
    """Watches a cover that runs. The interval is a day, so the bridge polls it only once."""
    bridge.call("cover/watch", {"taskIds": [cover], "interval": 86400})
    assert not bridge.line()["params"]["final"]


def queries(sandbox: Sandbox, task: str) -> int:
    with urllib.request.urlopen(sandbox.url + "/sandbox/stats") as answer:
        return int(json.load(answer)["byTask"].get(task, 0))


def kind(answer: Json) -> str:
    return str(answer["error"]["data"]["kind"])


def test_a_callback_makes_the_watch_report(sandbox: Sandbox, receiver: Receiver) -> None:
    with bridge(sandbox) as peer:
        cover = order(peer, "success-4s-a", receiver)
        watch(peer, cover)
        post = receiver.posts.get(timeout=60)
        peer.send("cover/callback", post.parameters, id=2)
        messages = [peer.line(), peer.line()]
        print(f"from the POST to both messages: {1000 * (time.monotonic() - post.at):.1f} ms")
        answer = next(each["result"] for each in messages if "id" in each)
        change = next(each["params"] for each in messages if "method" in each)
        assert (answer["taskId"], answer["verified"]) == (cover, True)
        assert answer["status"] == change["status"] and change["final"]
        assert queries(sandbox, cover) == 2


def test_a_callback_that_comes_early(sandbox: Sandbox, receiver: Receiver) -> None:
    with bridge(sandbox) as peer:
        cover = order(peer, "early-fail-4s-a", receiver)
        post = receiver.posts.get(timeout=60)
        answer = peer.call("cover/callback", post.parameters, id=2)["result"]
        # The bridge queries at once, after 1 s and after 2 s. Then the record shows the end. If the
        # callback comes late, fewer queries are needed.
        assert answer["status"]["state"] == "failed"
        assert 1 <= queries(sandbox, cover) <= 4


@pytest.mark.parametrize("music", ["forged-success-1s", "stale-success-1s"])
def test_a_bad_signature_costs_no_query(sandbox: Sandbox, receiver: Receiver, music: str) -> None:
    with bridge(sandbox) as peer:
        cover = order(peer, music, receiver)
        post = receiver.posts.get(timeout=60)
        assert kind(peer.call("cover/callback", post.parameters)) == "badSignature"
        assert queries(sandbox, cover) == 0


def test_a_signature_is_valid_for_its_task_only(sandbox: Sandbox, receiver: Receiver) -> None:
    with bridge(sandbox) as peer:
        order(peer, "success-1s-a", receiver)
        post = receiver.posts.get(timeout=60)
        other = {**post.parameters, "body": {"data": {"taskId": "success-0s-other"}}}
        assert kind(peer.call("cover/callback", other)) == "badSignature"
        assert queries(sandbox, "success-0s-other") == 0


def test_without_a_key_strangers_cause_no_query(sandbox: Sandbox, receiver: Receiver) -> None:
    with bridge(sandbox, signed=False) as peer:
        body = {"data": {"taskId": "success-0s-stranger"}}
        assert kind(peer.call("cover/callback", {"body": body})) == "taskNotFound"
        assert queries(sandbox, "success-0s-stranger") == 0
        cover = order(peer, "success-4s-a", receiver)
        watch(peer, cover)
        post = receiver.posts.get(timeout=60)
        answer = peer.call("cover/callback", {"body": post.body})["result"]
        assert (answer["taskId"], answer["verified"]) == (cover, None)


def test_a_key_that_cannot_be_read_verifies_nothing(sandbox: Sandbox) -> None:
    with bridge(sandbox, "--webhook-key-file", "/nonexistent/key", signed=False) as peer:
        params = {"body": {"taskId": "success-0s"}, "timestamp": int(time.time()), "signature": "x"}
        assert kind(peer.call("cover/callback", params)) == "missingCredentials"


def test_a_thousand_callbacks_for_one_task(sandbox: Sandbox, receiver: Receiver) -> None:
    with Bridge(
        "serve", "--endpoint", sandbox.url, "--webhook-key-file", str(sandbox.key_file),
        env=ENVIRONMENT,
    ) as peer:  # fmt: skip
        cover = order(peer, "success-1s-a", receiver)
        post = receiver.posts.get(timeout=60)
        begun = time.monotonic()
        for number in range(1000):
            peer.send("cover/callback", post.parameters, id=number)
            time.sleep(0.001)
        unanswered = set(range(1000))
        while unanswered:
            unanswered.discard(peer.line().get("id"))
        # The budget is 10 a second.
        assert queries(sandbox, cover) <= 10 * (time.monotonic() - begun) + 2


def test_the_built_in_sandbox_signs_too(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" secret-webhook-key-1 \n")
    options = ["--sandbox", "--webhook-key-file", str(tmp_path / "key")]
    with Bridge("serve", *options) as peer:
        cover = order(peer, "success-1s-a", receiver)
        post = receiver.posts.get(timeout=60)
        answer = peer.call("cover/callback", post.parameters, id=2)["result"]
        assert (answer["taskId"], answer["verified"]) == (cover, True)


def test_the_sandbox_tries_three_times(sandbox: Sandbox) -> None:
    receiver = Receiver(500, 503, 500)
    with bridge(sandbox) as peer:
        cover = order(peer, "success-0.5s-a", receiver)
        posts = [receiver.posts.get(timeout=60) for _ in range(3)]
        assert all(json.loads(post.body)["data"]["taskId"] == cover for post in posts)
        time.sleep(1.5)
        assert receiver.posts.empty()
    receiver.close()


@pytest.mark.parametrize("status", ["000", "001", "099", "99", "1000"])
@pytest.mark.parametrize("rest", ["", "Content-Length: 2\r\n\r\nhi"])
def test_the_sandbox_survives_a_status_that_http_does_not_have(
    sandbox: Sandbox, status: str, rest: str
) -> None:
    receiver = Receiver(raw=f"HTTP/1.1 {status} x\r\n{rest}\r\n".encode())
    with bridge(sandbox) as peer:
        peer.call("cover/generate", {"taskId": "success-0.1s-a", "callbackUrl": receiver.url})
        for _ in range(3):
            receiver.posts.get(timeout=20)
        assert "result" in peer.call("account/credits", id=2)
    receiver.close()


def test_the_sandbox_sends_a_callback_twice_or_never(sandbox: Sandbox, receiver: Receiver) -> None:
    with bridge(sandbox) as peer:
        order(peer, "never-success-0.5s", receiver)
        twice = order(peer, "twice-fail-1s", receiver)
        bodies = [json.loads(receiver.posts.get(timeout=60).body) for _ in range(2)]
        assert [(each["code"], each["data"]) for each in bodies] == [
            (501, {"taskId": twice, "images": None})
        ] * 2
        time.sleep(0.5)
        assert receiver.posts.empty()


@pytest.mark.parametrize(
    "form",
    [
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:0/",
        "http://localhost:80@127.0.0.2:PORT/",
        "http://127.0.0.1:x@127.0.0.2:PORT/",
        "http://[::1]@127.0.0.2:PORT/",
        "http://[::1]:1@127.0.0.2:PORT/",
        "http://127.0.0.1:PORT\\@127.0.0.2:PORT/",
        "http://localhost.evil:PORT/",
        "http://127.0.0.2:PORT/",
    ],
)
def test_the_sandbox_calls_only_this_machine(sandbox: Sandbox, form: str) -> None:
    receiver = Receiver(host="127.0.0.2")
    with bridge(sandbox) as peer:
        url = form.replace("PORT", str(receiver.port))
        answer = peer.call("cover/generate", {"taskId": "success-0.1s-a", "callbackUrl": url})
        time.sleep(1)
        # The sandbox refuses the order, or accepts it without a callback. Then the sandbox
        # continues.
        assert "result" in answer or kind(answer) == "invalidParams"
        assert receiver.posts.empty()
        assert "result" in peer.call("account/credits", id=2)
    receiver.close()


def test_the_sandbox_follows_no_redirect(sandbox: Sandbox) -> None:
    away = Receiver(host="127.0.0.2")
    receiver = Receiver(307, 302, 308, location=away.url)
    with bridge(sandbox) as peer:
        order(peer, "success-0.1s-a", receiver)
        for _ in range(3):
            receiver.posts.get(timeout=60)
        time.sleep(0.5)
        assert away.posts.empty()
    receiver.close()
    away.close()


def test_both_sides_read_a_pasted_key_in_the_same_way(receiver: Receiver, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b'\xef\xbb\xbf\n "quoted-key-123" \r\n')
    with Bridge("serve", "--sandbox", "--webhook-key-file", str(tmp_path / "key")) as peer:
        order(peer, "success-1s-a", receiver)
        post = receiver.posts.get(timeout=60)
        assert peer.call("cover/callback", post.parameters, id=2)["result"]["verified"]


def run(sandbox: Sandbox, body: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [BINARY, "callback", "--endpoint", sandbox.url, *options]
    return subprocess.run(
        command, input=body, env=ENVIRONMENT, capture_output=True, text=True, timeout=60
    )


def test_the_command(sandbox: Sandbox, receiver: Receiver) -> None:
    with bridge(sandbox) as peer:
        cover = order(peer, "success-1s-a", receiver)
    post = receiver.posts.get(timeout=60)
    headers = [
        *("--timestamp", post.headers["X-Webhook-Timestamp"]),
        *("--signature", post.headers["X-Webhook-Signature"]),
    ]
    key = ["--webhook-key-file", str(sandbox.key_file)]
    result = run(sandbox, post.body, *headers, *key)
    assert result.returncode == 0 and cover in result.stdout and "succeeded" in result.stdout
    assert json.loads(run(sandbox, post.body, *headers, *key, "--json").stdout)["taskId"] == cover
    for refused, code, words in [
        (run(sandbox, post.body, *headers), 3, "no webhook key"),
        (run(sandbox, post.body, *key), 3, "lacks X-Webhook-Timestamp"),
        (run(sandbox, '{"data":{"taskId":"other"}}', *headers, *key), 3, "does not fit its task"),
        (run(sandbox, "no json", *headers, *key), 2, "no JSON"),
        (run(sandbox, "{}", *headers, *key), 2, "names no task"),
    ]:
        assert refused.returncode == code and words in refused.stderr, refused.stderr
    assert queries(sandbox, "other") == 0
