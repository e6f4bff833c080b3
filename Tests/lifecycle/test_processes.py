"""The bridge watches the end of those processes that it can see, and of no others."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)


def watched(process: int) -> int:
    """The number of processes whose end the given process waits for."""
    folder = Path(f"/proc/{process}/fd")
    return sum("pidfd" in str(link.readlink()) for link in folder.iterdir())


HIGHEST = int(Path("/proc/sys/kernel/pid_max").read_text())


@pytest.mark.parametrize("process", [HIGHEST, 2**22 - 1, 2**31 - 1, 2**31, 2**32 + 1, 2**63 - 1])
@pytest.mark.parametrize("by_option", [True, False])
def test_an_unknown_process_is_not_watched(process: int, by_option: bool) -> None:
    """Such an id comes from a client in another container or on another machine."""
    option = (f"--clientProcessId={process}",) if by_option else ()
    with Bridge("serve", "--sandbox", *option) as bridge:
        if not by_option:
            assert "result" in bridge.call("initialize", {"processId": process})
        time.sleep(1)  # in this second, the bridge would end if it watched the id
        assert bridge.call("ping", id=2)["result"] == {}


@pytest.mark.parametrize("process", [0, -1, -(2**63), 2**63])
def test_a_number_that_is_no_process_id_is_refused(process: int) -> None:
    with Bridge() as bridge:
        error = bridge.call("initialize", {"processId": process})["error"]
        assert error["data"]["parameter"] == "processId"
        assert bridge.call("ping", id=2)["result"] == {}
    done = subprocess.run([BINARY, "serve", f"--clientProcessId={process}"], capture_output=True)
    assert done.returncode == 2


def test_the_bridge_does_not_watch_its_own_id() -> None:
    with Bridge() as bridge:
        assert "result" in bridge.call("initialize", {"processId": bridge.process.pid})
        assert bridge.call("ping", id=2)["result"] == {}
        assert watched(bridge.process.pid) == 1  # the bridge watches only its parent


@needs_root
def test_the_first_process_of_a_container_watches_no_parent() -> None:
    """The parent of the first process has the id 0, which is no process. Its client sends 0 too."""
    process = subprocess.Popen(
        ["unshare", "--pid", "--fork", "--mount-proc", BINARY, "serve", "--sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(
            b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":1}}\n'
        )
        process.stdin.flush()
        assert b'"result"' in process.stdout.readline()
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert watched(int(children[0])) == 0
        # The bridge also has no thread that checks for the end twice a second.
        tasks = list(Path(f"/proc/{children[0]}/task").iterdir())
        calls = [(task / "wchan").read_text() for task in tasks]
        assert not [call for call in calls if "nanosleep" in call], calls
        process.stdin.close()
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
