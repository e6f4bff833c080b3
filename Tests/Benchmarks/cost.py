"""Valgrind counts the instructions and allocations per query, which other load does not change."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from flat_out import ask
from sandbox import KEY, sandbox
from table import Row

HERE = Path(__file__).parent
OUTSTANDING = 64
# The count of the short run is subtracted from that of the long run, so that starts do not count.
FEW, MANY = 500, 2_000
TOOLS = {
    "instructions": ("callgrind", r"Collected : (\d+)"),
    "allocations": ("dhat", r"Total: .* in ([\d,]+) blocks"),
}


def run(binary: str) -> dict[str, tuple[float, float]]:
    """For each figure: the value of the bridge and the value of the aiohttp script."""
    with tempfile.TemporaryDirectory() as folder, sandbox(binary) as endpoint:
        # Valgrind cannot read the symbol file beside the binary, so the binary is copied without
        # it.
        alone = shutil.copy(binary, folder)
        return {
            figure: (
                (by_bridge(figure, alone, endpoint, MANY) - by_bridge(figure, alone, endpoint, FEW))
                / (MANY - FEW),
                (by_script(figure, endpoint, MANY) - by_script(figure, endpoint, FEW))
                / (MANY - FEW),
            )
            for figure in TOOLS
        }


def rows(measured: dict[str, tuple[float, float]]) -> list[Row]:
    return [
        Row(f"{figure} a query", [f"{own:,.0f}", f"{other:,.0f}"], own, other, "")
        for figure, (own, other) in measured.items()
    ]


def by_bridge(figure: str, binary: str, endpoint: str, queries: int) -> int:
    with tempfile.NamedTemporaryFile("r") as log:
        command = [*counting(figure, log.name), binary, "serve", "--rate", "1000000"]
        command += ["--endpoint", endpoint]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "KIE_API_KEY": KEY},
            bufsize=0,
        )
        for answered in ask(process, OUTSTANDING, queries):
            if answered == queries:
                break
        process.communicate()
        return count(figure, log.read())


def by_script(figure: str, endpoint: str, queries: int) -> int:
    with tempfile.NamedTemporaryFile("r") as log:
        command = [*counting(figure, log.name), sys.executable]
        command += [str(HERE / "followers" / "ask_many.py"), "aiohttp", endpoint]
        # Python's own memory pools would hide its allocations from Valgrind.
        pools = {"PYTHONMALLOC": "malloc"} if figure == "allocations" else {}
        subprocess.run(
            [*command, str(OUTSTANDING), "1", str(queries)],
            env={**os.environ, **pools},
            stdout=subprocess.DEVNULL,
            check=True,
        )
        return count(figure, log.read())


def counting(figure: str, log: str) -> list[str]:
    tool = TOOLS[figure][0]
    return ["valgrind", f"--tool={tool}", f"--{tool}-out-file=/dev/null", f"--log-file={log}"]


def count(figure: str, log: str) -> int:
    found = re.search(TOOLS[figure][1], log)
    if not found:
        raise RuntimeError(f"Valgrind does not say what it counted: {log[-500:]}")
    return int(found[1].replace(",", ""))
