"""A root folder without Swift, hiredis, jansson, SQLite and a network.

The folder starts empty, so it contains only what this module adds: Python, Node and their
libraries.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

HERE = Path(__file__).parent
SECONDS = 120
# A user who is not root also needs a user namespace.
AS_ROOT = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
UNSHARE = ["unshare", *AS_ROOT, "--mount", "--net", "--pid", "--fork", "--kill-child"]
DEVICES = ["/dev/null", "/dev/zero", "/dev/urandom"]


def obstacle() -> str | None:
    """The reason why a jail is impossible on this machine, or None."""
    try:
        tried = subprocess.run([*UNSHARE, "true"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "there is no unshare here"
    return tried.stderr.strip() or "unshare failed" if tried.returncode else None


def found(program: str) -> Path:
    """The file of a program on the PATH."""
    path = shutil.which(program)
    assert path, f"{program} is not installed"
    return Path(path)


class Root:
    """A folder that becomes the root of other processes."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put_program(self, program: Path, place: Path) -> None:
        """Adds a program and the libraries that it loads, at their usual paths."""
        self.copy(program, place)
        self.put_libraries(program)

    def put_libraries(self, *programs: Path) -> None:
        listed = subprocess.run(["ldd", *programs], capture_output=True, text=True, check=False)
        for library in set(re.findall(r"(?:=> |^\s+)(/\S+)", listed.stdout, re.MULTILINE)):
            self.copy(Path(library), Path(library))

    def copy(self, file: Path, place: Path) -> None:
        target = self.inside(place)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)

    def inside(self, path: Path) -> Path:
        """The path in the real file system of a path in the jail."""
        return self.root / path.relative_to("/")


class Jail(Root):
    """A root in a folder.

    The files that commands write stay in the folder. Each command has its own namespaces.
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.bound: list[str] = []
        for folder in ("proc", "tmp", "dev", "etc", "home", "usr/bin"):
            (root / folder).mkdir(parents=True)
        (root / "bin").symlink_to("usr/bin")
        (root / "etc/passwd").write_text("root:x:0:0::/home:/bin/sh\n")
        for device in DEVICES:
            self.bind(Path(device))
        for name in ("sh", "env", "node"):
            self.put_program(found(name), Path("/usr/bin") / name)
        self.put_npm()
        self.put_python()

    def put_npm(self) -> None:
        """Adds npm with its modules, which are in Node's own folder or in Debian's shared
        folder."""
        parents = found("npm").resolve().parents
        self.bind(next(folder for folder in parents if folder.parent.name in ("lib", "share")))
        for name in ("npm", "npx"):
            (self.root / "bin" / name).symlink_to(found(name).resolve())

    def put_python(self) -> None:
        """Adds the Python of this process, without the library SQLite that its module `sqlite3`
        needs."""
        library = Path(sysconfig.get_path("stdlib"))
        program = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
        self.put_program(program, program)
        (self.root / "bin/python3").symlink_to(program)
        self.bind(library)
        # Debian's module `venv` installs pip from this folder.
        self.bind(*(path for path in [Path("/usr/share/python-wheels")] if path.exists()))
        modules = library.glob("lib-dynload/*.so")
        self.put_libraries(*(path for path in modules if "sqlite" not in path.name))

    def bind(self, *paths: Path) -> None:
        for path in paths:
            target = self.inside(path)
            if path.is_dir():
                target.mkdir(parents=True)
            else:
                target.touch()
            self.bound.append(str(path))

    def run(
        self, *command: str, folder: str = "/home", path: str = "/bin", stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command; no process of it is left when this returns."""
        enter = [sys.executable, str(HERE / "enter.py"), str(self.root), folder]
        return subprocess.run(
            [*UNSHARE, f"--mount-proc={self.root}/proc", *enter, *self.bound, "--", *command],
            env={"PATH": path, "HOME": "/home", "LANG": "C.UTF-8"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def say(self, *command: str, folder: str = "/home", path: str = "/bin", stdin: str = "") -> str:
        """Runs a command that must succeed, and returns its stdout."""
        run = self.run(*command, folder=folder, path=path, stdin=stdin)
        assert run.returncode == 0, f"{command}: {run.returncode}\n{run.stdout}\n{run.stderr}"
        return run.stdout
