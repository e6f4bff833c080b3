"""``python -m cover_bridge [--sandbox] TASK...`` prints changes as they come."""

from __future__ import annotations

import io
import os
import sys
import unicodedata

from cover_bridge import CoverBridge, CoverBridgeError, StatusChange, WatchEnded

USAGE = "usage: python -m cover_bridge [--sandbox] TASK..."
# Those of the command: 1 says that a task failed, or that stdout was closed and nothing was asked.
FAILED, USAGE_ERROR, CREDENTIALS, NOT_FOUND, TIMEOUT, UNREACHABLE, REFUSED = range(1, 8)
FAULT, OUTPUT_LOST, INTERRUPTED, READER_GONE = 70, 74, 130, 141
CODES = {
    **dict.fromkeys(["unauthorized", "missingCredentials"], CREDENTIALS),
    **dict.fromkeys(["timeout", "requestTimeout"], TIMEOUT),
    "taskNotFound": NOT_FOUND,
    **dict.fromkeys(["insufficientCredits", "featureDisabled", "conflict"], REFUSED),
    **dict.fromkeys(
        ["badRequest", "validationFailed", "insecureEndpoint", "invalidParams"], USAGE_ERROR
    ),
}
# Of several, the first that occurs.
GRAVITY = (CREDENTIALS, UNREACHABLE, TIMEOUT, REFUSED, NOT_FOUND, USAGE_ERROR, FAILED, 0)


class OutputLost(Exception):
    """The output cannot be written, as on a full disk."""


def main(arguments: list[str]) -> int:
    if "--help" in arguments:
        print(USAGE)
        return 0
    tasks = [argument for argument in arguments if argument != "--sandbox"]
    if not tasks or any(task.startswith("-") for task in tasks):
        say(USAGE)
        return USAGE_ERROR
    if sys.stdout is None:
        say("cover_bridge: stdout is closed")
        return FAILED
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What this terminal cannot show must not end the watch.
            stream.reconfigure(errors="backslashreplace")
    try:
        return follow(tasks, sandbox="--sandbox" in arguments)
    except CoverBridgeError as error:
        say(f"cover_bridge: {error}")
        return CODES.get(error.kind, UNREACHABLE)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return READER_GONE
    except OutputLost as error:
        say(f"cover_bridge: {error.__cause__}")
        return OUTPUT_LOST
    except OSError as error:
        say(f"cover_bridge: {error}")
        return FAULT


def follow(tasks: list[str], *, sandbox: bool) -> int:
    codes = {0}
    with CoverBridge(sandbox=sandbox, interval=0.25 if sandbox else None) as bridge:
        for event in bridge.watch(tasks):
            if isinstance(event, WatchEnded):
                codes.add(CODES.get(event.reason, UNREACHABLE))
                say(f"{event.task_id}: {event.error or event.reason}")
            elif event.status.failure:
                codes.add(FAILED)
                tell(event, f"failed: {event.status.failure.message}")
            else:
                tell(event, " ".join([event.status.state, *event.status.images]))
    return next(code for code in GRAVITY if code in codes)


def tell(event: StatusChange, news: str) -> None:
    try:
        print(displayable(f"{event.task_id} {news}"), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputLost from error


def say(text: str) -> None:
    if sys.stderr is not None:
        print("\n".join(map(displayable, text.splitlines())), file=sys.stderr)


def displayable(text: str) -> str:
    """Without what a terminal would obey: ids and reasons come from elsewhere."""
    obeyed = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return "".join("\ufffd" if unicodedata.category(each) in obeyed else each for each in text)


if __name__ == "__main__":
    code = main(sys.argv[1:])
    if code == READER_GONE:
        # Python would complain once more, of what it could not write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.exit(code)
