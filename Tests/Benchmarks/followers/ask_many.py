"""Queries many covers as a plain asyncio script would, and prints the processor time.

ask_many.py aiohttp|httpx ENDPOINT OUTSTANDING WARM_UP QUERIES
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

HEADERS = {"Authorization": "Bearer benchmark"}
PATH = "/api/v1/suno/cover/record-info?taskId=pending-"
Get = Callable[[str], Awaitable[bytes]]


@asynccontextmanager
async def by_aiohttp(endpoint: str, outstanding: int) -> AsyncIterator[Get]:
    import aiohttp

    connector = aiohttp.TCPConnector(limit=outstanding, ssl=trust())
    async with aiohttp.ClientSession(endpoint, connector=connector, headers=HEADERS) as session:

        async def get(path: str) -> bytes:
            async with session.get(path) as response:
                response.raise_for_status()
                return await response.read()

        yield get


@asynccontextmanager
async def by_httpx(endpoint: str, outstanding: int) -> AsyncIterator[Get]:
    import httpx

    limits = httpx.Limits(max_connections=outstanding)
    async with httpx.AsyncClient(
        base_url=endpoint, http2=True, verify=trust(), headers=HEADERS, limits=limits
    ) as client:

        async def get(path: str) -> bytes:
            response = await client.get(path)
            assert response.http_version == "HTTP/2"
            return response.raise_for_status().content

        yield get


def trust() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE"))


async def ask(get: Get, outstanding: int, count: int) -> None:
    numbers = iter(range(count))

    async def worker() -> None:
        for number in numbers:
            data = json.loads(await get(f"{PATH}{number}"))["data"]
            assert data["successFlag"] == 0

    async with asyncio.TaskGroup() as group:
        for _ in range(outstanding):
            group.create_task(worker())


async def main() -> None:
    script, endpoint, *counts = sys.argv[1:]
    outstanding, warm_up, queries = map(int, counts)
    way = by_aiohttp if script == "aiohttp" else by_httpx
    async with way(endpoint, outstanding) as get:
        await ask(get, outstanding, warm_up)
        before = resource.getrusage(resource.RUSAGE_SELF)
        await ask(get, outstanding, queries)
        after = resource.getrusage(resource.RUSAGE_SELF)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(json.dumps({"cpu": taken}))


asyncio.run(main())
