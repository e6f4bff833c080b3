"""Runs each recipe of clients/README.md as it stands there, against the real bridge.

The bridge is COVER_BRIDGE. A recipe whose tool is not installed fails: `make setup` is to
see to it. Prints "N passed, N failed".
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

README = Path(__file__).parents[2] / "clients" / "README.md"
SECONDS = 60
# By the language of the code block: the file to write and the command that runs it.
RUN = {
    "sh": ("recipe.sh", ["sh", "recipe.sh"]),
    "ruby": ("recipe.rb", ["ruby", "recipe.rb"]),
    "go": ("recipe.go", ["go", "run", "recipe.go"]),
    # A recipe leaves Vim open; the test reads what was said once the cover is done.
    "vim": (
        "recipe.vim",
        ["vim", "-Nu", "NONE", "-i", "NONE", "-es", "-S", "recipe.vim", "-S", "wait.vim"],
    ),
}
WAIT_VIM = """
for _ in range(200)
  if execute('messages') =~# 'succeeded' | break | endif
  sleep 50m
endfor
call writefile(split(execute('messages'), "\\n"), '/dev/stdout')
qall!
"""
WANTED = [r"success-2s generating", r"success-2s succeeded \[?http\S+-1\.png http\S+-2\.png\]?"]


def recipes() -> list[tuple[str, str]]:
    """The language and text of each block of code."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)


def fault(language: str, text: str) -> str | None:
    """What is wrong with a recipe, if anything."""
    name, command = RUN[language]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "cover-bridge").symlink_to(Path(os.environ["COVER_BRIDGE"]).resolve())
        Path(folder, name).write_text(text)
        Path(folder, "wait.vim").write_text(WAIT_VIM)
        environment = os.environ | {
            "PATH": f"{folder}:{os.environ['PATH']}",
            "GOCACHE": f"{folder}/go",
        }
        try:
            run = subprocess.run(
                command,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except FileNotFoundError:
            return f"{command[0]} is not installed"
        except subprocess.TimeoutExpired:
            return f"took longer than {SECONDS} seconds"
    wanted = WANTED[1:] if language == "sh" else WANTED
    missing = [pattern for pattern in wanted if not re.search(pattern, run.stdout)]
    if run.returncode or missing:
        return f"exit code {run.returncode}, no {missing} in {run.stdout!r}; stderr {run.stderr!r}"
    return None


def main() -> int:
    """Run all of them."""
    blocks = recipes()
    failed = 0
    for language, text in blocks:
        wrong = fault(language, text)
        if wrong:
            failed += 1
            sys.stdout.write(f"FAILED the recipe for {language}: {wrong}\n")
    if {language for language, _ in blocks} != set(RUN):
        failed += 1
        sys.stdout.write(f"FAILED: a recipe for each of {', '.join(RUN)}\n")
    sys.stdout.write(f"recipes: {len(blocks) - min(failed, len(blocks))} passed, {failed} failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
