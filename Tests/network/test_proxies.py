"""Proxies: which proxy is used, which hosts need none, and the errors if a proxy fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Command
from namespace import PROXY
from ports import free_port
from servers import API, Nginx, socks, tinyproxy
from test_way import findings

NAMELESS = ("unshare", "--mount", "sh", "-c", 'mount --bind /dev/null /etc/hosts; exec "$@"', "sh")


def test_an_http_proxy_is_used(run: Command, server: Nginx, api: API, tmp_path: Path) -> None:
    with tinyproxy(tmp_path / "proxy", PROXY) as port:
        # Only the proxy can find the address for the name.
        done = run(
            f"status t1 --endpoint https://api.test:{server.port}",
            *NAMELESS,
            HTTPS_PROXY=f"http://{PROXY}:{port}",
        )
        assert "CONNECT" in (tmp_path / "proxy/log").read_text()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(api.asked) == 1


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_a_socks_proxy_is_used_and_resolves_names(
    scheme: str, run: Command, server: Nginx, api: API
) -> None:
    with socks(PROXY) as port:
        done = run(
            f"status t1 --endpoint https://api.test:{server.port}",
            *NAMELESS,
            ALL_PROXY=f"{scheme}://{PROXY}:{port}",
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert len(api.asked) == 1


@pytest.mark.parametrize(("login", "code"), [("us%65r:p%61ss@", 0), ("us%65r:wrong@", 6), ("", 6)])
def test_a_login_is_decoded(
    login: str, code: int, run: Command, server: Nginx, tmp_path: Path
) -> None:
    with tinyproxy(tmp_path / "proxy", PROXY, "user pass") as port:
        done = run(
            f"status t1 --endpoint https://api.test:{server.port}",
            HTTPS_PROXY=f"http://{login}proxy.test:{port}",
        )
    assert done.returncode == code, done.stderr
    # The command must not repeat a wrong login, because that could lock the account.
    tries = (tmp_path / "proxy/log").read_text().count("Request (file descriptor")
    assert 1 <= tries <= 2
    if code:
        # tinyproxy answers a wrong login with 401.
        words = "did not make the connection to api.test: it refused, the login perhaps"
        words = words if login else "refuses the login, or wants one (HTTP 407)"
        assert f"The proxy proxy.test:{port} (HTTPS_PROXY) {words}" in done.stderr
        assert "wrong" not in done.stderr


def test_doctor_reports_that_the_proxy_refuses(run: Command, server: Nginx, tmp_path: Path) -> None:
    with tinyproxy(tmp_path / "proxy", PROXY, "user pass") as port:
        for login in ("", "user:wrong@"):
            done = run(
                f"doctor --json --endpoint https://api.test:{server.port}",
                HTTPS_PROXY=f"http://{login}proxy.test:{port}",
            )
            found = findings(done.stdout)
            assert found["proxy"]["grade"] == "failed"
            assert "refuse" in found["proxy"]["message"]
            assert "tls" not in found


def test_an_unreachable_proxy_is_named(run: Command) -> None:
    port = free_port(PROXY)
    for variable, scheme in (("https_proxy", "http"), ("ALL_PROXY", "socks5h")):
        done = run(
            "status t1 --endpoint https://api.test", **{variable: f"{scheme}://{PROXY}:{port}"}
        )
        assert done.returncode == 6
        assert (
            f"The proxy {PROXY}:{port} ({variable}) cannot be reached: connection refused"
            in done.stderr
        )


def test_a_proxy_that_reaches_no_server_is_named(run: Command, tmp_path: Path) -> None:
    closed = free_port(PROXY)
    with tinyproxy(tmp_path / "proxy", PROXY) as port:
        done = run(
            f"status t1 --endpoint https://proxy.test:{closed}",
            HTTPS_PROXY=f"http://{PROXY}:{port}",
        )
    assert done.returncode == 6
    assert (
        f"The proxy {PROXY}:{port} (HTTPS_PROXY) did not make the connection to proxy.test"
        in done.stderr
    )
    with socks(PROXY) as port:
        done = run(
            f"status t1 --endpoint https://proxy.test:{closed}",
            ALL_PROXY=f"socks5://{PROXY}:{port}",
        )
    assert done.returncode == 6
    assert f"{PROXY}:{port} (ALL_PROXY)" in done.stderr


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("http://us:SECRET@", "is no proxy's address"),
        ("http://us:SECRET@host:99999", "is no proxy's address"),
        ("http://bob:2024#SECRET@proxy.test:80", "is no proxy's address; a login in it must be"),
        ("http://SECRET:20/24@proxy.test:80", "is no proxy's address; a login in it must be"),
        ("http://us:SECRET@ho st:80", "is no proxy's address"),
        ("http://us:SECRET%zz@host:80", "holds a login that is not percent-encoded"),
        (
            "https://us:SECRET@host:80",
            "asks for a proxy that is itself spoken to over TLS, which is not supported",
        ),
        ("socks5://us:SECRET@host:80", "holds a login, which is not supported with SOCKS"),
        ("http://host:99999", "is no proxy's address: it has no valid port."),
        ("http://host:80/way", "is no proxy's address: it has a path."),
        ("PROXY host:80", "is no proxy's address: it has a blank"),
        ("socks4://host:80", "names a kind of proxy that is not supported"),
        ("ftp://host:80", "names a kind of proxy that is not supported"),
    ],
)
@pytest.mark.parametrize("command", ["status t1", "serve", "mcp", "doctor"])
def test_an_unreadable_setting_is_named_and_not_shown(
    value: str, words: str, command: str, run: Command, server: Nginx, api: API
) -> None:
    done = run(f"{command} --endpoint https://api.test:{server.port}", HTTPS_PROXY=value)
    assert done.returncode == 2
    said = done.stdout + done.stderr
    assert f"HTTPS_PROXY {words}" in said
    assert "SECRET" not in said
    # No connection went past the proxy.
    assert api.asked == []


@pytest.mark.parametrize(
    ("exceptions", "is_direct"),
    [
        ("api.test", True),
        ("*.test", True),
        ("other, api.test:PORT", True),
        ("api.test:1", False),
        ("203.0.113.0/24", False),  # The bridge does not look up the name's address for this rule.
    ],
)
def test_exceptions(exceptions: str, is_direct: bool, run: Command, server: Nginx) -> None:
    done = run(
        f"status t1 --endpoint https://api.test:{server.port}",
        HTTPS_PROXY=f"http://{PROXY}:{free_port(PROXY)}",
        NO_PROXY=exceptions.replace("PORT", str(server.port)),
    )
    assert done.returncode == (0 if is_direct else 6), done.stderr


@pytest.mark.parametrize(
    ("exceptions", "is_direct"),
    [
        ("203.0.113.0/24", True),
        ("203.0.112.0/24", False),
    ],
)
def test_ranges_of_addresses_are_exceptions(
    exceptions: str, is_direct: bool, run: Command, server: Nginx
) -> None:
    done = run(
        f"status t1 --endpoint https://203.0.113.1:{server.port}",
        HTTPS_PROXY=f"http://{PROXY}:{free_port(PROXY)}",
        NO_PROXY=exceptions,
    )
    # The certificate does not fit addresses. So the test checks only which server was contacted.
    assert ("The proxy" in done.stderr) != is_direct
    assert ("The certificate" in done.stderr) == is_direct
