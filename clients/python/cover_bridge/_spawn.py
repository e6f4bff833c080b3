"""A child process and its pipes, or the reason why there is none."""

from __future__ import annotations

import errno
import os
import subprocess
from typing import IO, NamedTuple

from ._command import Launch
from ._errors import BridgeNotFound, CannotRun

# What is short here, and says nothing of the command.
SHORTAGES = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Child(NamedTuple):
    popen: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    # Reads the end of the child, once its writer is closed.
    end: IO[bytes]
    end_writer: IO[bytes]

    def close_pipes(self) -> None:
        for pipe in self[1:]:
            pipe.close()


def spawn(launch: Launch) -> Child:
    try:
        return _spawn(launch)
    except OSError as error:
        reason = f"cannot start {launch.program}: {error.strerror}"
        short = error.errno in SHORTAGES
    except RuntimeError as error:
        # An interpreter that is about to end starts no more.
        reason, short = f"cannot start {launch.program}: {error}", True
    # Out here it has no cause: the frames of the standard library hold the whole environment.
    raise CannotRun(reason) if short else BridgeNotFound(reason)


def _spawn(launch: Launch) -> Child:
    end, end_writer = (os.fdopen(each, mode, 0) for each, mode in zip(os.pipe(), ("rb", "wb")))
    try:
        # A session of its own: a Ctrl-C reaches only us, and we end the bridge in order.
        popen = subprocess.Popen(
            launch.argv,
            executable=launch.program,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=launch.directory if os.path.isdir(launch.directory) else None,
            env=launch.environment,
            start_new_session=True,
        )
    except BaseException:
        end.close()
        end_writer.close()
        raise
    assert popen.stdin is not None
    assert popen.stdout is not None
    assert popen.stderr is not None
    # A bridge that reads no more must not hold the writing thread for ever.
    os.set_blocking(popen.stdin.fileno(), False)
    return Child(popen, popen.stdin, popen.stdout, popen.stderr, end, end_writer)
