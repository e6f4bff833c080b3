"""Stores that no fleet can use: broken Redis servers and simulated servers."""

from __future__ import annotations

import shutil
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from played_servers import listening, played, refuse, reset
from ports import free_port
from redis_server import Certificate, RedisServer

SECRET = "the-password-of-the-store"


@dataclass
class Broken:
    """A store that no fleet can use: its address, and the variables that a bridge needs for it."""

    url: str
    variables: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()


Case = Callable[[Path], AbstractContextManager[Broken]]


@contextmanager
def server(
    folder: Path, *options: str, certificate: Certificate | None = None
) -> Iterator[RedisServer]:
    with RedisServer(folder / "redis", options, certificate) as server:
        yield server


@contextmanager
def not_running(folder: Path) -> Iterator[Broken]:
    yield Broken(f"redis://127.0.0.1:{free_port()}")


@contextmanager
def no_such_name(folder: Path) -> Iterator[Broken]:
    yield Broken("redis://no-such-host.invalid:6379")


@contextmanager
def no_such_socket(folder: Path) -> Iterator[Broken]:
    yield Broken(f"redis+unix://{folder}/none.sock")


def answering(answer: bytes) -> Case:
    """A simulated server that gives this answer to everything."""

    @contextmanager
    def case(folder: Path) -> Iterator[Broken]:
        with played(answer) as url:
            yield Broken(url)

    return case


@contextmanager
def password_wanted(folder: Path) -> Iterator[Broken]:
    with server(folder, f"requirepass {SECRET}") as made:
        yield Broken(made.url)


@contextmanager
def wrong_password(folder: Path) -> Iterator[Broken]:
    with server(folder, f"requirepass {SECRET}") as made:
        url = made.url.replace("//", f"//:not-{SECRET}@")
        yield Broken("", {"COVER_BRIDGE_FLEET": url})


@contextmanager
def wrong_password_file(folder: Path) -> Iterator[Broken]:
    file = folder / "password"
    file.write_text(f"not-{SECRET}\n")
    with server(folder, f"user bridge on >{SECRET} ~* &* +@all") as made:
        url = made.url.replace("//", "//bridge@")
        yield Broken(url, options=("--fleet-password-file", str(file)))


@contextmanager
def no_password_file(folder: Path) -> Iterator[Broken]:
    with server(folder) as made:
        yield Broken(made.url, options=("--fleet-password-file", str(folder / "none")))


def acl(rules: str) -> Case:
    @contextmanager
    def made(folder: Path) -> Iterator[Broken]:
        with server(folder, f"user bridge on >{SECRET} {rules}") as made:
            url = made.url.replace("//", f"//bridge:{SECRET}@")
            yield Broken("", {"COVER_BRIDGE_FLEET": url})

    return made


@contextmanager
def full(folder: Path) -> Iterator[Broken]:
    with server(folder, "maxmemory 1", "maxmemory-policy noeviction") as made:
        yield Broken(made.url)


@contextmanager
def replica(folder: Path) -> Iterator[Broken]:
    with server(folder, f"replicaof 127.0.0.1 {free_port()}") as made:
        yield Broken(made.url)


@contextmanager
def cannot_save(folder: Path) -> Iterator[Broken]:
    gone = folder / "gone"
    gone.mkdir()
    with server(folder, "save 3600 1", f"dir {gone}") as made:
        shutil.rmtree(gone)
        made.command("SET", "x", "1")
        made.try_command("BGSAVE")
        while made.information("persistence")["rdb_bgsave_in_progress"] == "1":
            time.sleep(0.01)
        assert made.information("persistence")["rdb_last_bgsave_status"] == "err"
        yield Broken(made.url)


@contextmanager
def cluster_down(folder: Path) -> Iterator[Broken]:
    with server(folder, "cluster-enabled yes", f"cluster-port {free_port()}") as made:
        yield Broken(made.url)


@contextmanager
def no_database(folder: Path) -> Iterator[Broken]:
    with server(folder, "databases 1") as made:
        yield Broken(made.url + "/3")


@contextmanager
def plain_for_tls(folder: Path) -> Iterator[Broken]:
    with server(folder) as made:
        yield Broken(f"rediss://localhost:{made.port}")


@contextmanager
def tls_for_plain(folder: Path) -> Iterator[Broken]:
    with server(folder, certificate=Certificate.made(folder)) as made:
        yield Broken(f"redis://localhost:{made.port}")


def certified(names: str, days: int = 2, trusted: bool = True, *options: str) -> Case:
    """A Redis with TLS. The variables of the bridge may name its certificate as an authority."""

    @contextmanager
    def made(folder: Path) -> Iterator[Broken]:
        certificate = Certificate.made(folder, names, days)
        authority = f"tls-ca-cert-file {certificate.file}"
        with server(folder, authority, *options, certificate=certificate) as made:
            yield Broken(made.url, {"SSL_CERT_FILE": str(certificate.file)} if trusted else {})

    return made


def hanging_up(how: Callable[[socket.socket], object]) -> Case:
    """A server that ends every connection, as a proxy does whose server is gone."""

    @contextmanager
    def made(folder: Path) -> Iterator[Broken]:
        with listening(how) as port:
            yield Broken(f"rediss://localhost:{port}")

    return made


@contextmanager
def too_many_clients(folder: Path) -> Iterator[Broken]:
    with server(folder) as made, socket.create_connection(("127.0.0.1", made.port)) as one:
        made.command("CONFIG", "SET", "maxclients", "1")
        one.sendall(b"PING\r\n")
        assert one.recv(100).startswith(b"+PONG")
        yield Broken(made.url)


@contextmanager
def too_many_clients_over_tls(folder: Path) -> Iterator[Broken]:
    certificate = Certificate.made(folder)
    trust = {"SSL_CERT_FILE": str(certificate.file)}
    context = ssl.create_default_context(cafile=str(certificate.file))
    with (
        server(folder, certificate=certificate) as made,
        socket.create_connection(("127.0.0.1", made.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as one,
    ):
        made.command("CONFIG", "SET", "maxclients", "1")
        one.sendall(b"PING\r\n")
        assert one.recv(100).startswith(b"+PONG")
        yield Broken(made.url, trust)


@contextmanager
def no_password(folder: Path) -> Iterator[Broken]:
    with server(folder, f"user bridge on >{SECRET} ~* &* +@all") as made:
        yield Broken(made.url.replace("//", "//bridge@"))


ALL = "~* &* +@all"
# Each fault with the words of `doctor`, and an exit code. With code 6, a bridge works alone. With
# code 2, it must not start.
CASES: dict[str, tuple[Case, str, int]] = {
    "it does not run": (not_running, "connection was refused", 6),
    "the name has no address": (no_such_name, "name has no address", 6),
    "there is no such socket": (no_such_socket, "no such socket", 6),
    "it does not answer": (answering(b""), "No answer", 6),
    "it is no Redis": (
        answering(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "does not speak the protocol of Redis",
        2,
    ),
    "it loads its data": (
        answering(b"-LOADING Redis is loading the dataset in memory\r\n"),
        "loads its data",
        6,
    ),
    "it is older than 6.2": (
        answering(b"$24\r\nredis_version:5.0.14\r\n\r\n\r\n"),
        "6.2 or newer is needed",
        2,
    ),
    "it wants a password": (password_wanted, "wants a password", 2),
    "the password is wrong": (wrong_password, "refused the password", 2),
    "the file's password is wrong": (wrong_password_file, "refused the password of the user", 2),
    "there is no such password file": (no_password_file, "password", 2),
    "scripts are not allowed": (acl(f"{ALL} -@scripting"), "does not allow the user bridge", 2),
    "the keys are not allowed": (acl("~other:* &* +@all"), "does not allow the user bridge", 2),
    "the channel is not allowed": (acl("~* &other:* +@all"), "does not allow the user", 2),
    "subscribing is not allowed": (acl(f"{ALL} -subscribe"), "does not allow the user bridge", 2),
    "publishing is not allowed": (acl(f"{ALL} -publish"), "does not allow the user bridge", 2),
    "writing is not allowed": (acl("~* &* +@all -@write"), "does not allow the user bridge", 2),
    "its memory is full": (full, "maxmemory", 6),
    "it is a replica": (replica, "is a replica", 6),
    "it cannot save": (cannot_save, "cannot save", 6),
    "its cluster is down": (cluster_down, "Cluster", 6),
    "it has no such database": (no_database, "has no database 3", 2),
    # Redis waits for the end of a line, which the handshake does not have.
    "it does not speak TLS, and is silent": (plain_for_tls, "does not speak TLS", 6),
    "it does not speak TLS, and answers": (
        hanging_up(refuse),
        "does not speak TLS",
        2,
    ),
    "it speaks TLS": (tls_for_plain, "rediss:", 6),
    "its certificate is not trusted": (
        certified("DNS:localhost", trusted=False),
        "is not trusted",
        2,
    ),
    "its certificate has expired": (certified("DNS:localhost", -1), "expired on", 2),
    "its certificate is for another name": (
        certified("DNS:redis.example"),
        "is not for localhost, but for redis.example",
        2,
    ),
    "its certificate is only for its address": (
        certified("IP:127.0.0.1"),
        "is not for localhost, but for 127.0.0.1",
        2,
    ),
    "its certificate has only a common name": (
        certified(""),
        "is not for localhost, but for no name",
        2,
    ),
    "it wants a certificate of its clients": (
        certified("DNS:localhost", 2, True, "tls-auth-clients yes"),
        "wants a certificate of its clients",
        2,
    ),
    "it closes connections during the handshake": (
        hanging_up(lambda one: None),
        "during the TLS handshake",
        6,
    ),
    "it resets connections": (hanging_up(reset), "during the TLS handshake", 6),
    "it reads, and then closes connections": (
        hanging_up(lambda one: one.recv(4096)),
        "during the TLS handshake",
        6,
    ),
    "it has too many clients": (too_many_clients, "has too many clients", 6),
    "it has too many clients, with TLS": (too_many_clients_over_tls, "maxclients", 6),
    "the user is named, without a password": (
        no_password,
        "wants a password for the user bridge",
        2,
    ),
}
