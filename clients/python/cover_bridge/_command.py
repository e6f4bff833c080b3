"""Which binary to start, and with which arguments."""

from __future__ import annotations

import os
import shutil
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Union

from ._errors import BridgeNotFound

NAME = "cover-bridge"
VARIABLE = "COVER_BRIDGE"
PACKAGES = Path(__file__).parent.parent

PathLike = Union[str, "os.PathLike[str]"]
Command = Union[PathLike, Sequence[str]]


@dataclass(frozen=True)
class Launch:
    """All it takes to start the bridge, and to start it again."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    # Goes through `initialize`: an argument would show in the process list.
    api_key: str | None = field(repr=False)
    restart: bool


def launch(
    *,
    sandbox: bool,
    endpoint: str | None,
    api_key: str | None,
    api_key_file: PathLike | None,
    journal: PathLike | None,
    rate: float | None,
    interval: float | None,
    command: Command | None,
    args: Sequence[str],
    env: Mapping[str, str] | None,
    restart: bool,
) -> Launch:
    environment = {**os.environ, **(env or {})}
    if api_key is not None:
        # The bridge takes its environment's key before the one in `initialize`; an argument wins.
        environment.pop("KIE_API_KEY", None)
    argv = [*find_command(command, environment), "serve", "--framing", "ndjson"]
    if sandbox:
        argv.append("--sandbox")
    options = {
        "--endpoint": endpoint,
        "--api-key-file": api_key_file,
        "--journal": journal,
        "--rate": rate,
        "--interval": interval,
    }
    for option, value in options.items():
        if value is not None:
            argv += [option, os.fspath(value) if isinstance(value, os.PathLike) else str(value)]
    return Launch([*argv, *args], environment, api_key, restart)


def find_command(command: Command | None, environment: Mapping[str, str]) -> list[str]:
    """The argument, else ``$COVER_BRIDGE``, else beside the package, else on the ``PATH``."""
    if command is not None:
        if isinstance(command, (str, os.PathLike)):
            return [os.fspath(command)]
        return list(command)
    if environment.get(VARIABLE):
        return [environment[VARIABLE]]
    beside = list(beside_the_package())
    for binary in beside:
        if binary.is_file() and os.access(binary, os.X_OK):
            return [str(binary)]
    on_path = shutil.which(NAME, path=environment.get("PATH"))
    if on_path:
        return [on_path]
    raise BridgeNotFound(
        f"no {NAME} found: command= was not given, ${VARIABLE} is not set, "
        f"there is none of {', '.join(map(str, beside))}, "
        f"and none on the PATH ({environment.get('PATH', '')})"
    )


def beside_the_package() -> Iterator[Path]:
    """Where a wheel with the binary puts it."""
    # `pip install --target` moves the scripts there, and leaves its record as it was.
    yield PACKAGES / "bin" / NAME
    # What was installed together: in a virtual environment, with --user, with --prefix.
    for distribution in metadata.distributions(name=NAME, path=[str(PACKAGES)]):
        for file in distribution.files or ():
            if file.name == NAME:
                yield Path(os.path.normpath(str(file.locate())))
    # Python's own scripts, for a package that is used from its sources.
    yield Path(sysconfig.get_path("scripts"), NAME)
