"""``python -m cover_bridge [--sandbox] TASK...`` prints changes as they come."""

import sys

from cover_bridge import CoverBridge, CoverBridgeError, StatusChange

USAGE = "usage: python -m cover_bridge [--sandbox] TASK..."


def main(arguments: list[str]) -> int:
    if "--help" in arguments:
        print(USAGE)
        return 0
    tasks = [argument for argument in arguments if argument != "--sandbox"]
    if not tasks or any(task.startswith("-") for task in tasks):
        print(USAGE, file=sys.stderr)
        return 2
    sandbox = "--sandbox" in arguments
    code = 0
    try:
        with CoverBridge(sandbox=sandbox, interval=0.25 if sandbox else None) as bridge:
            for event in bridge.watch(tasks):
                if not isinstance(event, StatusChange):
                    code = 1
                    print(f"{event.task_id}: {event.error or event.reason}", file=sys.stderr)
                elif event.status.failure:
                    code = 1
                    print(event.task_id, "failed:", event.status.failure.message, flush=True)
                else:
                    print(event.task_id, event.status.state, *event.status.images, flush=True)
    except CoverBridgeError as error:
        print(f"cover_bridge: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
