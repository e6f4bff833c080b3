"""Real bridges that share one key over one real Redis."""

from __future__ import annotations

import math
import re
import time
from contextlib import ExitStack
from pathlib import Path

from fleet_api import CALLBACK, FleetAPI, covers
from fleet_bridges import (
    KEY,
    PATIENCE,
    FleetBridge,
    Life,
    wait_for_all,
    wait_until_watching,
)
from fleet_checker import Budget, Promises
from fleet_delays import delays, quantile
from redis_server import Certificate, RedisServer

PAGE = (Path(__file__).parents[2] / "clients/FLEET.md").read_text()
COUNT, RATE, INTERVAL, STARTING, SECONDS = 6, 40.0, 2.0, 3.0, 12.0


def test_six_bridges_on_one_redis_ask_as_one_would(tmp_path: Path) -> None:
    """The bridges use TLS, a user, a password and a database. The account has the fewest rights."""
    # The number of tasks fits the rate, so that no query waits for its turn.
    tasks = covers(60, 2, 6, spread=4)
    certificate = Certificate.made(tmp_path)
    password = tmp_path / "password"
    password.write_text("the-password-of-the-fleet\n")
    # The test uses the account rules that the page documents.
    (user,) = re.findall(r"^user bridge on >PASSWORD .*$", PAGE, re.MULTILINE)
    user = user.replace("PASSWORD", password.read_text().strip())
    more = ["--fleet-password-file", str(password)]
    trust = {"SSL_CERT_FILE": str(certificate.file)}
    with (
        FleetAPI() as api,
        RedisServer(tmp_path / "redis", (user,), certificate) as redis,
        ExitStack() as stack,
    ):
        url = redis.url.replace("//", "//bridge@") + "/1"
        # The single bridge has no store, and has its own API.
        alone = stack.enter_context(FleetAPI())
        alone.start = api.start = math.inf
        single = stack.enter_context(FleetBridge("alone", alone.url, None, RATE, INTERVAL, tasks))
        bridges = [
            stack.enter_context(
                FleetBridge(str(n), api.url, url, RATE, INTERVAL, tasks, more, variables=trust)
            )
            for n in range(COUNT)
        ]
        wait_until_watching([single, *bridges])
        alone.begin()
        api.begin()
        # All bridges begin at the same moment. In this period, each must read the store by itself.
        time.sleep(STARTING)
        first = sample(redis, api)
        time.sleep(SECONDS - STARTING)
        last = sample(redis, api)
        wait_for_all(bridges)
        fleets = [bridge.stats()["fleet"] for bridge in bridges]
        lives = [bridge.close() for bridge in bridges]
        single.close()
        assert {fleet["store"] for fleet in fleets} == {url}
        promises = Promises(api, lives, Budget(RATE, RATE / 10), until=time.monotonic() - 3)
        assert not promises.broken(), promises.broken()[:20]
        asked, one = api.count_since_start(), alone.count_since_start()
        print(f"{asked} queries of six bridges, {one} of one")
        assert 50 <= asked <= 1.5 * one + 10

        moment, scripts, queries = (b - a for a, b in zip(first, last, strict=True))
        # For every query of one bridge, five others look at the result. Each bridge also sends a
        # heartbeat once a second.
        trips = (scripts - COUNT * moment - 2 * queries) / (queries * (COUNT - 1))
        print(f"{trips:.3f} round trips for a look that another bridge made")
        # The documentation promises 0.2, which holds on an idle machine. Without announcements, it
        # would be at least one.
        assert trips < 1

        found = delays(api.history(), lives)
        print(f"a change at all: {quantile(found, 0.5):.4f} s, p99 {quantile(found, 0.99):.4f} s")
        assert len(found) >= COUNT * 10 and quantile(found, 0.5) < 0.5
        look_at_what_is_stored(redis)
        look_at_callback_urls(lives)


def look_at_callback_urls(lives: list[Life]) -> None:
    """A bridge that made a query has the callback URL.

    Bridges that got its reading do not have it.
    """
    found: dict[tuple[str, str], list[str | None]] = {}
    for life in lives:
        for _, change in life.notifications("cover/statusChanged"):
            status = change["status"]
            found.setdefault((status["taskId"], status["state"]), []).append(status["callbackUrl"])
    shown = [len([url for url in urls if url == CALLBACK]) for urls in found.values()]
    # In rare cases, two bridges query at the same moment. Each may then get the reading of the
    # other one first.
    assert 0.9 * len(found) <= sum(shown) <= 1.1 * len(found), (len(found), sum(shown))
    assert {url for urls in found.values() for url in urls} == {None, CALLBACK}


def sample(redis: RedisServer, api: FleetAPI) -> tuple[float, int, int]:
    return time.monotonic(), redis.scripts(), api.count()


def look_at_what_is_stored(redis: RedisServer) -> None:
    """Checks that each key has the same hash tag and expires, and that no value is confidential."""
    keys = redis.all_keys(1)
    assert len(keys) > 40 and redis.all_keys() == []
    tags = {key.partition("}")[0] for key in keys}
    assert len(tags) == 1 and tags.pop().startswith("{cover-bridge:"), keys[:5]
    for key in keys:
        assert int(redis.command("-n", "1", "PTTL", key)) > 0, key
    stored = redis.contents()
    assert b"cover-" in stored
    for secret in (KEY, "the-password-of-the-fleet", CALLBACK):
        assert secret.encode() not in stored, secret


def test_two_keys_on_one_redis_are_two_fleets(tmp_path: Path) -> None:
    with FleetAPI() as api, RedisServer(tmp_path / "redis") as redis, ExitStack() as stack:
        bridges = [
            stack.enter_context(
                FleetBridge(key, api.url, redis.url, 10, 30, variables={"KIE_API_KEY": key})
            )
            for key in ("the-first-key", "the-second-key", "the-first-key")
        ]
        for bridge in bridges:
            status = bridge.call("cover/status", {"taskId": "cover-0-0-x", "maxAge": 60})
            assert status["result"]["state"] == "succeeded"
        # The third bridge has the reading of the first bridge. The second bridge made its own
        # query.
        assert api.count() == 2
        # After a heartbeat, each bridge knows the others of its fleet.
        deadline = time.monotonic() + PATIENCE
        while [bridge.stats()["fleet"]["bridges"] for bridge in bridges] != [2, 1, 2]:
            assert time.monotonic() < deadline, [bridge.stats() for bridge in bridges]
            time.sleep(0.1)
        assert len({key.partition("}")[0] for key in redis.all_keys()}) == 2
