"""The command on real servers: nginx, uvicorn and one that means harm."""

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from revoctl.cli.policies import headers_policy
from revoctl.headers.emit import of_policy, render
from tests.e2e.conftest import REVOCTL, Run
from tests.headers.emit.lab import section
from tests.servers.scripted import Scripted

APP = """
async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    headers = [(b"content-type", b"text/html"), (b"set-cookie", b"session=c4n4ry; Path=/")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"<html><body>hello</body></html>"})
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(400):
        assert process.poll() is None, "the server did not start"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.025)
    raise AssertionError("the server did not answer")


@contextlib.contextmanager
def serving(command: list[str], port: int, folder: Path) -> Iterator[str]:
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def nginx(folder: Path, snippet: str) -> Iterator[str]:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    (folder / "index.html").write_text("<html><body>hello</body></html>")
    (folder / "nginx.conf").write_text(
        f"""daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
        events {{}} http {{ access_log off; types {{ text/html html; }}
{section(snippet, "http { }", but="server { }")}
        client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
        fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
        server {{ listen 127.0.0.1:{port}; root {folder};
{section(snippet, "server { }", but="with ssl")}
        }} }}"""
    )
    with serving(["nginx", "-c", f"{folder}/nginx.conf", "-p", str(folder)], port, folder) as url:
        yield url


def findings(done: subprocess.CompletedProcess[str]) -> set[str]:
    return {f["rule"] for f in json.loads(done.stdout)["findings"]}


def test_a_bare_nginx_is_found_wanting_and_mended(revoctl: Run, tmp_path: Path) -> None:
    """What nginx lacks is found, pasted from our own output, and then there is no deviation."""
    with nginx(tmp_path, "") as url:
        before = revoctl("headers", "scan", url, "-o", "json", "--save", "json:before.json")
        assert before.returncode == 1
        assert {"csp-missing", "x-content-type-options-missing"} <= findings(before)
    snippet = render("nginx", of_policy(headers_policy("owasp")[0])).text
    with nginx(tmp_path, snippet) as url:
        after = revoctl(
            "headers", "scan", url, "-o", "json", "--fail-on", "medium", "--subject", "x",
            "--before", "before.json",
        )  # fmt: skip
    report = json.loads(after.stdout)
    deviations = {f["rule"]: f["detail"] for f in report["findings"] if f["kind"] == "deviation"}
    assert set(deviations) <= {"header-unwanted"}, (
        deviations
    )  # nginx names itself whatever one says
    assert report["score"]["value"] > json.loads(before.stdout)["score"]["value"]
    assert "fixed" in after.stderr


def test_uvicorn(revoctl: Run, tmp_path: Path) -> None:
    """An ASGI service under uvicorn is judged, its cookie named and its value nowhere."""
    (tmp_path / "service.py").write_text(APP)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "service:app", "--port", str(port)]
    with serving(command, port, tmp_path) as url:
        done = revoctl("headers", "scan", url, "-o", "json", "-vv", "--save", "snapshot:s.json")
    assert done.returncode == 1
    assert "cookie-httponly-missing" in findings(done)
    saved = (revoctl.folder / "s.json").read_text()
    assert "c4n4ry" not in done.stdout + done.stderr + saved
    again = revoctl("headers", "scan", "--from", "s.json", "-o", "json")
    first, second = json.loads(done.stdout), json.loads(again.stdout)
    for key in ("checks", "findings", "score"):
        assert first[key] == second[key]


def bomb(connection: socket.socket, head: bytes) -> None:
    packer = zlib.compressobj(9, wbits=31)
    data = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    lines = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
    with contextlib.suppress(OSError):
        connection.sendall(lines + b"Content-Length: %d\r\n\r\n" % len(data) + data)


def drip(connection: socket.socket, head: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(200):
            connection.sendall(b"X-Drip-%d: v\r\n" % number)
            time.sleep(0.1)


def endless(connection: socket.socket, head: bytes) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        for _ in range(20_000):
            connection.sendall(b"<p>" * 8192)


def mute(connection: socket.socket, head: bytes) -> None:
    time.sleep(8)


PEAK = (
    "import resource, subprocess, sys; "
    "code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode; "
    "print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)


def peak(*arguments: str) -> tuple[int, int]:
    """Exit code and peak memory in KiB of one run."""
    command = [sys.executable, "-c", PEAK, REVOCTL, "headers", "scan", "--probe", "none"]
    done = subprocess.run(
        [*command, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    code, memory = done.stdout.split()
    return int(code), int(memory)


def test_a_gzip_bomb_stays_small() -> None:
    """200 MB in 200 KB grow the process by less than 40 MB over a page of a few bytes."""

    def small(connection: socket.socket, head: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hi")

    with Scripted(small) as usual, Scripted(bomb) as hostile:
        _, calm = peak(usual.url)
        code, memory = peak(hostile.url, "--timeout", "10s")
    assert code == 1  # there is a verdict
    assert memory - calm < 40 * 1024


@pytest.mark.parametrize("script", [drip, endless, mute], ids=lambda s: s.__name__)
def test_a_hostile_server_cannot_hold_us(script, revoctl: Run) -> None:
    """Whatever it does, there is an answer shortly after the deadline, with an exit code."""
    with Scripted(script) as server:
        start = time.monotonic()
        done = revoctl("headers", "scan", server.url, "--timeout", "2s", "--probe", "none")
        took = time.monotonic() - start
    assert took < 2 + 3  # the process's own start on a busy machine is in it
    assert done.returncode in (1, 5)
    assert "Traceback" not in done.stderr


def test_many_targets_at_once(revoctl: Run) -> None:
    """Several targets of one command line answer side by side; one that fails hides none."""

    def slow(connection: socket.socket, head: bytes) -> None:
        time.sleep(1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>hi")

    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(Scripted(slow)).url for _ in range(6)]
        start = time.monotonic()
        done = revoctl(
            "headers", "scan", *urls, f"http://127.0.0.1:{free_port()}/", "--probe", "none",
            "-o", "jsonl", "--fail-on", "never",
        )  # fmt: skip
        took = time.monotonic() - start
    assert took < 5
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(reports) == 7
    assert [len(r.get("errors", [])) for r in reports] == [0] * 6 + [1]
    assert done.returncode == 10
    assert threading.active_count() < 50
