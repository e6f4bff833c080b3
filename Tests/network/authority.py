"""A certificate authority, which openssl makes for the tests."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

CONFIGURATION = """
[ca]
default_ca = own
[own]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
default_days = 30
policy = any
unique_subject = no
[any]
commonName = optional
organizationName = optional
"""


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


@dataclass(frozen=True)
class Period:
    """The validity of a certificate.

    A moment is written as 20200101000000Z. Without moments, the certificate is valid for 30 days.
    """

    start: str = ""
    end: str = ""

    @property
    def options(self) -> list[str]:
        start = ["-startdate", self.start] if self.start else []
        return start + (["-enddate", self.end] if self.end else [])


class Authority:
    """A certificate authority.

    `signer` signs it as an intermediate authority. Without `signer`, it is self-signed.
    """

    def __init__(
        self,
        folder: Path,
        name: str = "Test Authority",
        *,
        signer: Authority | None = None,
        period: Period | None = None,
    ) -> None:
        folder.mkdir()
        self.folder = folder
        self.file = folder / "ca.pem"
        (folder / "openssl.cnf").write_text(CONFIGURATION.format(folder=folder))
        (folder / "index").write_text("")
        (folder / "serial").write_text("01\n")
        (folder / "ca.ext").write_text("basicConstraints=critical,CA:TRUE\n")
        self._openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes",
            *("-subj", f"/O=Tests/CN={name}", "-keyout", "ca.key", "-out", "ca.csr"),
        )
        by = ["-cert", "ca.pem"] if signer else ["-selfsign"]
        (signer or self)._openssl(
            "ca -batch -notext -config openssl.cnf -keyfile ca.key",
            *(*by, "-in", str(folder / "ca.csr"), "-out", str(self.file)),
            *("-extfile", str(folder / "ca.ext"), *(period or Period()).options),
        )

    def issue(self, name: str, alternatives: str, *, start: str = "", end: str = "") -> Pair:
        """Makes a certificate, as in `issue("api", "DNS:api.test", end="20200101000000Z")`."""
        (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternatives}\n")
        self._openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj",
            *(f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
        )
        self._openssl(
            "ca -batch -notext -config openssl.cnf -keyfile ca.key -cert ca.pem",
            *("-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", f"{name}.ext"),
            *Period(start, end).options,
        )
        return Pair(self.folder / f"{name}.pem", self.folder / f"{name}.key")

    def _openssl(self, options: str, *more: str) -> None:
        command = ["openssl", *options.split(), *more]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
