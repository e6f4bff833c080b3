"""The bridge as process 1, in a root without /proc, /tmp, /etc and HOME, or with 32 MB."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridge import BINARY, PATIENCE, Bridge
from waiting import wait_until

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None, reason="needs root and unshare"
)

WAIT = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "cover/wait",
    "params": {"taskId": "success-1s", "interval": 0.1},
}
LINE = json.dumps(WAIT).encode() + b"\n"
# A debug build loads its libraries from these folders.
LIBRARIES = ("/usr", "/lib", "/lib64", "/opt")
ROOM = """
set -e
root=$1 binary=$2; shift 2
mount -t tmpfs tmpfs "$root"
for folder in $LIBRARIES; do
    [ ! -e "$folder" ] || { mkdir -p "$root$folder"; mount --rbind "$folder" "$root$folder"; }
done
mkdir "$root/dev" "$root/bin"
: >"$root/dev/null"; mount --bind /dev/null "$root/dev/null"
: >"$root/bin/cover-bridge"; mount --bind "$binary" "$root/bin/cover-bridge"
mount -o remount,ro "$root"
exec env -i /usr/sbin/chroot "$root" /bin/cover-bridge "$@"
"""


def in_room(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Runs the bridge in the small root. The bridge is process 1, and its parent has the id 0."""
    script = ROOM.replace("$LIBRARIES", " ".join(LIBRARIES))
    room = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"]
    return subprocess.run(
        [*room, folder, BINARY, *arguments], input=LINE, capture_output=True, timeout=PATIENCE
    )


def test_a_server_as_the_first_process(tmp_path: Path) -> None:
    done = in_room(tmp_path, "serve", "--sandbox")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["result"]["state"] == "succeeded"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("status", "success-0s", "--sandbox"), 0, b""),
        (("watch", "success-0s", "--sandbox"), 0, b""),
        (("doctor", "--sandbox"), 0, b""),
        (("mcp", "--sandbox"), 0, b""),
        (
            ("download", "success-0s", "--sandbox", "--directory", "/pictures"),
            8,
            b"Nothing can be saved in /pictures: Read-only file system.",
        ),
        (("serve", "--sandbox", "--journal", "/j.db"), 9, b"Cannot open the journal /j.db"),
    ],
)
def test_commands_as_the_first_process(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: bytes
) -> None:
    done = in_room(tmp_path, *arguments)
    assert done.returncode == code, done.stderr
    assert said in done.stderr and done.stderr.count(b"\n") == (1 if said else 0), done.stderr


def children(process: int) -> list[int]:
    """All child processes: those that live, and those that are dead and not reaped yet."""
    return [
        int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


def test_the_first_process_reaps_orphans(tmp_path: Path) -> None:
    script = '(sleep 600 &); exec "$@"'
    room = ["unshare", "--pid", "--fork", "--kill-child", "sh", "-c", script, "sh"]
    process = subprocess.Popen(
        [*room, BINARY, "serve", "--sandbox"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdin and process.stdout
        process.stdin.write(LINE)
        process.stdin.flush()
        assert b"succeeded" in process.stdout.readline()
        (first,) = children(process.pid)
        (orphan,) = children(first)
        os.kill(orphan, signal.SIGKILL)
        wait_until("the orphan is reaped", lambda: not children(first))
    finally:
        process.communicate(timeout=PATIENCE)


def test_a_temporary_folder_without_programs(tmp_path: Path) -> None:
    script = 'mount -t tmpfs -o noexec,nosuid tmpfs "$TMPDIR" && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", BINARY, "serve", "--sandbox"],
        input=LINE,
        capture_output=True,
        timeout=PATIENCE,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["result"]["state"] == "succeeded"


@pytest.fixture
def small_group() -> Iterator[Path]:
    """A cgroup with 32 MB of memory and without swap."""
    for base, limit in (
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        ("/sys/fs/cgroup", "memory.max"),
    ):
        group = Path(base, f"cover-bridge-test-{os.getpid()}")
        try:
            group.mkdir()
            (group / limit).write_text(str(32 << 20))
        except OSError:
            if group.is_dir():
                group.rmdir()
            continue
        yield group
        group.rmdir()
        return
    pytest.skip("no cgroup for memory can be made here")


def test_32_megabytes(small_group: Path) -> None:
    script = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", small_group, BINARY, "serve", "--sandbox"],
        input=LINE,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["result"]["state"] == "succeeded"


def test_a_limit_of_32_megabytes_of_data() -> None:
    """`ulimit -d` limits the data of a process, and counts the whole stack of each thread."""
    limit = 32 << 20
    with Bridge(
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    ) as bridge:
        assert bridge.call("cover/wait", WAIT["params"])["result"]["state"] == "succeeded"
