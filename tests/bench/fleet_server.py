"""A page on sixteen loopback addresses, each answer a moment late: PORT SECONDS [small]."""

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.conftest import BODY, HEADERS

ADDRESSES = 16


def answer(small: bool) -> bytes:
    """The whole response."""
    body = "{}" if small else BODY
    fields = [("Content-Type", "application/json")] if small else list(HEADERS)
    fields += [("Content-Length", str(len(body))), ("Connection", "close")]
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"HTTP/1.1 200 OK\r\n{head}\r\n{body}".encode()


class Answer(asyncio.Protocol):
    """Answers every request, whatever it asks, after ``wait`` seconds."""

    wait = 0.0
    data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.came = b""

    def data_received(self, data: bytes) -> None:
        self.came += data
        if self.came.endswith(b"\r\n\r\n"):
            if self.wait:
                asyncio.get_running_loop().call_later(self.wait, self.send)
            else:
                self.send()

    def send(self) -> None:
        self.transport.write(self.data)
        self.transport.close()


async def main(port: int) -> None:
    """Serve until killed."""
    loop = asyncio.get_running_loop()
    for number in range(1, ADDRESSES + 1):
        server = await loop.create_server(Answer, f"127.0.0.{number}", port, backlog=1024)
        port = server.sockets[0].getsockname()[1]
    print(port, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    Answer.wait = float(sys.argv[2])
    Answer.data = answer(sys.argv[3:] == ["small"])
    try:
        import uvloop

        uvloop.run(main(int(sys.argv[1])))
    except ImportError:
        asyncio.run(main(int(sys.argv[1])))
