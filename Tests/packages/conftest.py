"""Fixtures of the package tests: the packages, and a jail in which the tests install them."""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import jail as jails
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def dist() -> Path:
    """The folder with the files that `make wheel` and `make npm` made."""
    return Path(os.environ.get("DIST", ROOT / "dist")).resolve()


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    return only(dist, "cover_bridge-*.whl")


@pytest.fixture(scope="session")
def tarballs(dist: Path) -> list[Path]:
    """The npm package of the client, and the npm package of the binary."""
    return [only(dist, "cover-bridge-[0-9]*.tgz"), only(dist, "cover-bridge-linux-*.tgz")]


def only(folder: Path, pattern: str) -> Path:
    """The only file in the folder whose name matches the pattern."""
    files = list(folder.glob(pattern))
    assert len(files) == 1, f"{len(files)} files {folder}/{pattern}; run 'make wheel npm'"
    return files[0]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A folder for a gigabyte of files. pytest itself would keep three such folders."""
    with TemporaryDirectory(prefix="cover-bridge-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def jail(scratch: Path, wheel: Path, tarballs: list[Path]) -> jails.Jail:
    """A jail with the packages in /packages."""
    obstacle = jails.obstacle()
    if obstacle:
        pytest.skip(f"no namespaces, so nothing was installed on its own: {obstacle}")
    made = jails.Jail(scratch / "root")
    for package in (wheel, *tarballs):
        made.copy(package, Path("/packages") / package.name)
    return made


@pytest.fixture(scope="session")
def binary(scratch: Path, tarballs: list[Path]) -> Path:
    """The binary that the packages contain."""
    unpacked = scratch / "cover-bridge"
    with tarfile.open(tarballs[1]) as archive:
        packed = archive.extractfile("package/bin/cover-bridge")
        assert packed
        unpacked.write_bytes(packed.read())
    unpacked.chmod(0o755)
    return unpacked


@pytest.fixture(scope="session")
def version(binary: Path) -> str:
    """The version of the binary. All packages must have this version."""
    return subprocess.check_output([binary, "--version"], text=True).strip()
