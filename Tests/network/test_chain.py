"""The whole chain of certificates: the error names the certificate or authority with the fault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from authority import Authority, Pair, Period
from conftest import Command
from namespace import API as ADDRESS
from namespace import PROXY
from servers import API, Nginx, socks, tinyproxy
from test_certificates import assert_refused
from test_way import findings

OLD = Period("20200101000000Z", "20210301000000Z")
NEW = Period("20400101000000Z", "20500101000000Z")


@contextmanager
def chained(
    folder: Path, api: API, root: Authority, period: Period, *, sends_root: bool = False
) -> Iterator[Nginx]:
    """A server with a certificate of an intermediate authority, which the root has signed."""
    middle = Authority(folder / "middle", "Middle Authority", signer=root, period=period)
    leaf = middle.issue("leaf", "DNS:api.test")
    chain = folder / "chain.pem"
    parts = [leaf.certificate, middle.file, *([root.file] if sends_root else [])]
    chain.write_bytes(b"".join(part.read_bytes() for part in parts))
    pair = Pair(chain, leaf.key)
    with Nginx(folder / "nginx", ADDRESS, pair, api.port).running() as server:
        yield server


@pytest.mark.parametrize(
    ("period", "fault"), [(OLD, "expired on 2021-03-01"), (NEW, "is valid from 2040-01-01 on")]
)
@pytest.mark.parametrize("way", ["direct", "HTTPS_PROXY", "ALL_PROXY"])
def test_an_expired_intermediate_certificate_is_named(
    period: Period,
    fault: str,
    way: str,
    run: Command,
    authority: Authority,
    api: API,
    tmp_path: Path,
) -> None:
    words = f"depends on the certificate of “Middle Authority”, which {fault}"
    with (
        chained(tmp_path, api, authority, period) as server,
        tinyproxy(tmp_path / "proxy", PROXY) as http,
        socks(PROXY) as other,
    ):
        proxy = {
            "direct": {},
            "HTTPS_PROXY": {"HTTPS_PROXY": f"http://{PROXY}:{http}"},
            "ALL_PROXY": {"ALL_PROXY": f"socks5h://{PROXY}:{other}"},
        }[way]
        endpoint = f"--endpoint https://api.test:{server.port}"
        done = run(f"status t1 {endpoint}", **proxy)
        assert_refused(done, f"The certificate of api.test {words}")
        found = findings(run(f"doctor --json {endpoint}", **proxy).stdout)
    assert words in found["endpoint"]["message"]
    until = "2021-03-01" if period is OLD else "2050-01-01"
    assert f", “Middle Authority” until {until}; it is refused." in found["tls"]["message"]
    assert api.asked == []


def test_an_expired_authority_is_named(run: Command, api: API, tmp_path: Path) -> None:
    root = Authority(tmp_path / "root", "Old Authority", period=OLD)
    with chained(tmp_path, api, root, Period()) as server:
        done = run(
            f"status t1 --endpoint https://api.test:{server.port}", SSL_CERT_FILE=str(root.file)
        )
    words = "depends on the authority “Old Authority”, whose certificate here expired on 2021-03-01"
    assert_refused(done, words)
    assert "ca-certificates" in done.stderr


@pytest.mark.parametrize("sends_root", [False, True])
def test_an_unknown_authority_is_named_and_not_the_intermediate_one(
    sends_root: bool, run: Command, api: API, tmp_path: Path
) -> None:
    root = Authority(tmp_path / "root", "Other Authority")
    with chained(tmp_path, api, root, Period(), sends_root=sends_root) as server:
        done = run(f"status t1 --endpoint https://api.test:{server.port}")
    words = "is signed by “Other Authority” by way of “Middle Authority”, which is not trusted here"
    assert_refused(done, words)
    assert ("leaves out an intermediate" in done.stderr) == (not sends_root)


def test_a_whole_chain_is_trusted_and_shown(
    run: Command, authority: Authority, api: API, tmp_path: Path
) -> None:
    with chained(tmp_path, api, authority, Period()) as server:
        done = run(f"doctor --json --endpoint https://api.test:{server.port}")
    found = findings(done.stdout)
    assert (done.returncode, found["tls"]["grade"]) == (0, "ok")
    assert "by “Middle Authority” for api.test, valid until" in found["tls"]["message"]
    assert ", “Middle Authority” until 20" in found["tls"]["message"]
