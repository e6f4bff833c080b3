"""Measures cover-bridge and its alternatives in one run, and prints the ratios.

It asserts nothing: the reader decides what is fast enough.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict

import cost
import delivery
import encrypted
import flat_out
import fleet
import machine
import polling
import stdio
from table import Row, render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a rough answer in a minute")
    parser.add_argument("--json", action="store_true", help="for machines")
    names = ["polling", "delivery", "encrypted", "flat-out", "cost", "stdio", "fleet"]
    parser.add_argument("--only", choices=names, help="one table alone")
    options = parser.parse_args()
    binary = os.environ.get("COVER_BRIDGE")
    if not binary:
        parser.error("COVER_BRIDGE must name the binary; make bench does that")

    began = time.monotonic()
    load = polling.QUICK if options.quick else polling.FULL
    rounds = 1 if options.quick else 3
    tables: dict[str, tuple[str, list[str], list[Row]]] = {}

    def wanted(name: str) -> bool:
        if options.only not in (None, name):
            return False
        print(f"{name} ...", file=sys.stderr, flush=True)
        return True

    facts = machine.described(binary)
    if wanted("polling"):
        title = (
            f"{load.tasks} covers to their end, each looked at every {load.interval:g} s, "
            f"at most {load.rate:g} queries a second; ratio to the better script"
        )
        followers = list(polling.FOLLOWERS)
        tables["polling"] = (title, followers, polling.rows(polling.run(binary, load)))
    if wanted("delivery"):
        covers = 2_000 if options.quick else 10_000
        title = f"{3 * covers} changes of {covers} covers at once; ratio to parsing them alone"
        columns = ["client", "parsing alone"]
        tables["delivery"] = (title, columns, delivery.rows(delivery.run(covers, rounds)))
    if wanted("encrypted"):
        title = f"{encrypted.OUTSTANDING} queries at once; TLS by nginx; ratio to the script"
        costs = encrypted.run(binary, 2_000 if options.quick else 10_000, rounds)
        columns = ["cover-bridge", "script", "which"]
        tables["encrypted"] = (title, columns, encrypted.rows(costs))
    if wanted("flat-out"):
        title = f"Flat out over at most {flat_out.CONNECTIONS} connections; ratio to wrk"
        measured = flat_out.run(binary, seconds=1 if options.quick else 4, rounds=rounds)
        tables["flat-out"] = (title, ["cover-bridge", "wrk"], flat_out.rows(measured))
    if wanted("cost"):
        title = f"Counted by Valgrind, {cost.OUTSTANDING} queries at once, plain HTTP"
        tables["cost"] = (title, ["cover-bridge", "aiohttp"], cost.rows(cost.run(binary)))
    if wanted("stdio"):
        title = "Over stdin and stdout; ratio to a loop in Python (cat does no work at all)"
        results = stdio.run(binary, pings=2_000 if options.quick else 10_000, rounds=rounds)
        tables["stdio"] = (title, list(results), stdio.rows(results))
    if wanted("fleet"):
        carried, measured_fleet, alone = fleet.run(
            binary, fleet.QUICK if options.quick else fleet.FULL
        )
        title = (
            f"{carried.bridges} bridges on one Redis, all of which watch the same {carried.tasks} "
            f"tasks every {carried.interval:g} s; ratio to one bridge without a fleet"
        )
        columns = ["fleet", "alone"]
        tables["fleet"] = (title, columns, fleet.rows(carried, measured_fleet, alone))
    facts["time taken"] = f"{time.monotonic() - began:.0f} s"

    if options.json:
        report = {
            name: {
                "title": title,
                "columns": columns,
                "rows": [{**asdict(row), "ratio": row.ratio} for row in rows],
            }
            for name, (title, columns, rows) in tables.items()
        }
        print(json.dumps({"facts": facts, "tables": report}, indent=2))
        return
    for name, fact in facts.items():
        print(f"{name}: {fact}")
    for title, columns, rows in tables.values():
        print(f"\n{title}\n\n{render(columns, rows)}")
    print("\nTo repeat: make bench. What is measured, and how: Tests/Benchmarks/README.md")


if __name__ == "__main__":
    main()
