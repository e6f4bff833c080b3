#!/usr/bin/env python3
"""Writes the clients' types from ``openrpc.json``. With ``--check``, prints the stale files.

The script writes three files: the dataclasses of the Python client, the declarations of the Node
client, and the table with which the Node client decodes messages.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from typegen import javascript, python, typescript
from typegen.model import read_document

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE / "openrpc.json"

TARGETS = {
    HERE / "python" / "cover_bridge" / "_types.py": python.module,
    HERE / "node" / "types.d.ts": typescript.declarations,
    HERE / "node" / "lib" / "shapes.js": javascript.table,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Writes the clients' types from openrpc.json.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if one is stale")
    check: bool = parser.parse_args(arguments).check
    model = read_document(json.loads(DOCUMENT.read_text(encoding="utf-8")))
    stale = False
    for path, generate in TARGETS.items():
        text = generate(model)
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale = True
        name = path.relative_to(HERE.parent)
        if check:
            print(f"{name} is stale: run clients/generate_types.py", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return int(check and stale)


if __name__ == "__main__":
    sys.exit(main())
