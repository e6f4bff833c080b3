"""The faults of a fleet's Redis, and the words of `doctor` for each: the table of FLEET.md."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from fleet_api import FleetAPI
from fleet_bridges import BINARY, KEY, FleetBridge
from played_servers import listening
from ports import free_port
from redis_faults import CASES, SECRET
from redis_server import Certificate, RedisServer

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


def until_answered(
    *arguments: str, words: str = "", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command again if the store did not answer within a second, unless that is expected.

    This happens on a busy machine.
    """
    for _ in range(10):
        done = command(*arguments, **variables)
        said = done.stdout + done.stderr
        if "No answer" not in said or (words and words in said):
            break
    return done


def diagnosed(name: str, folder: Path) -> None:
    made, words, code = CASES[name]
    folder.mkdir()
    with FleetAPI() as api, made(folder) as broken:
        where = ("--fleet", broken.url) if broken.url else ()
        options = ("--endpoint", api.url, *where, *broken.options)
        doctor = until_answered("doctor", "--json", *options, words=words, **broken.variables)
        rows = [json.loads(line) for line in doctor.stdout.splitlines()]
        (row,) = [row for row in rows if row["subject"] == "fleet"]
        assert row["grade"] == "failed" and words in f"{row['message']} {row['next']}", row
        if "does not allow" in row["message"]:
            assert row["next"].partition("Grant it: ")[2] in PAGE
        assert doctor.returncode == code, (doctor.returncode, row)
        for _ in range(10):
            before = api.count()
            status = command("status", "cover-0-0-x", *options, **broken.variables)
            # On a busy machine, the store may not answer within a second. It then counts as away,
            # and the command makes its query.
            if code != 2 or status.returncode == 2:
                break
        if code == 2:
            # The command ends before it queries anything, because the store can never be used.
            assert status.returncode == 2 and words in status.stderr, status.stderr
            assert api.count() == before
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


@pytest.mark.parametrize("names", ["IP:127.0.0.1", "DNS:redis.example", ""])
def test_a_server_of_another_name_gets_no_command(names: str, tmp_path: Path) -> None:
    """Such a server may be the attacker's, who controls DNS. It must not get the password."""
    certificate = Certificate.made(tmp_path, names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.file, certificate.key)
    received: list[bytes] = []

    def talk(one: socket.socket) -> None:
        with suppress(OSError), context.wrap_socket(one, server_side=True) as tls:
            received.append(tls.recv(4096))

    with FleetAPI() as api, listening(talk) as port:
        done = until_answered(
            *("doctor", "--endpoint", api.url),
            COVER_BRIDGE_FLEET=f"rediss://bridge:{SECRET}@localhost:{port}",
            SSL_CERT_FILE=str(certificate.file),
        )
    assert "is not for localhost" in done.stdout and done.returncode == 2, done.stdout
    assert not any(received), received


def test_the_page_brings_up_a_redis_and_its_user(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```\n(port 0\n.*?)```", PAGE, re.MULTILINE | re.DOTALL)
    port, certificate = free_port(), Certificate.made(tmp_path)
    for name, value in {
        "6380": str(port),
        "/etc/redis/redis.crt": str(certificate.file),
        "/etc/redis/redis.key": str(certificate.key),
        "/etc/redis/own-ca.pem": str(certificate.file),
        "PASSWORD": SECRET,
    }.items():
        assert name in block
        block = block.replace(name, value)
    file = tmp_path / "password"
    file.write_text(SECRET + "\n")
    access = ("--fleet-password-file", str(file), "--ca-file", str(certificate.file))
    with FleetAPI() as api, RedisServer(tmp_path / "redis", tuple(block.splitlines())):
        options = ("--endpoint", api.url, "--fleet", f"rediss://bridge@localhost:{port}/1")
        for words in (("doctor",), ("fleet",), ("status", "cover-0-0-x")):
            done = until_answered(*words, *options, *access)
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        done = until_answered("fleet", *options[:3], f"rediss://localhost:{port}/1", *access[2:])
        assert done.returncode == 2 and "wants a password" in done.stderr, done.stderr


def test_the_password_file_comes_before_the_variable(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("right\n")
    options = ("fleet", "--fleet-password-file", str(file))
    with RedisServer(tmp_path / "redis", ("user bridge on >right ~* &* +@all",)) as redis:
        url = redis.url.replace("//", "//bridge:wrong@")
        done = until_answered("fleet", COVER_BRIDGE_FLEET=url)
        assert done.returncode == 2 and "refused the password" in done.stderr, done.stderr
        done = until_answered(*options, COVER_BRIDGE_FLEET=url)
        assert done.returncode == 0, done.stderr


def test_the_page_has_a_row_for_each_case() -> None:
    """The row says whether a bridge starts in that case."""
    (table,) = re.findall(r"^\| what is wrong .*?\n\n", PAGE, re.MULTILINE | re.DOTALL)
    cases = {name: (words, code) for name, (_, words, code) in CASES.items()}
    cases["another version made it"] = (OTHER, 2)
    for name, (words, code) in cases.items():
        (row,) = [row for row in table.splitlines() if row.startswith(f"| {name} |")]
        assert words in row, (name, row)
        assert row.endswith("| continues alone |" if code == 6 else "| does not start |"), row


def test_a_redis_that_speaks_tls_and_is_paused_gets_no_advice_about_tls(tmp_path: Path) -> None:
    certificate = Certificate.made(tmp_path)
    with FleetAPI() as api, RedisServer(tmp_path / "redis", certificate=certificate) as server:
        server.command("CLIENT", "PAUSE", "600000", "ALL")
        options = ("--fleet", server.url, "--endpoint", api.url)
        done = command("doctor", "--json", *options, SSL_CERT_FILE=str(certificate.file))
    rows = map(json.loads, done.stdout.splitlines())
    (row,) = [row for row in rows if row["subject"] == "fleet"]
    assert row["grade"] == "failed" and "No answer" in row["message"], row
    assert "speak TLS" not in f"{row['message']} {row['next']}", row
