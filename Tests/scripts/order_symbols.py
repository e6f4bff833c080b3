#!/usr/bin/env python3
"""Traces which parts of the release binary the start touches, in the order of the first touch.

Without an order, the code of the start is scattered over 35 MB: each touched page costs a fault and
loads fifteen neighbours. The linker puts the symbols of startup-symbols.txt side by side. It
skips names that it does not find, so an old list only makes the start slower. Run this after a
change of the toolchain, of libraries or of the start:

    make build && Tests/scripts/order_symbols.py && make build      # needs valgrind
"""

import bisect
import collections
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

SCRIPTS = Path(__file__).resolve().parent
BUILT = SCRIPTS.parent.parent / ".build-release"
SESSION = (
    b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}\n'
    b'{"jsonrpc":"2.0","id":2,"method":"ping"}\n'
    b'{"jsonrpc":"2.0","id":3,"method":"ping","params":{}}\n'
)
# A line of the linker's map has an address, a load address, a size, an alignment and an indented
# name. The indent shows the kind of the name.
PLACE = r"^ *([0-9a-f]+) +[0-9a-f]+ +([0-9a-f]+) +[0-9]+"
PIECE = re.compile(PLACE + r" {9}\S.*:\(\.(?:text|bss|rodata)\b.*\)$")
SYMBOL = re.compile(PLACE + r" {17}(\S.*)$")
# A line of valgrind's trace has a kind (instruction, load, store or change) and an address.
ACCESS = re.compile(rb"^(?:I | [LSM]) ([0-9a-f]+),")
# The seconds between the last answer and the end of the trace.
UNTIL_IDLE = 2
# The suffix of symbols of conformances. There are thousands of them, and a start needs some dozens.
CONFORMANCE = "Mc"
MOST_CONFORMANCES = 500
# The size of a large piece in bytes. Most functions have their own section of some hundred bytes.
LARGE = 16_384


class Piece(NamedTuple):
    """The unit that the linker moves, usually a single function or variable."""

    start: int
    size: int
    symbols: list[str]


def pieces_of(link_map: Path) -> list[Piece]:
    """The pieces of code, constants and zeroed data in the binary, in the order of their
    addresses."""
    found: list[Piece] = []
    with link_map.open() as lines:
        for line in lines:
            if piece := PIECE.match(line):
                found.append(Piece(int(piece[1], 16), int(piece[2], 16), []))
            elif found and (symbol := SYMBOL.match(line)):
                found[-1].symbols.append(symbol[3])
    return found


def touched_by(binary: Path) -> list[int]:
    """The addresses that the start touches, in the order of the first touch.

    The addresses count from the beginning of the binary.
    """
    with tempfile.TemporaryDirectory() as folder, Path(folder, "trace").open("wb+") as trace:
        valgrind = ["valgrind", "--tool=lackey", "--trace-mem=yes", f"--log-file={trace.name}"]
        with subprocess.Popen(
            [*valgrind, binary, "serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "KIE_API_KEY": "a-key"},
        ) as bridge:
            assert bridge.stdin and bridge.stdout
            bridge.stdin.write(SESSION)
            bridge.stdin.flush()
            for _ in SESSION.splitlines():
                bridge.stdout.readline()
            maps = Path(f"/proc/{bridge.pid}/maps").read_text().splitlines()
            base = min(int(line.split("-")[0], 16) for line in maps if line.endswith(str(binary)))
            time.sleep(UNTIL_IDLE)
            # The idle process is killed, because a proper end would touch code that the start does
            # not.
            bridge.kill()
        accesses = (ACCESS.match(line) for line in trace)
        return list(dict.fromkeys(int(access[1], 16) - base for access in accesses if access))


def main() -> None:
    pieces = pieces_of(BUILT / "cover-bridge.map")
    starts = [piece.start for piece in pieces]
    touched: dict[int, Piece] = {}
    for address in touched_by(BUILT / "cover-bridge"):
        index = bisect.bisect(starts, address) - 1
        if index >= 0 and address < pieces[index].start + pieces[index].size:
            touched[index] = pieces[index]
    # A section with a whole object file would separate the small pieces, so large pieces come last.
    order = sorted(touched.values(), key=lambda piece: piece.size > LARGE)
    # If several sections have the same name, the linker would move all of them. So only unique
    # names count.
    times = collections.Counter(name for piece in pieces for name in piece.symbols)
    unique = ([name for name in piece.symbols if times[name] == 1] for piece in order)
    names = [candidates[0] for candidates in unique if candidates]
    if sum(name.endswith(CONFORMANCE) for name in names) > MOST_CONFORMANCES:
        sys.exit("the start looks through the table of conformances; see CONTRIBUTING.md")
    target = SCRIPTS / "startup-symbols.txt"
    target.write_text("".join(f"{name}\n" for name in names))
    print(f"{len(order)} pieces touched, {len(names)} of them named in {target}")


if __name__ == "__main__":
    main()
