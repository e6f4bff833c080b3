"""All callers share one budget, and callers with the same query share one request."""

import json
import subprocess
import time
import urllib.request

from bridge import BINARY, Bridge


def test_a_thousand_queries_for_a_hundred_tasks() -> None:
    with Bridge("sandbox") as sandbox:
        assert sandbox.process.stdout is not None
        url = sandbox.process.stdout.readline().decode().strip()
        with Bridge(
            "serve", "--endpoint", url, "--rate", "100", env={"KIE_API_KEY": "k"}
        ) as bridge:
            # The answers are slow, so that the second call arrives during the first request.
            lines = [
                json.dumps(
                    {
                        "jsonrpc": "2.0",
                        "id": number,
                        "method": "cover/status",
                        "params": {"taskId": f"slow-1s-{number % 100}"},
                    }
                )
                for number in range(1000)
            ]
            started = time.monotonic()
            bridge.write("\n".join(lines).encode() + b"\n")
            answers = [bridge.line() for _ in lines]
            seconds = time.monotonic() - started
        assert {answer["id"] for answer in answers} == set(range(1000))
        for answer in answers:
            assert answer["result"]["taskId"] == f"slow-1s-{answer['id'] % 100}"
        with urllib.request.urlopen(f"{url}/sandbox/stats") as response:
            stats = json.load(response)
    assert stats["requests"] == 100
    assert set(stats["byTask"].values()) == {1}
    # The rate is 100 queries per second. After an idle time, the bridge may send the queries of
    # another 0.1 s at once. So the sandbox may count 110 queries in one second.
    assert stats["peakPerSecond"] <= 110
    assert seconds > 0.85


def test_ten_thousand_watches_over_http() -> None:
    """Every task that succeeds is reported as succeeded, once."""
    with Bridge("sandbox") as sandbox:
        assert sandbox.process.stdout is not None
        url = sandbox.process.stdout.readline().decode().strip()
        arguments = ("serve", "--endpoint", url, "--rate", "100000")
        with Bridge(*arguments, env={"KIE_API_KEY": "k"}) as bridge:
            tasks = [f"success-{number % 3}s-{number}" for number in range(10_000)]
            for start in range(0, len(tasks), 1000):
                bridge.send(
                    "cover/watch", {"taskIds": tasks[start : start + 1000], "interval": 1}, id=start
                )
            states: dict[str, list[str]] = {}
            ended = 0
            sequence = 0
            while ended < len(tasks):
                message = bridge.line()
                if message.get("method") != "cover/statusChanged":
                    continue
                change = message["params"]
                assert change["sequence"] == sequence + 1
                sequence += 1
                states.setdefault(change["taskId"], []).append(change["status"]["state"])
                ended += change["final"]
            assert bridge.call("bridge/stats", id="s")["result"]["watch"]["timers"] == 0
    order = ["pending", "generating", "succeeded"]
    for task in tasks:
        seen = states[task]
        assert seen[-1] == "succeeded"
        assert seen == [state for state in order if state in seen], seen


def test_watches_keep_their_share_while_callers_want_everything() -> None:
    """Callers make 6.7 calls a second, and the budget is 5. One query in five is for a watch."""
    with Bridge("sandbox") as sandbox:
        assert sandbox.process.stdout is not None
        url = sandbox.process.stdout.readline().decode().strip()
        arguments = ("serve", "--endpoint", url, "--rate", "5")
        with Bridge(*arguments, env={"KIE_API_KEY": "k"}) as bridge:
            tasks = [f"pending-{number}" for number in range(20)]
            started = time.monotonic()
            bridge.send("cover/watch", {"taskIds": tasks, "interval": 1}, id="watch")
            for number in range(67):
                bridge.send("cover/status", {"taskId": f"pending-by-hand-{number}"}, id=number)
                time.sleep(0.15)
            stats = bridge.call("bridge/stats", id="stats")["result"]
            seconds = time.monotonic() - started
    # The test takes ten seconds, or longer on a busy machine.
    assert stats["watch"]["polls"] >= 7
    assert stats["client"]["requests"] <= 5 * seconds + 1
    assert stats["client"]["requests"] - stats["watch"]["polls"] >= 25
    assert stats["watch"]["faults"] == 0 and stats["health"]["state"] == "ok"


def test_waiting_for_the_budget_does_not_count_as_query_time() -> None:
    """A `status` of 140 ids at two a second takes 70 s, and a single query may not take so long."""
    command = [BINARY, "status", "--sandbox", "--rate", "2", "--json"]
    tasks = [f"pending-{number}" for number in range(140)]
    done = subprocess.run([*command, *tasks], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 140
