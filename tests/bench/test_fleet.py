"""Many targets: beside curl and aiohttp in one run, and a hundred thousand through three kills."""

import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import ratio
from tests.bench.fleet_server import ADDRESSES

pytestmark = pytest.mark.bench
HERE = Path(__file__).parent
COUNT, TOGETHER, WAIT = 200, 50, 0.05
PEER = """
import asyncio, sys, aiohttp
async def main(urls):
    slots = asyncio.Semaphore(50)
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as s:
        async def one(url):
            async with slots, s.get(url) as answer:
                await answer.read()
        await asyncio.gather(*map(one, urls))
asyncio.run(main(open(sys.argv[1]).read().split()))
"""


@contextlib.contextmanager
def served(wait: float, *more: str) -> Iterator[int]:
    """The port of a server in a process of its own."""
    command = [sys.executable, str(HERE / "fleet_server.py"), "0", str(wait), *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ratio.ENVIRONMENT)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def scan(folder: Path, *more: str) -> tuple[float, float]:
    """Seconds of a scan as the command says it, and of the whole command."""
    command = [ratio.REVOCTL, "headers", "scan", "--targets", "t.txt", "--exit-zero"]
    bounds = ["--concurrency", str(TOGETHER), "--per-host", str(TOGETHER), "-o", "jsonl"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, *bounds, *more],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env=ratio.ENVIRONMENT,
    )
    whole = time.perf_counter() - began
    assert done.stdout.count("\n") == COUNT + 1
    found = re.search(rf"{COUNT} targets in ([\d.]+) s", done.stderr)
    assert found
    shutil.rmtree(folder / ".revoctl")
    return float(found[1]), whole


def timed(*command: str, folder: Path) -> float:
    """Seconds of a command."""
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, capture_output=True, check=True, env=ratio.ENVIRONMENT)
    return time.perf_counter() - began


@pytest.mark.parametrize("kind", ["html", "small"])
def test_beside_curl_and_aiohttp(kind: str, tmp_path: Path) -> None:
    """Two hundred verdicts, fifty at once, from a server that takes 50 ms for each answer.

    curl and aiohttp fetch only. Rates are those of the scan itself; the last line holds the whole
    command, with the start of an interpreter and of every rule, against the whole of curl's.
    """
    pytest.importorskip("aiohttp")
    curl = shutil.which("curl")
    assert curl, "curl is needed"
    with served(WAIT, *(["small"] if kind == "small" else [])) as port:
        urls = [f"http://127.0.0.{n % ADDRESSES + 1}:{port}/{n}" for n in range(COUNT)]
        (tmp_path / "t.txt").write_text("\n".join(urls) + "\n")
        config = "".join(f"url = {url}\noutput = /dev/null\n" for url in urls)
        (tmp_path / "curl.txt").write_text(config)
        fetch = [curl, "-s", "--no-progress-meter", "--parallel", "--parallel-immediate"]
        fetch += ["--parallel-max", str(TOGETHER), "-K", "curl.txt"]
        rows = []
        scan(tmp_path)
        for _ in range(5):
            peer = timed(*fetch, folder=tmp_path)
            other = timed(sys.executable, "-c", PEER, "t.txt", folder=tmp_path)
            one, whole = scan(tmp_path)
            two, _ = scan(tmp_path, "--workers", str(os.cpu_count() or 1))
            rows.append((peer / one, peer / two, other / one, peer / whole))
    found = [statistics.median(column) for column in zip(*rows, strict=True)]
    ratio.say(f"fleet, {kind}: rate in one process / curl --parallel", found[0], 0.6)
    ratio.say(f"fleet, {kind}: rate with all cores / curl --parallel", found[1], 0.8)
    ratio.say(f"fleet, {kind}: rate in one process / aiohttp (whole command)", found[2], 1)
    ratio.say(f"fleet, {kind}: whole command's rate / curl --parallel", found[3], 0.4)
    assert found[0] >= 0.15


def run_until(folder: Path, lines: int | None) -> int:
    """Scan on; with ``lines``, kill at so many more records. Peak memory in KiB."""
    command = [ratio.REVOCTL, "headers", "scan", "--targets", "t.txt", "--resume", "j.jsonl"]
    process = subprocess.Popen(
        [*command, "--exit-zero", "-q", "-o", "table", "--per-host", "20"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        env=ratio.ENVIRONMENT,
    )
    path, seen, at = folder / "j.jsonl", 0, 0
    at = path.stat().st_size if path.exists() else 0
    peak = 0
    while process.poll() is None:
        peak = max(peak, ratio.resident(process.pid))
        if lines is not None and path.exists():
            with path.open("rb") as handle:
                handle.seek(at)
                data = handle.read()
            at, seen = at + len(data), seen + data.count(b"\n")
        if lines is not None and seen >= lines:
            process.kill()
            break
        time.sleep(0.02)
    assert process.wait() == (0 if lines is None else -9)
    return peak


def test_a_hundred_thousand_through_three_kills(tmp_path: Path) -> None:
    """Every target exactly once after three SIGKILLs, in the memory that ten thousand take.

    One target in ten answers and is judged; the others refuse, so that the journal stays small.
    """
    with served(0, "small") as port:

        def write(count: int) -> None:
            (tmp_path / "j.jsonl").unlink(missing_ok=True)
            lines = (
                f"http://127.0.0.{n // 10 % ADDRESSES + 1}:{port}/{n}\n"
                if n % 10 == 0
                else f"http://127.1.{n >> 8 & 255}.{n & 255}:1/{n}\n"
                for n in range(count)
            )
            (tmp_path / "t.txt").write_text("".join(lines))

        write(10_000)
        small = max(run_until(tmp_path, kill) for kill in (2_000, 2_000, 2_000, None))
        write(100_000)
        large = max(run_until(tmp_path, 20_000) for _ in range(3))
        began = time.perf_counter()
        large = max(large, run_until(tmp_path, None))
        took = time.perf_counter() - began
    merge = [ratio.REVOCTL, "report", "merge", "j.jsonl", "--targets", "t.txt", "-o", "jsonl"]
    merged = tmp_path / "merged.jsonl"
    with merged.open("wb") as handle:
        done = subprocess.run(
            merge, cwd=tmp_path, stdout=handle, stderr=subprocess.PIPE, text=True, check=True
        )
    assert "no record" not in done.stderr
    with merged.open("rb") as handle:
        next(handle)
        names = [json.loads(line)["target"] for line in handle]
    wanted = (tmp_path / "t.txt").read_text().split()
    assert len(names) == len(wanted)
    assert set(names) == set(wanted)
    ratio.say("fleet: peak memory at 100,000 targets / at 10,000", large / small, 1.2)
    ratio.say(f"  KiB {large} and {small}; seconds of the last run", took, 60)
    assert large <= 1.25 * small  # the aim is 1.2; page sizes and the allocator move it a little
