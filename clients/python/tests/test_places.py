"""The client resolves relative paths and commands when it is made, not later."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import cover_bridge
from cover_bridge import AsyncCoverBridge, CoverBridge
from cover_bridge import _command as command

from .conftest import FAKE, AsyncFake, Fake, Heard, Real, eventually
from .test_async import run
from .test_death import pid_of
from .test_secrets import launch
from .test_watches import states

CLIENTS = [CoverBridge, AsyncCoverBridge]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two folders. The test begins in the first one."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    return here, there


def wrapper(path: Path) -> Path:
    """A program that writes its arguments and its folder to FAKE_STARTS as JSON, and then is a
    bridge."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        f"#!{sys.executable}\nimport json, os, sys\n"
        "with open(os.environ['FAKE_STARTS'], 'a') as file:\n"
        "    print(json.dumps([sys.argv, os.getcwd()]), file=file)\n"
        f"os.execv({FAKE[0]!r}, {FAKE!r} + sys.argv[1:])\n"
    )
    path.chmod(0o755)
    return path


def starts(path: Path) -> list[tuple[list[str], str]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def started(client: Any, there: Path, **options: Any) -> Any:
    """A client that is made in one folder and used in another folder."""
    bridge = client(**options)
    os.chdir(there)
    if client is AsyncCoverBridge:
        await bridge.start()
    return bridge


async def close(bridge: Any) -> None:
    if isinstance(bridge, AsyncCoverBridge):
        await bridge.aclose()
    else:
        bridge.close()


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "given", ["./bridge", "bin/bridge", Path("bin/bridge"), ["bin/bridge"], "on-path", "variable"]
)
def test_relative_paths_start_at_the_first_folder(
    places: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    heard: Heard,
    client: Any,
    given: Any,
) -> None:
    here, there = places
    record = here.parent / "starts"
    monkeypatch.setenv("FAKE_STARTS", str(record))
    for program in ("bridge", "bin/bridge", "bin/on-path"):
        wrapper(here / program)
    # A later search for the command would find these programs.
    wrapper(there / "bin/on-path").write_text("#!/bin/sh\nexit 3\n")
    monkeypatch.setenv("PATH", f"bin:{os.environ['PATH']}")
    monkeypatch.setenv("COVER_BRIDGE", "bin/bridge")
    options = {} if given == "variable" else {"command": given}

    async def main() -> None:
        bridge = await started(
            client,
            there,
            journal="j.db",
            api_key_file=Path("keys/key"),
            ca_file="ca.pem",
            webhook_key_file=None,
            args=["--odd", "file"],
            restart=True,
            **options,
        )
        os.kill(pid_of(bridge), signal.SIGKILL)
        heard.expect("initialize", 2)
        await close(bridge)

    run(main())
    # The new process has the same arguments, and runs in the first folder.
    first, again = starts(record)
    assert first == again
    arguments, folder = first
    assert folder == str(here)
    assert arguments[arguments.index("--journal") + 1] == str(here / "j.db")
    assert arguments[arguments.index("--api-key-file") + 1] == str(here / "keys/key")
    assert arguments[arguments.index("--ca-file") + 1] == str(here / "ca.pem")
    assert Path(folder, arguments[arguments.index("--odd") + 1]) == here / "file"


@pytest.mark.parametrize("client", CLIENTS)
def test_one_journal_after_a_chdir_and_a_kill(
    binary: str, places: tuple[Path, Path], client: Any
) -> None:
    here, there = places
    (here / "key").write_text("0123456789abcdef\n")

    async def main() -> None:
        bridge = await started(
            client,
            there,
            sandbox=True,
            interval=0.05,
            journal="j.db",
            api_key_file="key",
            restart=True,
            command=os.path.relpath(binary),
        )
        epoch, pid = bridge.journal.epoch, pid_of(bridge)
        os.kill(pid, signal.SIGKILL)
        eventually(lambda: bridge.pid != pid)
        answer = bridge.ping()
        if answer is not None:
            await answer
        assert bridge.journal.epoch == epoch
        await close(bridge)

    run(main())
    assert list(there.iterdir()) == []
    assert (here / "j.db").exists()


def test_a_deleted_folder(
    fake: Fake, places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = places
    monkeypatch.setenv("FAKE_DIED", str(there / "died"))
    with fake(restart=True) as bridge:
        pid = pid_of(bridge)
        os.chdir(there)
        here.rmdir()
        # The bridge dies by itself, so that the test knows which events it has sent.
        assert states(list(bridge.watch("brittle"))) == ["pending", "generating", "succeeded"]
        assert bridge.pid != pid


def test_in_a_deleted_folder(real: Real, places: tuple[Path, Path]) -> None:
    places[0].rmdir()
    with real() as bridge:
        assert bridge.status("success-0s").state == "succeeded"
        refused("directory", lambda: bridge.download("success-0s", "images"))
    for name, path in (("journal", "j.db"), ("ca_file", Path("c")), ("command", "bin/bridge")):
        refused(name, partial(launch, **{name: path}))
        assert launch(**{name: f"/{path}"}).argv
    launch(command="~/bin/bridge", journal="~/j.db")


def refused(parameter: str, call: Callable[[], object]) -> None:
    """Expects the error for a relative path without a working folder."""
    with pytest.raises(cover_bridge.InvalidParams, match="working folder does not exist") as raised:
        call()
    assert raised.value.parameter == parameter
    assert raised.value.__context__ is None


def test_names_that_are_not_utf_8(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They can start a command, but neither the bridge nor JSON takes them."""
    folder = places[0] / os.fsdecode(b"caf\xe9")
    folder.mkdir()
    wrapper(folder / "bridge")
    os.chdir(folder)
    monkeypatch.setenv("FAKE_STARTS", str(places[1] / "starts"))
    for program in ("./bridge", folder / "bridge"):
        with CoverBridge(command=program) as bridge:
            for path in ("images", folder, os.fsencode(folder)):
                with pytest.raises(cover_bridge.InvalidParams, match="is not UTF-8") as raised:
                    bridge.download("x", path)  # type: ignore[arg-type]
                assert raised.value.parameter == "directory"
            assert bridge.download("x", "/images")[0].path == "/images/b.png"
    for name in ("journal", "fleet", "ca_file", "api_key_file"):
        with pytest.raises(cover_bridge.InvalidParams, match="is not UTF-8") as raised:
            launch(**{name: "x"})
        assert raised.value.parameter == name


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("given", ["~/bridge", Path("~/bridge"), ["~/bridge", "~/x"], "variable"])
def test_the_home_folder(
    places: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    heard: Heard,
    client: Any,
    given: Any,
) -> None:
    _, home = places
    record = home / "starts"
    wrapper(home / "bridge")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("FAKE_STARTS", str(record))
    monkeypatch.setenv("COVER_BRIDGE", "~/bridge")
    options = {} if given == "variable" else {"command": given}

    async def main() -> None:
        bridge = await started(client, home, journal="~/j", ca_file=Path("~/c"), **options)
        answer: Any = bridge.download("x", "~/images")
        file: Any = (await answer if client is AsyncCoverBridge else answer)[0]
        assert file.path == f"{home}/images/b.png"
        await close(bridge)

    run(main())
    ((arguments, _),) = starts(record)
    assert arguments[0] == str(home / "bridge")
    # Behind the program, the bridge or a wrapper reads each `~/` itself.
    assert arguments.count("~/x") == isinstance(given, list)
    assert arguments[arguments.index("--journal") + 1] == "~/j"
    assert arguments[arguments.index("--ca-file") + 1] == "~/c"


def test_the_folder_of_a_download_is_that_of_the_call(
    fake: Fake, async_fake: AsyncFake, places: tuple[Path, Path]
) -> None:
    here, there = places
    (here / "link").symlink_to(there)
    with fake() as bridge:
        assert bridge.download("x", "images")[0].path == f"{here}/images/b.png"
        # The parent folder of the link's target must not be used here.
        assert bridge.download("x", Path("link/.."))[0].path == f"{here}/link/../b.png"

    async def main() -> None:
        async with async_fake() as bridge:
            call = bridge.download("x", "images")
            os.chdir(there)
            assert (await call)[0].path == f"{here}/images/b.png"

    run(main())


def test_names_that_are_not_files(places: tuple[Path, Path]) -> None:
    # The client passes these names on, and the bridge reports what is wrong with them.
    for name in (":memory:", "file:j.db", ""):
        assert launch(journal=name).argv[-1] == name
    assert launch(journal=b"j.db").argv[-1] == str(places[0] / "j.db")
    with pytest.raises(cover_bridge.InvalidParams, match='"command" is empty'):
        launch(command=[])


def test_the_package_is_where_it_was_imported(places: tuple[Path, Path]) -> None:
    there = places[1]
    root = os.path.relpath(Path(command.__file__).parent.parent)
    text = f"""
import os, sys
sys.path.insert(0, {root!r})
from cover_bridge import _command
os.chdir({str(there)!r})
print(_command.PACKAGES.resolve())
"""
    found = subprocess.check_output([sys.executable, "-I", "-c", text], text=True)
    assert Path(found.strip()) == Path(command.__file__).resolve().parent.parent
