"""Which binary to start, and with which arguments."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from ._errors import BridgeNotFound

NAME = "cover-bridge"
VARIABLE = "COVER_BRIDGE"
BUNDLED = Path(__file__).parent / "bin" / NAME

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
    if os.access(BUNDLED, os.X_OK):
        return [str(BUNDLED)]
    on_path = shutil.which(NAME, path=environment.get("PATH"))
    if on_path:
        return [on_path]
    raise BridgeNotFound(
        f"no {NAME} found: command= was not given, ${VARIABLE} is not set, "
        f"{BUNDLED} is not there, and {NAME} is not on the PATH ({environment.get('PATH', '')})"
    )
