"""The faults of a fleet's Redis, and the words of `doctor` for each: the table of FLEET.md."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fleet_api import FleetAPI
from fleet_bridges import BINARY, KEY, FleetBridge
from redis_faults import CASES, SECRET
from redis_server import RedisServer

PAGE = (Path(__file__).parents[2] / "clients/FLEET.md").read_text()
OTHER = "made by another version of cover-bridge"


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"KIE_API_KEY": KEY, "PATH": os.environ.get("PATH", ""), **variables}
    done = subprocess.run(
        [BINARY, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env=environment,
        stdin=subprocess.DEVNULL,
    )
    assert SECRET not in done.stdout + done.stderr and KEY not in done.stdout + done.stderr
    return done


def diagnosed(name: str, folder: Path) -> None:
    made, words, code = CASES[name]
    folder.mkdir()
    with FleetAPI() as api, made(folder) as broken:
        where = ("--fleet", broken.url) if broken.url else ()
        options = ("--endpoint", api.url, *where, *broken.options)
        doctor = command("doctor", "--json", *options, **broken.variables)
        rows = [json.loads(line) for line in doctor.stdout.splitlines()]
        (row,) = [row for row in rows if row["subject"] == "fleet"]
        assert row["grade"] == "failed" and words in row["message"], row
        if "Grant it: " in row["message"]:
            assert row["message"].partition("Grant it: ")[2] in PAGE
        assert doctor.returncode == code, (doctor.returncode, row)
        before = api.count()
        started = time.monotonic()
        status = command("status", "cover-0-0-x", *options, **broken.variables)
        if code == 2:
            # The command ends before it queries anything, because the store can never be used.
            assert status.returncode == 2 and words in status.stderr, status.stderr
            # On a busy machine, the store may not answer within a second. It then counts as away,
            # and the command makes its query.
            assert api.count() == before or time.monotonic() - started > 1
        else:
            assert status.returncode == 0 and api.count() == before + 1, status.stderr


def test_doctor_says_what_is_wrong_with_the_store(tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = {
            name: pool.submit(diagnosed, name, tmp_path / str(number))
            for number, name in enumerate(CASES)
        }
    wrong = [f"{name}: {run.exception()}" for name, run in runs.items() if run.exception()]
    assert not wrong, "\n".join(wrong)


def test_a_fleet_of_another_version_is_left_as_it_is(tmp_path: Path) -> None:
    with (
        FleetAPI() as api,
        RedisServer(tmp_path / "redis") as redis,
        FleetBridge("old", api.url, redis.url, 10, 1, ["cover-0-99-x"]) as bridge,
    ):
        bridge.wait_for(lambda message: message.get("method") == "cover/statusChanged")
        (key,) = [key for key in redis.all_keys() if key.endswith(":fleet")]
        redis.command("HSET", key, "form", "2")
        said = bridge.wait_for(lambda message: message.get("method") == "bridge/healthChanged")
        assert said["params"]["state"] == "degraded" and OTHER in said["params"]["message"], said
        before = redis.contents()
        options = ("--endpoint", api.url, "--fleet", redis.url)
        doctor = command("doctor", "--json", *options)
        assert doctor.returncode == 2 and OTHER in doctor.stdout, doctor.stdout
        asked = api.count(lambda query: query.task == "cover-0-0-y")
        status = command("status", "cover-0-0-y", *options)
        assert status.returncode == 2 and OTHER in status.stderr, status.stderr
        assert api.count(lambda query: query.task == "cover-0-0-y") == asked
        assert b"cover-0-0-y" not in redis.contents() and b"cover-0-0-y" not in before
        redis.command("HSET", key, "form", "1")
        bridge.wait_for(
            lambda message: message.get("params", {}).get("state") == "ok",
            start=len(bridge.life.said) - 1,
        )


def test_the_page_has_a_row_for_each_case() -> None:
    """The row says whether a bridge starts in that case."""
    (table,) = re.findall(r"^\| what is wrong .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    cases = {name: (words, code) for name, (_, words, code) in CASES.items()}
    cases["another version made it"] = (OTHER, 2)
    for name, (words, code) in cases.items():
        (row,) = [row for row in table.splitlines() if row.startswith(f"| {name} |")]
        assert words in row, (name, row)
        assert row.endswith("| continues alone |" if code == 6 else "| does not start |"), row
