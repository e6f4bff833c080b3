"""Installs the packages where Swift, our libraries and a network are missing."""

from __future__ import annotations

import ctypes
import json
import re
from pathlib import Path

import pytest
from jail import Jail

ROOT = Path(__file__).parents[2]
LIBRARIES = [
    "libhiredis.so.0.14",
    "libhiredis.so",
    "libjansson.so.4",
    "libjansson.so",
    "libsqlite3.so.0",
    "libsqlite3.so",
]
SUCCEEDED = r"success-3s-demo succeeded http\S+-1\.png http\S+-2\.png"
FAILED = r"fail-2s-demo failed: The cover could not be generated"
PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}\n'


def example(language: str) -> str:
    """The README's example, exactly as it is written."""
    text = (ROOT / "README.md").read_text()
    found = re.search(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_the_jail_contains_none_of_it(jail: Jail) -> None:
    # The libraries exist outside of the jail. Otherwise the other tests would prove nothing.
    for library in LIBRARIES:
        ctypes.CDLL(library)
    program = f"""
import ctypes, os, re, shutil, socket
for library in {[*LIBRARIES, "libswiftCore.so", "libFoundation.so"]}:
    try:
        ctypes.CDLL(library)
    except OSError:
        continue
    print("loads", library)
for name in ("swift", "cover-bridge"):
    if shutil.which(name):
        print("has", name)
for folder, _, files in os.walk("/"):
    for name in files:
        if re.match("lib(hiredis|jansson|sqlite)|cover-bridge[.]|.*swiftCore", name):
            print("holds", folder, name)
try:
    socket.create_connection(("192.0.2.1", 80), timeout=5)
except OSError as error:
    print("network:", error.strerror)
"""
    assert jail.say("python3", "-c", program) == "network: Network is unreachable\n"


@pytest.fixture(scope="module")
def venv(jail: Jail, wheel: Path) -> str:
    """The path of a virtual environment with the wheel. The path contains a space."""
    folder = "/home/my project/venv"
    jail.say("python3", "-m", "venv", folder)
    install = [f"{folder}/bin/pip", "install", "--no-index", f"/packages/{wheel.name}"]
    jail.say(*install)
    assert "already installed" in jail.say(*install)
    return folder


def test_the_readme_in_python(jail: Jail, venv: str) -> None:
    (jail.root / "home/example.py").write_text(example("python"))
    said = jail.say(f"{venv}/bin/python", "example.py")
    assert re.search(SUCCEEDED, said), said
    assert re.search(FAILED, said), said


def test_the_command_of_the_wheel(jail: Jail, venv: str, version: str) -> None:
    said = jail.say("sh", "-c", "cover-bridge --version", path=f"{venv}/bin:/bin")
    assert said == f"{version}\n"
    assert jail.inside(Path(venv, "bin/cover-bridge")).read_bytes().startswith(b"\x7fELF")


@pytest.mark.parametrize(
    ("options", "place"),
    [
        (["--user", "--break-system-packages"], "/home/.local"),
        (["--target", "/home/target"], "/home/target"),
        (["--prefix", "/home/prefix"], "/home/prefix"),
    ],
    ids=["user", "target", "prefix"],
)
def test_other_places_for_the_wheel(
    jail: Jail, venv: str, wheel: Path, options: list[str], place: str
) -> None:
    # This is the environment's pip, which installs for the Python outside of the environment.
    pip = [f"{venv}/bin/pip", "--python", "/bin/python3"]
    jail.say(
        *pip, "install", "--no-index", "--ignore-installed", *options, f"/packages/{wheel.name}"
    )
    packages = next(jail.inside(Path(place)).rglob("cover_bridge")).parent
    program = f"""
import sys
sys.path.insert(0, "/{packages.relative_to(jail.root)}")
from cover_bridge import CoverBridge
from cover_bridge._command import find_command
print(*find_command(None, {{}}))
CoverBridge(sandbox=True).close()
"""
    # The path may contain `local`, because Debian's Python adds this folder.
    assert re.fullmatch(rf"{place}(/local)?/bin/cover-bridge\n", jail.say("python3", "-c", program))


def test_uninstall_leaves_nothing(jail: Jail, venv: str, wheel: Path) -> None:
    folder = "/home/short-lived"
    jail.say("python3", "-m", "venv", "--without-pip", folder)
    pip = [f"{venv}/bin/pip", "--python", folder]

    def files() -> set[Path]:
        return set(jail.inside(Path(folder)).rglob("*"))

    before = files()
    jail.say(*pip, "install", "--no-index", f"/packages/{wheel.name}")
    jail.say(f"{folder}/bin/python", "-c", "import cover_bridge")
    assert len(files()) > len(before)
    jail.say(*pip, "uninstall", "--yes", "cover-bridge")
    assert files() == before


@pytest.fixture(scope="module")
def project(jail: Jail, tarballs: list[Path]) -> str:
    """A new folder in which the two tarballs are installed."""
    folder = "/home/my node project"
    jail.inside(Path(folder)).mkdir()
    jail.say(
        "npm", "install", *(f"/packages/{tarball.name}" for tarball in tarballs), folder=folder
    )
    return folder


def test_the_readme_in_node(jail: Jail, project: str) -> None:
    (jail.inside(Path(project)) / "example.mjs").write_text(example("js"))
    said = jail.say("node", "example.mjs", folder=project)
    assert re.search(SUCCEEDED, said), said
    assert re.search(FAILED, said), said


def test_require_finds_the_package_too(jail: Jail, project: str, version: str) -> None:
    program = """
const { CoverBridge } = require('cover-bridge');
const bridge = new CoverBridge({ sandbox: true });
bridge.start().then(() => console.log(bridge.serverInfo.version));
"""
    assert jail.say("node", "-e", program, folder=project) == f"{version}\n"


def test_the_command_of_the_npm_package(jail: Jail, project: str, version: str) -> None:
    assert jail.say("npx", "cover-bridge", "--version", folder=project) == f"{version}\n"
    said = jail.say("npx", "cover-bridge", "serve", "--sandbox", folder=project, stdin=PING)
    assert json.loads(said)["id"] == 1
