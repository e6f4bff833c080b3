"""pip and npm refuse the packages on machines that the binary does not support."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
# These programs run in Node before npm. They make Node report another machine.
MACHINES = {
    "another architecture": "Object.defineProperty(process, 'arch', { value: 'arm64' });",
    "macOS": "Object.defineProperty(process, 'platform', { value: 'darwin' });",
    "musl": """
        const fs = require('node:fs');
        const report = process.report.getReport.bind(process.report);
        process.report.getReport = () => {
          const { glibcVersionRuntime, ...header } = report().header;
          return { ...report(), header, sharedObjects: ['/lib/ld-musl-x86_64.so.1'] };
        };
        for (const name of ['readFileSync', 'readFile']) {
          const read = fs[name];
          fs[name] = (file, ...rest) => read(file === '/usr/bin/ldd' ? '/nowhere' : file, ...rest);
        }
    """,
}


@pytest.mark.parametrize(
    ("platform", "fits"),
    [
        ("manylinux_2_34_x86_64", True),
        ("manylinux_2_33_x86_64", False),
        ("manylinux_2_34_aarch64", False),
        ("musllinux_1_2_x86_64", False),
        ("macosx_14_0_x86_64", False),
    ],
)
def test_the_platforms_of_the_wheel(wheel: Path, tmp_path: Path, platform: str, fits: bool) -> None:
    download = ["download", "--quiet", "--no-index", "--only-binary=:all:", "--no-deps"]
    done = subprocess.run(
        [*PIP, *download, "--platform", platform, "--find-links", wheel.parent, "cover-bridge"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [file.name for file in tmp_path.iterdir()] == ([wheel.name] if fits else [])
    assert (done.returncode == 0) is fits
    if not fits:
        assert done.stderr.endswith("ERROR: No matching distribution found for cover-bridge\n")


@pytest.mark.parametrize("host", ["linux-aarch64", "macosx-14.0-arm64"])
def test_pip_refuses_the_file_of_the_wheel(wheel: Path, tmp_path: Path, host: str) -> None:
    done = subprocess.run(
        [*PIP, "install", "--no-index", "--target", tmp_path / "target", wheel],
        env={**os.environ, "_PYTHON_HOST_PLATFORM": host},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == f"ERROR: {wheel.name} is not a supported wheel on this platform.\n"
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("machine", MACHINES)
def test_npm_refuses_the_package_of_the_binary(
    tarballs: list[Path], tmp_path: Path, machine: str
) -> None:
    preload = tmp_path / "machine.js"
    preload.write_text(MACHINES[machine])
    project = tmp_path / "project"
    project.mkdir()
    (project / "package.json").write_text(json.dumps({"name": "project"}))
    done = subprocess.run(
        ["npm", "install", "--offline", *tarballs],
        cwd=project,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "NODE_OPTIONS": f"--require={preload}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Unsupported platform for @cover-bridge/linux-x64@" in done.stderr
    assert not (project / "node_modules").exists()
