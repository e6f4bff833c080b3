"""Which servers the bridge trusts, and what it says about the others."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from authority import Authority, Pair
from conftest import KEY, Command
from namespace import API as ADDRESS
from ports import free_port, listens
from servers import API, Nginx, process

NO_AUTHORITIES = """
mkdir -p {empty}/certs; mount --bind {empty} /etc/ssl
[ ! -d /etc/pki ] || mount --bind {empty} /etc/pki
exec "$@"
"""


# A PEM file whose content between the marker lines is not a certificate.
HOLLOW = "-----BEGIN CERTIFICATE-----\nbm8gY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n"


def test_an_authority_of_a_file_is_trusted(run: Command, server: Nginx, api: API) -> None:
    done = run(f"status t1 --endpoint https://api.test:{server.port}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "pending" in done.stdout
    assert api.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert api.asked[0].headers["x-version"] == "HTTP/2.0"


@pytest.mark.parametrize("link", ["{}.0", "{}.crt"])
def test_an_authority_of_a_folder_is_trusted(
    link: str, run: Command, server: Nginx, authority: Authority, tmp_path: Path
) -> None:
    shutil.copy(authority.file, tmp_path / link.format("a94ed2d3"))
    (tmp_path / "README").write_text("no certificate")
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}",
        SSL_CERT_FILE="",
        SSL_CERT_DIR=f"/nowhere-else:{tmp_path}".split(":", 1)[1],
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_option_has_priority_over_the_variable(
    run: Command, server: Nginx, authority: Authority
) -> None:
    arguments = f"status t1 --endpoint https://api.test:{server.port} --ca-file {authority.file}"
    done = run(arguments, SSL_CERT_FILE="/nowhere/ca.pem")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR", "--ca-file"])
@pytest.mark.parametrize("content", [None, "no certificate", HOLLOW, HOLLOW * 2000])
@pytest.mark.parametrize("command", ["status t1", "watch t1"])
def test_unusable_files_are_named(
    command: str, name: str, content: str | None, run: Command, tmp_path: Path
) -> None:
    place = tmp_path / "authorities"
    if content is not None and name == "SSL_CERT_DIR":
        place.mkdir()
        (place / "file.pem").write_text(content)
    elif content is not None:
        place.write_text(content)
    given = {name: str(place)} if name.startswith("SSL") else {}
    option = f"--ca-file {place}" if name == "--ca-file" else ""
    surroundings = {"SSL_CERT_FILE": "", **given}
    done = run(f"{command} --endpoint https://api.test {option}", **surroundings)
    assert done.returncode == 2
    assert done.stderr.startswith(f"cover-bridge: {name}: {place} ")
    words = (
        "cannot be read: No such file or directory"
        if content is None
        else "certificates in the form of PEM"
    )
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("alternatives", "period", "words"),
    [
        (
            "DNS:other.example,DNS:*.example.org",
            {},
            "is not for api.test, but for other.example, *.example.org",
        ),
        (
            "DNS:api.test",
            {"start": "20200101000000Z", "end": "20200201000000Z"},
            "expired on 2020-02-01",
        ),
        (
            "DNS:api.test",
            {"start": "20400101000000Z", "end": "20410101000000Z"},
            "is valid from 2040-01-01 on",
        ),
        # NIOSSL alone would accept this certificate, because it is for the address of api.test.
        (f"IP:{ADDRESS}", {}, f"is not for api.test, but for {ADDRESS}. Another server"),
        (
            f"IP:{ADDRESS},DNS:other.example",
            {},
            f"is not for api.test, but for other.example, {ADDRESS}",
        ),
        ("DNS:*.test", {}, "is not for api.test, but for *.test"),
        ("DNS:a*.test", {}, "is not for api.test, but for a*.test"),
        ("email:someone@api.test", {}, "is not for api.test, but for no name. Only names"),
    ],
)
@pytest.mark.parametrize("http2", [True, False])
def test_a_certificate_that_does_not_match_is_refused(
    alternatives: str,
    period: dict[str, str],
    words: str,
    http2: bool,
    run: Command,
    authority: Authority,
    api: API,
    tmp_path: Path,
) -> None:
    pair = authority.issue(
        f"wrong-{abs(hash((alternatives, words, http2)))}", alternatives, **period
    )
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port, http2=http2).running() as server:
        done = run(f"status t1 --json --endpoint https://api.test:{server.port}")
        assert_refused(done, words)
        # Two handshakes were made: for the query, and for the reason. Neither sent a request.
        assert api.asked == []


def assert_refused(done: subprocess.CompletedProcess[str], words: str) -> None:
    assert done.returncode == 6
    line = (done.stdout + done.stderr).strip()
    assert words in line, line
    assert "NIOSSL" not in line


def test_an_unknown_authority_is_named(
    run: Command, server: Nginx, api: API, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "Other Authority")
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}", SSL_CERT_FILE=str(other.file)
    )
    assert_refused(done, "is signed by “Test Authority”, which is not trusted here")
    assert "SSL_CERT_FILE or --ca-file; or the server leaves out an intermediate" in done.stderr
    assert api.asked == []


def test_a_trusted_authority_is_not_called_unknown(
    run: Command, server: Nginx, tmp_path: Path
) -> None:
    namesake = Authority(tmp_path / "namesake", "Test Authority")
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}", SSL_CERT_FILE=str(namesake.file)
    )
    assert_refused(done, "was refused though an authority of that name is trusted here")
    assert "SSL_CERT_FILE" not in done.stderr


def test_a_watch_reports_it_at_once_and_does_not_blame_the_clock(
    run: Command, server: Nginx, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other", "Other Authority")
    done = run(
        f"watch t1 --timeout 2 --endpoint https://api.test:{server.port}",
        SSL_CERT_FILE=str(other.file),
    )
    assert_refused(done, "is signed by “Test Authority”, which is not trusted here")
    assert "not finished" not in done.stderr


def test_a_byte_order_mark_before_a_file_of_authorities_is_skipped(
    run: Command, server: Nginx, authority: Authority, tmp_path: Path
) -> None:
    marked = tmp_path / "marked.pem"
    marked.write_bytes(b"\xef\xbb\xbf" + authority.file.read_bytes())
    done = run(f"status t1 --endpoint https://api.test:{server.port}", SSL_CERT_FILE=str(marked))
    assert (done.returncode, done.stderr) == (0, "")


def test_authorities_may_come_from_a_pipe(
    run: Command, server: Nginx, authority: Authority
) -> None:
    script = f'exec "$@" --ca-file <(cat {authority.file})'
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}",
        *("bash", "-c", script, "bash"),
        SSL_CERT_FILE="",
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("-tls1_3", "api.test wants a certificate of its clients, which is not supported"),
        ("-tls1_2", "refused the TLS handshake: it may want a certificate of its clients"),
    ],
)
def test_a_request_for_a_client_certificate_is_reported(
    version: str, words: str, run: Command, pair: Pair
) -> None:
    port = free_port(ADDRESS)
    command = f"openssl s_server -accept {ADDRESS}:{port} {version} -Verify 1 -www"
    command += f" -cert {pair.certificate} -key {pair.key}"
    with process(command.split(), lambda: listens(port, ADDRESS)):
        done = run(f"status t1 --endpoint https://api.test:{port}")
    assert_refused(done, words)
    assert "BoringSSL" not in done.stderr


def test_names_from_the_network_are_escaped(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("escape", "DNS:\x1b[2J\x1b]0;x\x07.test")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        done = run(f"status t1 --endpoint https://api.test:{server.port}")
        doctor = run(f"doctor --endpoint https://api.test:{server.port}")
    assert "is not for api.test" in done.stderr
    for text in (done.stderr, doctor.stdout, doctor.stderr):
        assert "\x1b" not in text and "\x07" not in text


def test_the_error_of_a_call_is_stable(run: Command, server: Nginx, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "Other Authority")
    environment = run.environment({"SSL_CERT_FILE": str(other.file)})
    request = {"jsonrpc": "2.0", "id": 1, "method": "cover/status", "params": {"taskId": "t1"}}
    command = [os.environ["COVER_BRIDGE"], "serve", "--endpoint", f"https://api.test:{server.port}"]
    done = subprocess.run(
        command,
        env=environment,
        input=json.dumps(request) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    error = next(one["error"] for one in messages if one.get("id") == 1)
    assert error["code"] == 1012
    assert error["data"]["kind"] == "untrustedServer"
    assert error["data"]["retryable"] is False


def test_the_endpoint_may_be_an_address(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("address", f"IP:{ADDRESS}")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        done = run(f"status t1 --endpoint https://{ADDRESS}:{server.port}")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_port_without_tls_is_reported(run: Command, api: API) -> None:
    done = run(f"status t1 --endpoint https://localhost:{api.port}")
    assert_refused(done, f"What answers at localhost:{api.port} does not speak TLS")


def test_an_old_tls_is_reported(run: Command, pair: Pair) -> None:
    port = free_port(ADDRESS)
    command = f"openssl s_server -accept {ADDRESS}:{port} -tls1_1 -www"
    command += f" -cert {pair.certificate} -key {pair.key} -cipher DEFAULT@SECLEVEL=0"
    with process(command.split(), lambda: listens(port, ADDRESS)):
        done = run(f"status t1 --endpoint https://api.test:{port}")
    assert_refused(done, f"api.test:{port} speaks a version of TLS that is too old")


def test_a_machine_without_authorities(run: Command, server: Nginx, tmp_path: Path) -> None:
    script = NO_AUTHORITIES.format(empty=tmp_path / "empty")
    (tmp_path / "empty").mkdir()
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}",
        *("unshare", "--mount", "sh", "-c", script, "sh"),
        SSL_CERT_FILE="",
    )
    assert done.returncode == 6
    assert (
        "This machine has no list of certificate authorities: there is none at /etc/ssl/certs/"
        in done.stderr
    )
    assert "SSL_CERT_FILE or --ca-file" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_mismatch_lists_the_names_of_the_certificate(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    pair = authority.issue("wildcard", "DNS:*.example.test,DNS:api.test")
    with Nginx(tmp_path / "nginx", ADDRESS, pair, api.port).running() as server:
        done = run(f"status t1 --json --endpoint https://{ADDRESS}:{server.port}")
        assert_refused(done, f"is not for {ADDRESS}, but for *.example.test, api.test. Use the ")
        assert "Use the server's name in place of its address." in done.stderr
        assert api.asked == []
