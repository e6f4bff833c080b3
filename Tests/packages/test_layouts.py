"""The npm packages in the folder layouts of package managers.

npm and yarn write all layouts. yarn comes with JupyterLab. Neither apt nor PyPI has pnpm, so npm
and yarn write pnpm's layout too. In that layout, a package sees only its dependencies.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
YARN = next(ROOT.glob(".venv-notebook/lib/python3*/site-packages/jupyter_builder/yarn.js"), None)
LINKERS = ("node-modules", "pnpm", "pnp")
STATES = "pending\ngenerating\nsucceeded\n"
USE = """
const bridge = new CoverBridge({ sandbox: true });
(async () => {
  for await (const { status } of bridge.watch('success-0.3s', { interval: 0.1 })) {
    console.log(status.state);
  }
})();
"""
WORKER = """
const { Worker } = require('node:worker_threads');
new Worker('./required.cjs').on('error', (error) => { throw error; });
"""
PROGRAMS = {
    "imported.mjs": "import { CoverBridge } from 'cover-bridge';" + USE,
    "required.cjs": "const { CoverBridge } = require('cover-bridge');" + USE,
    "worker.cjs": WORKER,
}


def say(folder: Path, *command: str | Path) -> str:
    """Runs a command that must succeed, and returns its stdout.

    The command finds no other bridge than that of the package.
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "größer, 'with' \"quotes\" — 封面"
    folder.mkdir()
    for name, program in PROGRAMS.items():
        (folder / name).write_text(program)
    return folder


def write_manifest(folder: Path, **members: object) -> None:
    manifest = {"name": "project", "private": True, **members}
    (folder / "package.json").write_text(json.dumps(manifest))


def test_npm_with_links(project: Path, tarballs: list[Path]) -> None:
    write_manifest(project)
    say(project, "npm", "install", "--offline", "--install-strategy=linked", *tarballs)
    assert (project / "node_modules/cover-bridge").is_symlink()
    for program in PROGRAMS:
        assert say(project, "node", program) == STATES


@pytest.mark.parametrize("linker", LINKERS)
def test_yarn(project: Path, tarballs: list[Path], linker: str) -> None:
    assert YARN, "there is no yarn; run 'make setup'"
    ours, binary = (f"file:{tarball}" for tarball in tarballs)
    resolutions = {"@cover-bridge/linux-x64": binary}
    write_manifest(project, dependencies={"cover-bridge": ours}, resolutions=resolutions)
    settings = {
        "nodeLinker": linker,
        # `import` under Plug'n'Play needs this setting.
        "pnpEnableEsmLoader": "true",
        "enableGlobalCache": "false",
        "compressionLevel": "0",
        "enableNetwork": "false",
        "enableTelemetry": "false",
    }
    lines = [f"{name}: {value}\n" for name, value in settings.items()]
    (project / ".yarnrc.yml").write_text("".join(lines))
    # Without this file, yarn would treat the folder as a part of a project in a parent folder.
    (project / "yarn.lock").touch()
    say(project, "node", YARN, "install")
    assert (project / "node_modules").exists() == (linker != "pnp")
    for program in PROGRAMS:
        assert say(project, "node", YARN, "node", program) == STATES
