"""The system's lists of authorities: if one list is unusable, the bridge uses the next list."""

from __future__ import annotations

from pathlib import Path

import pytest
from authority import Authority
from conftest import Command
from servers import API, Nginx
from test_way import findings

BROKEN = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
# The script puts the files at the paths of Debian's list and of Alpine's list.
SCRIPT = """
mount -t tmpfs none /etc/ssl && mkdir /etc/ssl/certs || exit 99
test -z "$1" || cp "$1" /etc/ssl/certs/ca-certificates.crt || exit 99
test -z "$2" || cp "$2" /etc/ssl/cert.pem || exit 99
shift 2
exec "$@"
"""


def places(first: Path, second: str = "") -> tuple[str, ...]:
    return ("unshare", "--mount", "sh", "-c", SCRIPT, "sh", str(first), second)


@pytest.mark.parametrize("content", ["", "no certificate", BROKEN])
def test_a_list_without_certificates_is_named(
    content: str, run: Command, server: Nginx, api: API, tmp_path: Path
) -> None:
    file = tmp_path / "list"
    file.write_text(content)
    endpoint = f"--endpoint https://api.test:{server.port}"
    done = run(f"status t1 {endpoint}", *places(file), SSL_CERT_FILE="")
    words = "/etc/ssl/certs/ca-certificates.crt, holds no certificates. Reinstall the package"
    assert done.returncode == 6
    assert words in done.stderr
    found = findings(run(f"doctor --json {endpoint}", *places(file), SSL_CERT_FILE="").stdout)
    assert words in found["network"]["message"]
    assert found["network"]["next"] is None
    assert api.asked == []


def test_the_next_list_is_used_if_one_has_no_certificates(
    run: Command, server: Nginx, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "list"
    file.write_text(BROKEN)
    before = places(file, str(authority.file))
    done = run(f"status t1 --endpoint https://api.test:{server.port}", *before, SSL_CERT_FILE="")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_truncated_list_is_not_called_a_network_fault(
    run: Command, server: Nginx, authority: Authority, tmp_path: Path
) -> None:
    file = tmp_path / "list"
    file.write_text(authority.file.read_text() + BROKEN)
    endpoint = f"--endpoint https://api.test:{server.port}"
    done = run(f"status t1 {endpoint}", *places(file), SSL_CERT_FILE="")
    assert done.returncode == 6
    assert "list of certificate authorities cannot be used" in done.stderr
