"""A quick server on many loopback addresses, and folders to scan from."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

ADDRESSES = 8
PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Content-Type-Options: nosniff\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
)


class Fleet:
    """Answers the same on each of its addresses, after ``wait`` seconds; counts what goes on."""

    def __init__(self) -> None:
        self.wait = 0.0
        self.port = 0
        self.asked: list[tuple[float, str, str]] = []
        self.open: dict[str, int] = {}
        self.most: dict[str, int] = {}
        self.most_at_once = 0
        self._ready = threading.Event()

    def url(self, number: int) -> str:
        """The address of a target; each number is another path, hosts take turns."""
        return f"http://127.0.0.{number % ADDRESSES + 1}:{self.port}/{number}"

    def targets(self, path: Path, count: int) -> list[str]:
        """Write a list of so many targets."""
        names = [self.url(n) for n in range(count)]
        path.write_text("\n".join(names) + "\n")
        return names

    def start(self) -> None:
        """Serve in a thread."""
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait(10)

    async def _serve(self) -> None:
        first = await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=512)
        self.port = first.sockets[0].getsockname()[1]
        others = [
            await asyncio.start_server(self._answer, f"127.0.0.{n}", self.port, backlog=512)
            for n in range(2, ADDRESSES + 1)
        ]
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        await self._stop.wait()
        for server in (first, *others):
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        self.open[host] = self.open.get(host, 0) + 1
        self.most[host] = max(self.most.get(host, 0), self.open[host])
        self.most_at_once = max(self.most_at_once, sum(self.open.values()))
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.asked.append((self._loop.time(), host, head.split()[1].decode()))
            await asyncio.sleep(self.wait)
            writer.write(PAGE)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open[host] -= 1
            writer.close()

    def end(self) -> None:
        """Stop serving."""
        self._loop.call_soon_threadsafe(self._stop.set)


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """A server for one test."""
    server = Fleet()
    server.start()
    yield server
    server.end()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a test."""
    place = tmp_path / "work"
    place.mkdir()
    monkeypatch.chdir(place)
    return place
