"""Tests of the fleet tests' own Redis and proxy."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from redis_server import RedisServer
from store_proxy import StoreProxy


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def proxy(server: RedisServer) -> Iterator[StoreProxy]:
    with StoreProxy(server.port) as proxy:
        yield proxy


def connect(proxy: StoreProxy, patience: float = 20) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), patience)


def ping(one: socket.socket) -> bytes:
    one.sendall(b"PING\r\n")
    return one.recv(100)


def test_the_proxy_delays_each_chunk_in_both_directions(proxy: StoreProxy) -> None:
    with connect(proxy) as one:
        assert ping(one) == b"+PONG\r\n"
        proxy.delay = 0.1
        started = time.monotonic()
        one.sendall(b"PING\r\n")
        time.sleep(0.05)
        one.sendall(b"PING\r\n")
        assert one.recv(7) + one.recv(7) == b"+PONG\r\n" * 2
        assert time.monotonic() - started > 0.24


def test_the_proxy_cuts_swallows_and_drops_until_it_is_mended(proxy: StoreProxy) -> None:
    with connect(proxy) as one:
        proxy.swallow()
        one.settimeout(0.5)
        with pytest.raises(TimeoutError):
            ping(one)
        with connect(proxy, 0.5) as other, pytest.raises(TimeoutError):
            ping(other)
        proxy.mend()
        one.settimeout(20)
        assert not one.recv(1)
    with connect(proxy) as one:
        assert ping(one) == b"+PONG\r\n"
        proxy.drop()
        assert not one.recv(1)
    proxy.cut()
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)
    proxy.mend()
    with connect(proxy) as one:
        assert ping(one) == b"+PONG\r\n"


def test_the_server_counts_its_callers_and_not_its_scripts(server: RedisServer) -> None:
    server.command("EVAL", "redis.call('SET', KEYS[1], 'x')", "1", "{a}")
    assert server.scripts() == 1 and server.all_keys() == ["{a}"]
    assert b"{a}" in server.contents()
    server.restart()
    assert server.scripts() == 0 and server.all_keys() == []
