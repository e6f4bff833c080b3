"""Decides which binary to start and with which arguments, at the moment when the client is made."""

from __future__ import annotations

import errno
import os
import re
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union, cast

from ._errors import BridgeNotFound
from ._parameters import invalid_parameter, is_text
from ._secrets import NotPickled, Secret, hidden

NAME = "cover-bridge"
NEEDED = "the binary needs Linux on x86-64 with glibc 2.34 or newer"
VARIABLE = "COVER_BRIDGE"
KEY_VARIABLE = "KIE_API_KEY"
# Options whose values are paths. Options with names that end with `_file` are paths too.
PATHS = ("journal", "fleet")
# The path is absolute, because Python may have imported the package from a relative folder.
PACKAGES = Path(__file__).absolute().parent.parent

PathLike = Union[str, os.PathLike[str]]
Command = Union[PathLike, Sequence[str]]


# A text that is shorter than this counts as a word, not as a key.
SHORTEST_SECRET = 8


# The class has no `repr`, because an argument may be a key: `docker exec -e KIE_API_KEY=...`.
@dataclass(frozen=True, repr=False)
class Launch(NotPickled):
    """Everything that is needed to start and restart the bridge, as it was when the client was
    made."""

    program: str
    argv: Sequence[str]
    environment: Mapping[str, str]
    # Relative paths start at this folder, even after a `chdir`.
    directory: str
    # The client sends the key with `initialize`, because the process list would show an argument.
    api_key: Secret | None

    def redacted(self, text: str) -> str:
        """The text without keys and passwords, which a wrapper may have written to stderr."""
        passwords = re.findall(r"://[^\s:@]*:(.+)@", "\n".join(self.environment.values()))
        # Of a login, even a short password is hidden: it is not a part of another word.
        text = re.sub(r"(://[^\s:@]*):\S*@", r"\1:***@", text)
        keys = map(self.environment.get, (KEY_VARIABLE, "KIE_WEBHOOK_KEY"))
        for secret in (self.api_key, *keys, *passwords):
            for form in forms(secret or ""):
                text = text.replace(form, "***") if len(form) >= SHORTEST_SECRET else text
        return text


def forms(secret: str) -> Sequence[str]:
    """The forms in which programs write a text: as it is, without and with escapes of a URL, in
    JSON and in Base64."""
    # These modules are imported here, because most bridges do not die.
    import base64
    import json
    from urllib.parse import quote, unquote

    data = os.fsencode(secret)
    plain, escaped = unquote(secret), quote(data, safe="")
    return secret, plain, escaped, json.dumps(secret)[1:-1], base64.b64encode(data).decode()


def text(parameter: str, value: Any) -> str:
    """An argument or variable for a process.

    Raises ``InvalidParams`` without the value, because the value may be a key.
    """
    with suppress(TypeError, UnicodeEncodeError):
        if b"\0" not in os.fsencode(value):
            return os.fsdecode(value)
    raise invalid_parameter(parameter, "takes only text without NULs and surrogates")


def several(given: object) -> list[object]:
    """``given`` as a list. A single text becomes a list with one element."""
    is_one = isinstance(given, (str, bytes)) or not isinstance(given, Iterable)
    return [given] if is_one else list(cast("Iterable[object]", given))


def launch(
    *, command: object, args: object, env: Mapping[str, str] | None, api_key: Any, **options: Any
) -> Launch:
    """Describes the start. ``options`` are the options of the command, with their Python names."""
    given = {text("env", name): text("env", value) for name, value in (env or {}).items()}
    if "=" in "".join(given):
        raise invalid_parameter("env", 'has a name with a "=" in it')
    environment: dict[str, str] = hidden({**os.environ, **given})
    if api_key is not None:
        # The bridge prefers the environment to `initialize`. In this package, the argument
        # `api_key` has priority over the environment.
        environment.pop(KEY_VARIABLE, None)
    argv = [*find_command(command, environment), "serve", "--framing", "ndjson"]
    for name, value in options.items():
        if value is None or (name, value) == ("sandbox", False):
            continue
        argv.append("--" + name.replace("_", "-"))
        if (name in PATHS or name.endswith("_file")) and not is_no_file(value):
            path = text(name, value)
            # The bridge itself replaces a leading `~/`, with the home folder of its own machine.
            argv.append(path if path.startswith("~/") else absolute(name, path))
        elif value is not True:
            argv.append(hidden(text(name, str(value))))
    argv += [text("args", each) for each in several(args)]
    secret = None if api_key is None else Secret(text("api_key", api_key))
    directory = ""
    # The current folder may have been removed.
    with suppress(OSError):
        directory = os.getcwd()
    return Launch(find_program(argv[0], environment), argv, environment, directory, secret)


def is_no_file(path: PathLike) -> bool:
    """Whether the name is not a path, but a special name of SQLite or the address of a fleet's
    store."""
    return isinstance(path, str) and bool(re.match(r"(:memory:)?\Z|file:|(?s:.)*://", path))


def absolute(parameter: str, path: str) -> str:
    """The absolute path now. ``..`` stays in it, because ``..`` behind a link leads elsewhere."""
    path = os.path.expanduser(path) if path.startswith("~/") else path
    with suppress(OSError):
        path = path if path.startswith("/") else os.path.join(os.getcwd(), path)
        # The system takes any bytes for a command, but the bridge and JSON take only UTF-8.
        if parameter == "command" or is_text(path):
            return path
    raise invalid_parameter(parameter, "is not UTF-8, or the working folder does not exist")


def find_program(name: str, environment: Mapping[str, str]) -> str:
    """The absolute path of a program now; the name itself if the program is not on the PATH."""
    found = name if os.sep in name else which(name, environment)
    return name if found is None else absolute("command", found)


def which(name: str, environment: Mapping[str, str]) -> str | None:
    # `shutil` is imported here, because it takes half a megabyte and most starts do not search.
    import shutil

    return shutil.which(name, path=environment.get("PATH", os.defpath))


def start_failure(program: str, error: OSError) -> str:
    """Why a program did not start.

    If a program was made for another C library, the system reports its missing loader as a missing
    file.
    """
    is_foreign = error.errno in (errno.ENOEXEC, errno.ENOENT) and os.access(program, os.X_OK)
    advice = f"; the file exists, but this system cannot run it: {NEEDED}" if is_foreign else ""
    if os.path.isdir(program):
        advice = "; it is a folder"
    elif " " in program and not is_foreign:
        advice = "; give its arguments in a list"
    return f"cannot start {program}: {error.strerror}{advice}"


def find_command(command: object, environment: Mapping[str, str]) -> list[str]:
    """The command of the bridge.

    It comes from the argument, from ``$COVER_BRIDGE``, from beside the package, or from the
    ``PATH``.
    """
    given = command if command is not None else environment.get(VARIABLE) or None
    if given is not None:
        parts = [text("command", part) for part in several(given)]
        if not any(parts[:1]):
            raise invalid_parameter("command", "is empty; leave it out, or name a program")
        return parts
    beside = list(beside_the_package())
    for binary in beside:
        if binary.is_file() and os.access(binary, os.X_OK):
            return [str(binary)]
    if (on_path := which(NAME, environment)) is not None:
        return [on_path]
    raise BridgeNotFound(
        f"no {NAME} found: command= was not given, ${VARIABLE} is not set, "
        f"there is none of {', '.join(map(str, beside))}, "
        f"and none on the PATH ({environment.get('PATH', '')})"
    )


def beside_the_package() -> Iterator[Path]:
    """The places where a wheel installs the binary."""
    # `pip install --target` moves scripts to this folder, and does not change its record of files.
    yield PACKAGES / "bin" / NAME
    # `metadata` is imported here, because it takes five megabytes and most callers do not need it.
    from importlib import metadata

    # The binary of the same installation: of a virtual environment, of `--user` or of `--prefix`.
    for distribution in metadata.distributions(name=NAME, path=[str(PACKAGES)]):
        for file in distribution.files or ():
            if file.name == NAME:
                yield Path(os.path.normpath(str(file.locate())))
    # Python's folder for scripts, in case the package is used from its sources.
    yield Path(sysconfig.get_path("scripts"), NAME)
