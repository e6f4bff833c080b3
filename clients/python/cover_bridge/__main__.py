"""``python -m cover_bridge TASK...`` is ``cover-bridge watch TASK...``, with its options."""

from __future__ import annotations

import os
import sys

from ._command import NAME, find_command, find_program, start_failure
from ._errors import CoverBridgeError
from ._surroundings import log

# The exit code of the command if no query was possible; 1 would mean that a task failed.
UNREACHABLE = 6


def main(arguments: list[str]) -> int:
    program = NAME
    try:
        [program] = find_command(None, os.environ)
        os.execvp(find_program(program, os.environ), [program, "watch", *arguments])
    except CoverBridgeError as error:
        # Without a stderr, `print` would write to stdout.
        log.error("cover_bridge: %s", error)
    except OSError as error:
        log.error("cover_bridge: %s", start_failure(program, error))
    return UNREACHABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
