"""The pretend API in a separate process, and the processors for each process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CORES = sorted(os.sched_getaffinity(0))
KEY = "benchmark"


def on_core(number: int, command: Sequence[str]) -> list[str]:
    """The command, kept to one processor where there are two: the sandbox's (0) or the other."""
    if len(CORES) < 2:
        return list(command)
    return ["taskset", "-c", str(CORES[number]), *command]


@contextmanager
def sandbox(binary: str) -> Iterator[str]:
    """A fresh sandbox on the first core; its address."""
    process = subprocess.Popen(on_core(0, [binary, "sandbox"]), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        if not address:
            raise RuntimeError("the sandbox does not start")
        yield address
    finally:
        process.terminate()
        process.communicate()
