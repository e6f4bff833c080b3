"""A real `redis-server` for the tests, on a free port and in a temporary folder."""

from __future__ import annotations

import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from ports import free_port

PATIENCE = 60.0


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate, and its key."""

    file: Path
    key: Path

    @classmethod
    def made(cls, folder: Path, names: str = "DNS:localhost", days: int = 2) -> Certificate:
        """`names` may be empty. With negative `days`, the certificate has expired."""
        made = cls(folder / "certificate.pem", folder / "key.pem")
        request, extensions = folder / "request.pem", folder / "extensions"
        extensions.write_text(f"subjectAltName={names}\n" if names else "")
        key = f"req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {made.key}"
        sign = f"x509 -req -in {request} -signkey {made.key} -days {days} -extfile {extensions}"
        for command in (f"{key} -subj /CN=localhost -out {request}", f"{sign} -out {made.file}"):
            subprocess.run(["openssl", *command.split()], check=True, capture_output=True)
        return made


@dataclass
class RedisServer:
    """A Redis that saves nothing, unless an option says so.

    `options` are lines of its configuration.
    """

    folder: Path
    options: tuple[str, ...] = ()
    certificate: Certificate | None = None
    host: str = "127.0.0.1"
    # The words before the server's command, such as a command that enters another network.
    before: tuple[str, ...] = ()
    # The password for the test's own connection.
    password: str | None = None
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port() if not self.before else 6379
        self.process: subprocess.Popen[bytes] | None = None
        self.is_stopped = False

    @property
    def socket(self) -> Path:
        return self.folder / "redis.sock"

    @property
    def url(self) -> str:
        """The address for bridges. It has TLS if the server has a certificate."""
        if self.certificate:
            return f"rediss://localhost:{self.port}"
        return f"redis://{self.host}:{self.port}"

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        tls = self.certificate
        lines = [
            f"port {0 if tls else self.port}",
            f"bind {self.host}",
            "protected-mode no",
            f"dir {self.folder}",
            f"logfile {self.folder}/log",
            f"unixsocket {self.socket}",
            'save ""',
            "appendonly no",
            "daemonize no",
        ]
        if tls:
            lines += [
                f"tls-port {self.port}",
                f"tls-cert-file {tls.file}",
                f"tls-key-file {tls.key}",
                "tls-auth-clients no",
            ]
        configuration = self.folder / "redis.conf"
        configuration.write_text("\n".join([*lines, *self.options]) + "\n")
        self.process = subprocess.Popen(
            [*self.before, "redis-server", str(configuration)], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + PATIENCE
        while not {"PONG", "NOAUTH"} & set(self.try_command("PING").split()):
            assert self.process.poll() is None, (self.folder / "log").read_text()[-1000:]
            assert time.monotonic() < deadline, "redis-server does not answer"
            time.sleep(0.01)

    def kill(self) -> None:
        """Kills the server at once, as if its machine lost its power."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
            self.is_stopped = False
            for left in (self.socket, self.folder / "dump.rdb"):
                left.unlink(missing_ok=True)

    def restart(self, *options: str) -> None:
        """Starts the server again as after a crash. It is empty, and may have other options."""
        self.kill()
        self.options = options or self.options
        self.start()

    def stop(self) -> None:
        """Sends SIGSTOP. Connections stay open, and the server answers nothing."""
        if self.process is not None:
            self.process.send_signal(signal.SIGSTOP)
            self.is_stopped = True

    def wake(self) -> None:
        if self.process is not None and self.is_stopped:
            self.process.send_signal(signal.SIGCONT)
            self.is_stopped = False

    def try_command(self, *words: str) -> str:
        """The answer of the server, which may be an error."""
        login = ["--no-auth-warning", "-a", self.password] if self.password else []
        command = ["redis-cli", "-s", str(self.socket), *login, *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
        return done.stdout + done.stderr

    def command(self, *words: str) -> str:
        """The answer of the server, one element per line."""
        answer = self.try_command(*words)
        assert not answer.startswith(("ERR", "NO", "WRONG", "Could not")), (words, answer)
        return answer.strip()

    def information(self, section: str) -> dict[str, str]:
        lines = self.command("INFO", section).splitlines()
        pairs = (line.split(":", 1) for line in lines if ":" in line)
        return {name: value.strip() for name, value in pairs}

    def calls(self) -> dict[str, int]:
        """The number of times that clients sent each command. Commands of scripts do not count."""
        found: dict[str, int] = {}
        for name, value in self.information("commandstats").items():
            command = name.removeprefix("cmdstat_").split("|")[0]
            count = dict(part.split("=") for part in value.split(","))["calls"]
            found[command] = found.get(command, 0) + int(count)
        return found

    def scripts(self) -> int:
        """The number of scripts that ran. Each round trip of a bridge runs one script."""
        return sum(self.calls().get(name, 0) for name in ("evalsha", "eval", "fcall", "evalsha_ro"))

    def all_keys(self, database: int = 0) -> list[str]:
        return self.command("-n", str(database), "--scan").splitlines()

    def contents(self) -> bytes:
        """The whole content, uncompressed, in the form in which the server would save it."""
        self.command("CONFIG", "SET", "rdbcompression", "no")
        self.command("SAVE")
        return (self.folder / "dump.rdb").read_bytes()
