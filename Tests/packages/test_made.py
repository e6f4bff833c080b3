"""The contents of the packages. These tests do not install them."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE_PYTHON = ROOT / "Tests/scripts/package-python"
GLIBC = re.compile(r"(?:glibc|libc6 \(>=) (2\.\d+)")
SCRIPT = re.compile(r"cover_bridge-[\d.]+\.data/scripts/cover-bridge")


def test_the_record_of_the_wheel_is_complete(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        record = next(name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = {row[0]: row[1:] for row in csv.reader(archive.read(record).decode().splitlines())}
        assert set(rows) == set(archive.namelist())
        assert rows.pop(record) == ["", ""]
        for name, (digest, size) in rows.items():
            data = archive.read(name)
            encoded = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=")
            assert (digest, size) == (f"sha256={encoded.decode()}", str(len(data)))


def test_the_wheel_has_the_binary_and_the_licences(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        scripts = [file for file in archive.infolist() if ".data/" in file.filename]
        assert [bool(SCRIPT.fullmatch(file.filename)) for file in scripts] == [True]
        assert scripts[0].external_attr >> 16 & 0o777 == 0o755
        licence = next(name for name in archive.namelist() if name.endswith("/licenses/LICENSE"))
        assert archive.read(licence) == (ROOT / "LICENSE").read_bytes()
        others = archive.read("cover_bridge/THIRD-PARTY-LICENCES.txt").decode()
        for part in (
            "swift-nio/NOTICE.txt",
            "hummingbird/LICENSE.txt",
            "libjansson-dev/copyright",
            "libpcre2-dev/copyright",
            "libhiredis-dev/copyright",
        ):
            assert f"======== {part}\n" in others


def test_the_tag_is_the_glibc_that_the_binary_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        binary = archive.read(next(name for name in archive.namelist() if SCRIPT.fullmatch(name)))
        information = archive.read(next(n for n in archive.namelist() if n.endswith("/WHEEL")))
    # The test searches for the names of the versions. It shares no code with the tag.
    needed = {int(minor) for minor in re.findall(rb"\0GLIBC_2\.(\d+)(?:\.\d+)?(?=\0)", binary)}
    if b"\0GLIBC_ABI_DT_RELR\0" in binary:
        needed.add(36)
    tag = f"py3-none-manylinux_2_{max(needed)}_{os.uname().machine}"
    assert wheel.name.endswith(f"-{tag}.whl")
    assert f"\nTag: {tag}\n" in information.decode()


def test_the_pages_and_messages_name_the_glibc_of_the_wheel(wheel: Path) -> None:
    newest = re.findall(r"manylinux_(2_\d+)", wheel.name)[0].replace("_", ".")
    files = [*ROOT.glob("clients/**/*.md"), *ROOT.glob("clients/node/lib/*.js")]
    files += [*ROOT.glob("clients/python/cover_bridge/*.py"), ROOT / "Tests/scripts/package-debian"]
    named = {str(file.relative_to(ROOT)): set(GLIBC.findall(file.read_text())) for file in files}
    found = {name: versions for name, versions in named.items() if versions}
    assert {"clients/node/platforms/linux-x64/README.md", "clients/node/lib/command.js"} <= {*found}
    assert {"clients/python/cover_bridge/_command.py", "Tests/scripts/package-debian"} <= {*found}
    assert set().union(*found.values()) == {newest}


def test_the_same_binary_makes_the_same_wheel(tmp_path: Path) -> None:
    made: list[bytes] = []
    for number, mode in enumerate([0o755, 0o700]):
        binary = tmp_path / f"binary {number}/cover-bridge"
        binary.parent.mkdir()
        binary.with_name("THIRD-PARTY-LICENCES.txt").write_text("none")
        binary.write_bytes(Path("/bin/true").read_bytes())
        binary.chmod(mode)
        folder = tmp_path / f"dist {number}"
        subprocess.run([PACKAGE_PYTHON, binary, folder], check=True, stdout=subprocess.DEVNULL)
        made += [file.read_bytes() for file in folder.iterdir()]
    assert len(made) == 2
    assert made[0] == made[1]


def test_a_wheel_from_the_sources_contains_only_python(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-deps"]
    build = [
        *pip,
        "--no-build-isolation",
        "--wheel-dir",
        str(tmp_path),
        str(ROOT / "clients/python"),
    ]
    subprocess.run(build, check=True, env={**os.environ, "COVER_BRIDGE_BINARY": ""})
    (made,) = tmp_path.iterdir()
    assert re.fullmatch(r"cover_bridge-[\d.]+-py3-none-any\.whl", made.name)


@pytest.mark.parametrize("which", [0, 1])
def test_the_tarballs_contain_what_npm_needs(
    tarballs: list[Path], which: int, version: str
) -> None:
    with tarfile.open(tarballs[which]) as archive:
        modes = {file.name: file.mode for file in archive}
        package = archive.extractfile("package/package.json")
        assert package
        manifest = json.load(package)
        licence = archive.extractfile("package/LICENSE")
        assert licence
        assert licence.read() == (ROOT / "LICENSE").read_bytes()
    assert manifest["version"] == version
    program = ["package/bin/cover-bridge.js", "package/bin/cover-bridge"][which]
    assert modes[program] == 0o755
    assert not [name for name in modes if "test" in name or name.endswith(".tgz")]


def test_all_packages_have_one_version(wheel: Path, version: str) -> None:
    assert wheel.name.startswith(f"cover_bridge-{version}-")
