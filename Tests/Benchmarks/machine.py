"""Describes the machine and the software of a measurement."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from sandbox import CORES


def described(binary: str) -> dict[str, str]:
    return {
        "machine": f"{processor()}, {len(CORES)} of its cores, load {os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cover-bridge": output_of([binary, "--version"]),
        "driver": f"the Python client on Python {platform.python_version()}",
        "aiohttp": f"aiohttp {version('aiohttp')} on Python {platform.python_version()}",
        "httpx": f"httpx {version('httpx')} with h2 {version('h2')}",
        "nginx": output_of(["nginx", "-v"]).partition(": ")[2],
        "fetch": f"Node {output_of(['node', '--version'])}",
        "wrk": output_of(["wrk", "--version"]).split(" [")[0],
    }


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or sys.platform


def output_of(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return ((done.stdout or done.stderr).splitlines() or ["unknown"])[0]
