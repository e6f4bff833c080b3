"""Images on other hosts: redirects, compressed bodies, and the key that is never sent there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import KEY, Command
from namespace import INSIDE, PROXY
from servers import API, PNG, Answer, Asked, Nginx, packed, record, tinyproxy


def redirect(location: str) -> Callable[[Asked], Answer | None]:
    def script(asked: Asked) -> Answer | None:
        return Answer(b"", 302, {"Location": location}) if asked.path.startswith("/image") else None

    return script


class Covers:
    """A task whose image is on a host that is not the API's."""

    def __init__(
        self, run: Command, api: API, server: Nginx, images: API, image_server: Nginx
    ) -> None:
        images.forget()
        self.run, self.api, self.images = run, api, images
        self.endpoint = f"https://api.test:{server.port}"
        self.host = f"https://images.test:{image_server.port}"
        self.image = f"{self.host}/image/a.png?size=1"

    def download(self, folder: Path, **variables: str) -> tuple[int, str]:
        self.api.script = lambda asked: (
            record(asked.task, self.image) if "record" in asked.path else None
        )
        done = self.run(f"download t1 --directory {folder} --endpoint {self.endpoint}", **variables)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def covers(run: Command, api: API, server: Nginx, image_api: API, image_server: Nginx) -> Covers:
    return Covers(run, api, server, image_api, image_server)


def test_the_key_never_goes_to_an_image_host(covers: Covers, tmp_path: Path) -> None:
    covers.images.script = lambda asked: (
        Answer(b"", 302, {"Location": f"{covers.endpoint}/image"})
        if asked.path.startswith("/image/a")
        else None
    )
    code, said = covers.download(tmp_path)
    assert code == 0, said
    assert (tmp_path / "t1-1.png").read_bytes() == PNG
    assert [asked.path for asked in covers.images.asked] == ["/image/a.png?size=1"]
    # In the end, the API's own host serves the image. That host does not get the key either.
    *_, last = covers.api.asked
    assert last.path == "/image"
    assert covers.images.asked[0].headers["x-version"] == "HTTP/2.0"
    for asked in [*covers.images.asked, last]:
        assert KEY not in str(asked.headers)
        assert "authorization" not in asked.headers


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("b.png", "/image/b.png"),
        ("./b.png#x", "/image/b.png"),
        ("../b.png?x=1", "/b.png?x=1"),
        ("../../../image-b", "/image-b"),
        ("/image-b/./c/../d", "/image-b/d"),
        ("?size=2", "/image/a.png?size=2"),
        ("//images.test:PORT/image-b", "/image-b"),
        ("HTTPS://IMAGES.TEST:PORT/image-b", "/image-b"),
    ],
)
def test_relative_locations(location: str, path: str, covers: Covers, tmp_path: Path) -> None:
    port = covers.host.rpartition(":")[2]

    def script(asked: Asked) -> Answer | None:
        if asked.path == "/image/a.png?size=1":
            return Answer(b"", 302, {"Location": location.replace("PORT", port)})
        return Answer(PNG, headers={"Content-Type": "image/png"})

    covers.images.script = script
    code, said = covers.download(tmp_path)
    assert code == 0, said
    assert covers.images.asked[-1].path == path


@pytest.mark.parametrize(
    "inside",
    [
        "https://127.0.0.1:PORT/image",
        "http://127.0.0.1:PORT/image",
        "http://localhost:PORT/image",
        "https://127.1:PORT/image",
        "https://0x7f000001:PORT/image",
        "https://[::1]:PORT/image",
        "https://[::ffff:127.0.0.1]:PORT/image",
        f"https://{INSIDE}:PORT/image",
        "https://169.254.169.254/image",
        # These names look public, but their addresses are not.
        "https://inside.test:PORT/image",
        "https://rebound.test:PORT/image",
    ],
)
@pytest.mark.parametrize("way", ["record", "redirect"])
def test_no_redirect_leads_to_a_private_address(
    inside: str, way: str, covers: Covers, tmp_path: Path
) -> None:
    target = inside.replace("PORT", str(covers.images.port))
    if way == "record":
        covers.image = target
    else:
        covers.images.script = redirect(target)
    code, said = covers.download(tmp_path)
    assert code != 0
    assert "which is this machine or in a private network; it is not fetched" in said
    assert len(covers.images.asked) == (way == "redirect")


def test_behind_a_proxy_literal_private_addresses_are_refused(
    covers: Covers, tmp_path: Path
) -> None:
    covers.image = f"https://{INSIDE}:1/image"
    with tinyproxy(tmp_path / "proxy", PROXY) as port:
        code, said = covers.download(tmp_path / "out", HTTPS_PROXY=f"http://{PROXY}:{port}")
        assert INSIDE not in (tmp_path / "proxy/log").read_text()
    assert code != 0
    assert "it is not fetched" in said


def test_a_private_endpoint_may_have_its_images_there(
    run: Command, api: API, tmp_path: Path
) -> None:
    # Like the sandbox, the API uses plain http on this machine.
    api.script = lambda asked: (
        record(asked.task, f"http://127.0.0.1:{api.port}/image") if "record" in asked.path else None
    )
    done = run(f"download t1 --directory {tmp_path} --endpoint http://localhost:{api.port}")
    assert done.returncode == 0, done.stderr


def test_images_use_the_proxy_too(covers: Covers, tmp_path: Path) -> None:
    with tinyproxy(tmp_path / "proxy", PROXY) as port:
        code, said = covers.download(tmp_path / "out", HTTPS_PROXY=f"http://{PROXY}:{port}")
        log = (tmp_path / "proxy/log").read_text()
    assert code == 0, said
    assert "CONNECT api.test" in log and "CONNECT images.test" in log


def test_proxy_exceptions_apply_to_each_host(covers: Covers, tmp_path: Path) -> None:
    with tinyproxy(tmp_path / "proxy", PROXY) as port:
        code, said = covers.download(
            tmp_path / "out", HTTPS_PROXY=f"http://{PROXY}:{port}", NO_PROXY="images.test"
        )
        log = (tmp_path / "proxy/log").read_text()
    assert code == 0, said
    assert "CONNECT api.test" in log and "CONNECT images.test" not in log


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_compressed_bodies_are_read(encoding: str, covers: Covers, tmp_path: Path) -> None:
    covers.images.script = lambda _: packed(Answer(PNG), encoding)
    covers.api.script = lambda asked: packed(record(asked.task, covers.image), encoding)
    done = covers.run(f"download t1 --directory {tmp_path} --endpoint {covers.endpoint}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "t1-1.png").read_bytes() == PNG
    # The bridge asks for an image without compression.
    assert covers.api.asked[0].headers["accept-encoding"] == "identity"


def test_a_decompression_bomb_is_not_unpacked(covers: Covers, tmp_path: Path) -> None:
    covers.images.script = lambda _: packed(Answer(bytes(200 << 20)), "gzip")
    code, _ = covers.download(tmp_path)
    assert code != 0
    assert list(tmp_path.iterdir()) == []


def test_an_image_host_that_is_not_trusted_is_refused(covers: Covers, tmp_path: Path) -> None:
    covers.image = f"{covers.endpoint.replace('api.test', 'other.test')}/image"
    code, said = covers.download(tmp_path)
    assert code == 6, said
    assert "The certificate of other.test is not for other.test" in said
    assert "It is the host of the image, not the API." in said
