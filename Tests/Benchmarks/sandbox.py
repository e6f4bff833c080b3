"""Starts the pretend API in a process of its own, and binds processes to processors."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

CORES = sorted(os.sched_getaffinity(0))
KEY = "benchmark"


def on_core(number: int, command: Sequence[str]) -> list[str]:
    """The command, bound to one processor: 0 is the sandbox's processor, 1 is another one.

    On a machine with a single processor, the command stays as it is.
    """
    if len(CORES) < 2:
        return list(command)
    return ["taskset", "-c", str(CORES[number]), *command]


@contextmanager
def sandbox(binary: str) -> Iterator[str]:
    """Starts a sandbox on the first processor. Yields its address."""
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
