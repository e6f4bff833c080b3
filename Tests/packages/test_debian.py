"""The Debian package and the archive: contents, installation, use and removal."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
from pathlib import Path

import jail as jails
import pytest
from conftest import ROOT, only


@pytest.fixture(scope="module")
def package(dist: Path) -> Path:
    return only(dist, "cover-bridge_*_amd64.deb")


@pytest.fixture(scope="module")
def archive(dist: Path) -> Path:
    return only(dist, "cover-bridge-*-linux-x86_64.tar.gz")


def test_lintian_finds_no_error(package: Path) -> None:
    found = subprocess.run(
        ["lintian", "--fail-on", "error", "--no-tag-display-limit", package],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_checksums_are_those_of_all_files(dist: Path) -> None:
    lines = (dist / "SHA256SUMS").read_text().splitlines()
    sums = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    files = {file.name: file for file in dist.iterdir() if file.is_file()}
    del files["SHA256SUMS"]
    assert sums.keys() == files.keys()
    for name, file in files.items():
        assert hashlib.sha256(file.read_bytes()).hexdigest() == sums[name], name


@pytest.mark.parametrize("package", ["wheel", "npm", "deb"])
def test_each_package_renews_the_checksums(package: str) -> None:
    make = ["make", "--no-print-directory", "--dry-run", package]
    shown = subprocess.check_output(make, cwd=ROOT, text=True)
    assert shown.splitlines()[-1] == "Tests/scripts/checksums dist"


def test_the_archive_contains_what_install_installs(archive: Path, version: str) -> None:
    with tarfile.open(archive) as opened:
        members = {member.name: member for member in opened.getmembers() if member.isfile()}
    top = f"cover-bridge-{version}-linux-x86_64"
    for name in (
        "bin/cover-bridge",
        "share/man/man1/cover-bridge.1",
        "share/bash-completion/completions/cover-bridge",
        "share/zsh/site-functions/_cover-bridge",
        "share/fish/vendor_completions.d/cover-bridge.fish",
        "share/doc/cover-bridge/THIRD-PARTY-LICENCES.txt",
        "LICENSE",
        "README.md",
    ):
        assert members[f"{top}/{name}"].uid == 0
    assert members[f"{top}/bin/cover-bridge"].mode == 0o755


def test_the_same_binary_gives_the_same_bytes(
    package: Path, archive: Path, version: str, tmp_path: Path
) -> None:
    with tarfile.open(archive) as opened:
        opened.extractall(tmp_path, filter="data")
    top = tmp_path / f"cover-bridge-{version}-linux-x86_64"
    licences = top / "share/doc/cover-bridge/THIRD-PARTY-LICENCES.txt"
    shutil.move(licences, top / "bin/THIRD-PARTY-LICENCES.txt")
    script = ROOT / "Tests/scripts/package-debian"
    subprocess.run([script, top / "bin/cover-bridge", tmp_path / "again"], check=True)
    for file in (package, archive):
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes()


DPKG = ["dpkg", "dpkg-deb", "dpkg-split", "tar", "rm", "diff", "ldconfig", "start-stop-daemon"]


@pytest.fixture
def debian(tmp_path: Path) -> jails.Jail:
    """A jail with dpkg. In the database of dpkg, only libc is installed."""
    if obstacle := jails.obstacle():
        pytest.skip(f"no namespaces, so nothing was installed on its own: {obstacle}")
    made = jails.Jail(tmp_path / "root")
    for name in DPKG:
        made.put_program(jails.found(name), Path("/usr/bin") / name)
    state = made.root / "var/lib/dpkg"
    for folder in ("info", "updates", "triggers"):
        (state / folder).mkdir(parents=True)
    (state / "status").write_text(subprocess.check_output(["dpkg-query", "-s", "libc6"], text=True))
    return made


def test_the_package_installs_works_and_is_removed(
    debian: jails.Jail, package: Path, version: str
) -> None:
    debian.copy(package, Path("/package.deb"))
    before = {path for path in debian.root.rglob("*") if "/var/" not in str(path)}
    assert version in debian.say(
        "sh", "-c", "dpkg --install /package.deb && cover-bridge --version"
    )
    watched = debian.say("cover-bridge", "watch", "success-0.3s", "--sandbox", "--interval", "0.1")
    assert "succeeded" in watched
    assert (debian.root / "usr/share/man/man1/cover-bridge.1.gz").is_file()
    debian.say("dpkg", "--purge", "cover-bridge")
    after = {path for path in debian.root.rglob("*") if "/var/" not in str(path)}
    assert not [path for path in after - before if "cover-bridge" in path.name]
