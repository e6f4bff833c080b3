"""Puts the binary of the platform into a wheel, if ``COVER_BRIDGE_BINARY`` names the binary.

Without the variable, the wheel contains only Python files, as in ``pip install`` from the sources.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Versions of symbols without a number, with the glibc that introduced them.
UNNUMBERED = {"GLIBC_ABI_DT_RELR": (2, 36)}


class BinaryHook(BuildHookInterface[Any]):
    """Adds the unchanged binary to the scripts, which an installer copies to the ``PATH``.

    The hook also adds the licences of the libraries in the binary. They are next to the binary.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the binary, and the tag of the platforms on which the binary runs."""
        named = os.environ.get("COVER_BRIDGE_BINARY")
        if not named or version == "editable":
            return
        binary = Path(named).resolve(strict=True)
        build_data["shared_scripts"][str(binary)] = "cover-bridge"
        licences = binary.with_name("THIRD-PARTY-LICENCES.txt").resolve(strict=True)
        build_data["force_include"][str(licences)] = f"cover_bridge/{licences.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag(binary)}"


def platform_tag(binary: Path) -> str:
    """The tag of the oldest glibc that has all symbols that the binary needs, in the form of PEP
    600."""
    machine = {62: "x86_64", 183: "aarch64"}[int.from_bytes(binary.read_bytes()[18:20], "little")]
    major, minor = max(glibc_versions(readelf("--version-info", binary)))
    return f"manylinux_{major}_{minor}_{machine}"


def glibc_versions(version_info: str) -> set[tuple[int, int]]:
    """The versions of glibc in the output of readelf."""
    found = {
        (int(major), int(minor))
        for major, minor in re.findall(r"Name: GLIBC_(\d+)\.(\d+)", version_info)
    }
    for name in re.findall(r"Name: (GLIBC_ABI\w+)", version_info):
        found.add(UNNUMBERED[name])
    return found


def readelf(option: str, binary: Path) -> str:
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.check_output(
        ["readelf", option, "--wide", str(binary)], env=environment, text=True
    )
