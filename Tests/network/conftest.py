"""All tests share one network, one authority and one API."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import namespace
import pytest
from authority import Authority, Pair
from namespace import IMAGES
from servers import API, Nginx

BINARY = os.environ.get("COVER_BRIDGE") or str(
    Path(__file__).resolve().parents[2] / ".build/debug/cover-bridge"
)
KEY = "the-key-that-goes-to-the-api-alone"


@pytest.fixture(scope="session", autouse=True)
def network(tmp_path_factory: pytest.TempPathFactory) -> None:
    namespace.enter(tmp_path_factory.mktemp("network"))


@pytest.fixture(scope="session")
def authority(network: None, tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "own")


@pytest.fixture(scope="session")
def pair(authority: Authority) -> Pair:
    return authority.issue("good", "DNS:api.test,DNS:images.test,DNS:inside.test,DNS:rebound.test")


@pytest.fixture(scope="session")
def shared_api(network: None) -> Iterator[API]:
    api = API()
    yield api
    api.close()


@pytest.fixture
def api(shared_api: API) -> Iterator[API]:
    shared_api.forget()
    yield shared_api
    shared_api.forget()


@pytest.fixture(scope="session")
def server(
    shared_api: API, pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    """The API at https://api.test, over HTTP/2."""
    folder = tmp_path_factory.mktemp("nginx") / "api"
    with Nginx(folder, namespace.API, pair, shared_api.port).running() as server:
        yield server


@pytest.fixture(scope="session")
def image_api(network: None) -> Iterator[API]:
    api = API()
    yield api
    api.close()


@pytest.fixture(scope="session")
def image_server(
    image_api: API, pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nginx]:
    folder = tmp_path_factory.mktemp("nginx") / "images"
    with Nginx(folder, IMAGES, pair, image_api.port).running() as server:
        yield server


class Command:
    """Runs the command with an endpoint and a key, and without the proxies of the environment."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority

    def environment(self, variables: dict[str, str]) -> dict[str, str]:
        inherited = {
            name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ
        }
        given = {"KIE_API_KEY": KEY, "SSL_CERT_FILE": str(self.authority.file), **variables}
        return inherited | {name: value for name, value in given.items() if value}

    def __call__(
        self, arguments: str, *before: str, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        command = [*before, BINARY, *arguments.split()]
        environment = self.environment(variables)
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=100, check=False
        )
        assert KEY not in done.stdout + done.stderr
        return done


@pytest.fixture(scope="session")
def run(authority: Authority) -> Command:
    return Command(authority)
