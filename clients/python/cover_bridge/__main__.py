"""``python -m cover_bridge TASK...`` is ``cover-bridge watch TASK...``, with its options."""

from __future__ import annotations

import os
import sys

from ._command import NAME, find_command, start_failure
from ._errors import BridgeNotFound

# The exit code of the command if no query was possible; 1 would mean that a task failed.
UNREACHABLE = 6


def main(arguments: list[str]) -> int:
    program = NAME
    try:
        [program] = find_command(None, os.environ)
        os.execvp(program, [program, "watch", *arguments])
    except BridgeNotFound as error:
        print(f"cover_bridge: {error}", file=sys.stderr)
    except OSError as error:
        print(f"cover_bridge: {start_failure(program, error)}", file=sys.stderr)
    return UNREACHABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
