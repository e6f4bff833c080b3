"""Programs that run in archives, in other processes, in threads and on other event loops."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import textwrap
import zipapp
from pathlib import Path

import pytest

from .conftest import FAKE

PACKAGE = Path(__file__).parent.parent / "cover_bridge"
STATES = "pending generating succeeded"


def run(*command: str | Path) -> str:
    """Runs a program, and returns its output. The program must write nothing to stderr."""
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "COVER_BRIDGE": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout.strip()


def script(folder: Path, text: str) -> Path:
    path = folder / "script.py"
    head = f"FAKE = {FAKE!r}\nfrom cover_bridge import AsyncCoverBridge, CannotRun, CoverBridge\n"
    path.write_text(head + textwrap.dedent(text))
    return path


SYNC = """
def states():
    with CoverBridge(command=FAKE) as bridge:
        return [event.status.state for event in bridge.watch("success")]
"""
ASYNC = """
import asyncio
async def states():
    async with AsyncCoverBridge(command=FAKE) as bridge:
        return [event.status.state async for event in bridge.watch("success")]
"""


def test_in_a_zipapp(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "cover_bridge", ignore=shutil.ignore_patterns("__pycache__"))
    main = script(source, SYNC + "if __name__ == '__main__': print(*states())\n")
    main.rename(source / "__main__.py")
    zipapp.create_archive(source, tmp_path / "app.pyz")
    shutil.rmtree(source)
    # With -I, only the archive is on the path.
    assert run(sys.executable, "-I", tmp_path / "app.pyz") == STATES


def test_in_a_zipapp_the_error_names_the_searched_places(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(PACKAGE, source / "cover_bridge", ignore=shutil.ignore_patterns("__pycache__"))
    main = script(
        source,
        """
        from cover_bridge import BridgeNotFound
        try:
            CoverBridge(env={"COVER_BRIDGE": "", "PATH": "/nowhere"})
        except BridgeNotFound as error:
            print(error)
        """,
    )
    main.rename(source / "__main__.py")
    zipapp.create_archive(source, tmp_path / "app.pyz")
    assert "and none on the PATH (/nowhere)" in run(sys.executable, tmp_path / "app.pyz")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_in_processes_of_multiprocessing(tmp_path: Path, method: str) -> None:
    program = script(
        tmp_path,
        f"""{SYNC}
import multiprocessing, warnings

if __name__ == "__main__":
    # Python itself warns of a fork beside threads.
    warnings.simplefilter("ignore", DeprecationWarning)
    with CoverBridge(command=FAKE) as bridge:
        with multiprocessing.get_context({method!r}).Pool(2) as pool:
            for found in [pool.apply_async(states) for _ in range(3)]:
                print(*found.get(60))
        bridge.ping()
        print(*states())
""",
    )
    assert run(sys.executable, program).splitlines() == [STATES] * 4


def test_in_threads_each_with_a_loop_of_its_own(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f"""{ASYNC}
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(3) as pool:
    for found in pool.map(lambda _: asyncio.run(states()), range(3)):
        print(*found)
""",
    )
    assert run(sys.executable, program).splitlines() == [STATES] * 3


def test_the_synchronous_client_in_a_running_loop(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f"""{SYNC}
import asyncio
async def cell():
    print(*states())
    print(*await asyncio.get_running_loop().run_in_executor(None, states))
asyncio.run(cell())
""",
    )
    assert run(sys.executable, program).splitlines() == [STATES] * 2


@pytest.mark.skipif(not importlib.util.find_spec("uvloop"), reason="uvloop")
def test_on_uvloop(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f"""{ASYNC}
import uvloop
async def main():
    print(type(asyncio.get_running_loop()).__module__, *await states())
loop = uvloop.new_event_loop()
loop.run_until_complete(main())
loop.close()
""",
    )
    assert run(sys.executable, program) == f"uvloop {STATES}"


@pytest.mark.skipif(not importlib.util.find_spec("anyio"), reason="anyio")
@pytest.mark.skipif(not importlib.util.find_spec("trio"), reason="trio")
def test_under_anyio(tmp_path: Path) -> None:
    program = script(
        tmp_path,
        f"""{ASYNC}{SYNC.replace("states", "in_a_thread")}
import anyio
async def main():
    try:
        print(*await states())
    except CannotRun as error:
        print(error)
        print(*await anyio.to_thread.run_sync(in_a_thread))
for backend in ("asyncio", "trio"):
    anyio.run(main, backend=backend)
""",
    )
    on_asyncio, refused, in_a_thread = run(sys.executable, program).splitlines()
    assert (on_asyncio, in_a_thread) == (STATES, STATES)
    assert refused == (
        "AsyncCoverBridge needs an event loop of asyncio, and trio runs here; "
        "elsewhere use CoverBridge in threads, as with trio.to_thread.run_sync"
    )


@pytest.mark.skipif(not importlib.util.find_spec("PyInstaller"), reason="PyInstaller")
@pytest.mark.parametrize("form", ["--onedir", "--onefile"])
def test_under_pyinstaller(tmp_path: Path, form: str) -> None:
    # The archive includes the binary as data. The client finds the binary beside the package.
    wrapper = tmp_path / "cover-bridge"
    wrapper.write_text(f'#!/bin/sh\nexec {FAKE[0]} {FAKE[1]} "$@"\n')
    wrapper.chmod(0o755)
    program = script(
        tmp_path,
        """
        import os
        del os.environ["COVER_BRIDGE"]
        with CoverBridge() as bridge:
            print(*[event.status.state for event in bridge.watch("success")])
        """,
    )
    options = [form, "--paths", str(PACKAGE.parent), "--add-binary", f"{wrapper}:bin"]
    done = subprocess.run(
        [sys.executable, "-m", "PyInstaller", *options, "--log-level", "ERROR", str(program)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    built = tmp_path / "dist" / "script"
    assert run(built if form == "--onefile" else built / "script") == STATES
