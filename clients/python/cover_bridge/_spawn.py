"""Starts a child process with pipes, or raises an error with the reason why that fails."""

from __future__ import annotations

import errno
import os
import subprocess
from typing import IO, NamedTuple

from ._command import Launch, start_failure
from ._errors import BridgeNotFound, CannotRun
from ._undo import on_error

# Errors that mean that this machine lacks resources. They do not mean that the command is wrong.
SHORTAGES = (errno.EAGAIN, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


class Child(NamedTuple):
    popen: subprocess.Popen[bytes]
    stdin: IO[bytes]
    stdout: IO[bytes]
    stderr: IO[bytes]
    # Reading from this pipe returns its end when the child has ended.
    end: IO[bytes]
    end_writer: IO[bytes]

    def close_pipes(self) -> None:
        for pipe in self[1:]:
            pipe.close()


def spawn(launch: Launch) -> Child:
    try:
        end, end_writer = (os.fdopen(each, mode, 0) for each, mode in zip(os.pipe(), ("rb", "wb")))
        with on_error(end.close), on_error(end_writer.close):
            # The child has a session of its own. So Ctrl-C reaches only this process, which then
            # ends the bridge in order.
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
        assert popen.stdin is not None
        assert popen.stdout is not None
        assert popen.stderr is not None
        # A bridge may stop to read. A write to it must not block the writing thread for ever.
        os.set_blocking(popen.stdin.fileno(), False)
        return Child(popen, popen.stdin, popen.stdout, popen.stderr, end, end_writer)
    except OSError as error:
        reason, short = start_failure(launch.program, error), error.errno in SHORTAGES
    except RuntimeError as error:
        # Python starts no more processes while the interpreter ends.
        reason, short = f"cannot start {launch.program}: {error}", True
    # The error has no cause: frames of the standard library would show the whole environment.
    kind = CannotRun if short else BridgeNotFound
    raise kind(reason)
