"""``python -m cover_bridge [--sandbox] TASK...`` prints changes as they come."""

import sys

from cover_bridge import CoverBridge, CoverBridgeError, StatusChange


def main(arguments: list[str]) -> int:
    tasks = [argument for argument in arguments if argument != "--sandbox"]
    if not tasks:
        print("usage: python -m cover_bridge [--sandbox] TASK...", file=sys.stderr)
        return 2
    try:
        with CoverBridge(sandbox="--sandbox" in arguments) as bridge:
            for event in bridge.watch(tasks):
                news = event.status.state if isinstance(event, StatusChange) else event.reason
                print(event.task_id, news, flush=True)
    except CoverBridgeError as error:
        print(f"cover_bridge: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
