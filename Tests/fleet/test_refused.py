"""If a fleet is refused, the command ends before it sends anything: no query and no order."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fleet_api import FleetAPI
from fleet_bridges import BINARY, KEY, FleetBridge
from local_server import Handler, serving

ENVIRONMENT = {"KIE_API_KEY": KEY, "PATH": os.environ.get("PATH", "")}
# The test repeats a race, because a wrong implementation fails only in one run of six.
RUNS = 12


@pytest.fixture
def api() -> Iterator[tuple[str, list[str]]]:
    """The address of an API, and all requests that the API has received."""
    requests: list[str] = []

    class API(Handler):
        def do_GET(self) -> None:
            requests.append(f"{self.command} {self.path}")
            self.answer(500, b"")

        do_POST = do_GET

    with serving(API) as url:
        yield url, requests


def missing_folder(folder: Path) -> str:
    return str(folder / "missing" / "f")


def foreign_file(folder: Path) -> str:
    path = folder / "notes"
    path.write_text("a list of things to do, and no database")
    return str(path)


def another_version(folder: Path) -> str:
    path = str(folder / "newer")
    with FleetAPI() as api, FleetBridge("b", api.url, path, 10, 30) as bridge:
        bridge.call("cover/status", {"taskId": "cover-0-0-x"})
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    return path


@pytest.mark.parametrize("store", [missing_folder, foreign_file, another_version])
@pytest.mark.parametrize(
    "command",
    [
        ["generate", "m", "--callback-url", "https://a.example/x"],
        ["status", "a", "b"],
        ["watch", "a"],
        ["credits"],
    ],
    ids=lambda command: str(command[0]),
)
def test_nothing_is_sent_where_the_fleet_is_refused(
    command: list[str], store: object, api: tuple[str, list[str]], tmp_path: Path
) -> None:
    assert callable(store)
    url, requests = api
    options = ["--endpoint", url, "--fleet", store(tmp_path)]
    processes = [
        subprocess.Popen(
            [BINARY, *command, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        for _ in range(RUNS)
    ]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 2, err
        assert err.count("\n") == 1 and "the fleet cannot be used" in err, err
        assert out == "", out
    assert requests == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run a process as another user")
def test_the_file_of_another_user_is_called_so(api: tuple[str, list[str]]) -> None:
    url, requests = api
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "f"
        store.touch(0o600)
        Path(folder).chmod(0o755)
        done = subprocess.run(
            [BINARY, "status", "a", "--endpoint", url, "--fleet", str(store)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            user=65534,
            timeout=60,
        )
    assert done.returncode == 2 and "belongs to another user" in done.stderr, done.stderr
    assert requests == []


def look(name: str, store: Path, url: str, user: int | None = None) -> str:
    """What `doctor` or `fleet` says of a file that no bridge has created."""
    done = subprocess.run(
        [BINARY, name, "--endpoint", url, "--fleet", str(store)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=60,
        user=user,
    )
    # The API of this test answers 500, so `doctor` ends with 6.
    assert done.returncode == (6 if name == "doctor" else 2), done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.parametrize("name", ["doctor", "fleet"])
def test_a_missing_file_that_no_bridge_can_create_is_called_so(
    name: str, api: tuple[str, list[str]], tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "nowhere")
    assert "It is a link that leads nowhere" in look(name, link, api[0])
    if os.geteuid() == 0:
        # Root may write in any folder, so the command runs as another user.
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            assert "It may not be written" in look(name, Path(folder) / "f", api[0], user=65534)


# One process has no /proc. The clock of the other process is a day ahead.
WRAPPERS = {
    "without /proc": ["unshare", "--mount", "sh", "-c", 'umount -l /proc; exec "$@"', "sh"],
    "another clock": ["unshare", "--time", "--boottime", "86400", "--fork"],
}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make namespaces")
@pytest.mark.parametrize(
    ("wrapper", "words"),
    [("without /proc", "needs /proc"), ("another clock", "with another clock")],
)
def test_a_bridge_with_another_clock_leaves_the_fleet_as_it_is(
    wrapper: str, words: str, tmp_path: Path
) -> None:
    store = str(tmp_path / "f")
    if subprocess.run([*WRAPPERS[wrapper], "true"], capture_output=True).returncode != 0:
        pytest.skip("the system allows no such namespace")
    with FleetAPI() as fleet, FleetBridge("b", fleet.url, store, 10, 30) as bridge:
        bridge.call("cover/status", {"taskId": "cover-0-0-x"})
        before = fleet.count()
        done = subprocess.run(
            [
                *WRAPPERS[wrapper],
                *[BINARY, "status", "cover-0-0-x", "--endpoint", fleet.url, "--fleet", store],
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
            timeout=60,
        )
        assert done.returncode == 2 and words in done.stderr, done.stderr
        assert fleet.count() == before
        assert bridge.stats()["fleet"]["state"] == "present"
        assert bridge.stats()["fleet"]["bridges"] == 1
