"""Limits that processes share in a real Redis, and what happens while it is away."""

import asyncio
import builtins
import json
import logging
import signal
import time
from pathlib import Path

import pytest

from revoctl.errors import RevoctlError
from revoctl.middleware import Metrics, RateLimit
from revoctl.middleware.decision import rules
from revoctl.middleware.limiter import PAUSE
from revoctl.middleware.shared import Redis
from revoctl.policy.limits import RateLimitPolicy
from tests.middleware.calls import call_async, service
from tests.middleware.test_limits import ZERO, Clock

DATA = Path(__file__).parent.parent / "data/middleware/ratelimit_limits.json"
ROWS = json.loads(DATA.read_text())["vectors"]
SLIDING = [row for row in ROWS if row["strategy"] == "sliding-window-counter"]
OTHERS = [row for row in ROWS if row["strategy"] != "sliding-window-counter"]


def limited(server, limits, **more):
    options = {k: more.pop(k) for k in ("metrics", "clock") if k in more}
    policy = {"limits": limits, "store": server.url, **more}
    return RateLimit(service(), policy, trusted_proxies=[], **options)


@pytest.mark.parametrize("row", SLIDING, ids=[row["id"] for row in SLIDING])
def test_the_vectors_of_the_sliding_window(shared_redis, row):
    """All vectors of the default strategy, exactly as in the process."""
    clock = Clock()
    redis = Redis(shared_redis.url, row["strategy"], clock)
    rule = rules(RateLimitPolicy.from_mapping({"limits": [row["limit"]]}))[0]

    async def run():
        for expected in row["expected"]:
            clock.now = ZERO + expected["t"]
            found = await redis.decide(rule, "k")
            reset = round(found.reset + clock.now - ZERO, 6)
            assert (found.wait == 0, found.remaining) == (
                expected["allowed"],
                expected["remaining"],
            )
            assert reset == expected["reset"]
        await redis.close()

    asyncio.run(run())


async def let_pass(client, seconds):
    """Age everything in a Redis by so much, as if the time had passed."""
    async for key in client.scan_iter():
        left = await client.pttl(key)
        await client.pexpire(key, max(left - int(seconds * 1000), 0))


@pytest.mark.parametrize("row", OTHERS, ids=[row["id"] for row in OTHERS])
def test_the_vectors_of_the_strategies_of_limits(shared_redis, monkeypatch, row):
    """Fixed and moving windows are those of ``limits``; its two stores differ in one point.

    A request exactly one period ago counts in its moving window in Redis, and in memory it bars
    requests without being reported. So what remains may be one less here than the vector says.
    """
    clock = Clock()
    redis = Redis(shared_redis.url, row["strategy"], clock)
    rule = rules(RateLimitPolicy.from_mapping({"limits": [row["limit"]]}))[0]
    monkeypatch.setattr("limits.aio.storage.redis.redispy.time.time", clock)

    async def run():
        for expected in row["expected"]:
            step, clock.now = ZERO + expected["t"] - clock.now, ZERO + expected["t"]
            if redis._loop is not None and step:
                await let_pass(redis._storage.bridge.get_connection(), step)
            found = await redis.decide(rule, "k")
            assert (found.wait == 0) is expected["allowed"], expected
            slack = 1 if row["strategy"] == "moving-window" else 0
            assert expected["remaining"] - slack <= found.remaining <= expected["remaining"]
        await redis.close()

    asyncio.run(run())


def test_two_processes_count_together(redis_server):
    """Two limiters over one Redis admit the limit once; clients and limits are told apart."""

    async def run():
        apps = [limited(redis_server, ["3/minute", "5/hour"], clock=Clock()) for _ in range(2)]
        found = [await call_async(apps[i % 2]) for i in range(6)]
        other = await call_async(apps[0], client=("x}" * 80, 1))
        for app in apps:
            await app.redis.close()
        return found, other

    found, other = asyncio.run(run())
    assert [a.status for a in found] == [200, 200, 200, 429, 429, 429]
    assert [a.one("ratelimit-remaining") for a in found] == ["2", "1", "0", "0", "0", "0"]
    assert found[3].one("retry-after") is not None
    assert other.status == 200


def test_by_the_clock_of_redis(redis_server):
    """Without a clock of its own, time is Redis's; a refused client learns how long to wait."""

    async def run():
        app = limited(redis_server, ["2/hour"])
        found = [await call_async(app) for _ in range(3)]
        await app.redis.close()
        return found

    found = asyncio.run(run())
    assert [a.status for a in found] == [200, 200, 429]
    assert 0 < int(found[2].one("retry-after")) <= 7200


@pytest.mark.parametrize("strategy", ["sliding-window-counter", "fixed-window"])
def test_ten_thousand_at_the_boundary(redis_server, strategy, monkeypatch):
    """Of 10,000 requests at once from two processes' limiters, exactly the limit is admitted."""
    # All of them wait for one event loop: on a busy machine some wait longer than Redis may take.
    monkeypatch.setattr("revoctl.middleware.shared.TIMEOUT", 120.0)

    async def run():
        apps = [limited(redis_server, ["777/day"], strategy=strategy) for _ in range(2)]
        asked = (call_async(apps[i % 2]) for i in range(10_000))
        found = await asyncio.gather(*asked)
        for app in apps:
            await app.redis.close()
        return [a.status for a in found]

    found = asyncio.run(run())
    assert (found.count(200), found.count(429)) == (777, 9223)


def test_killed_and_restarted_under_load(redis_server, caplog):
    """No request fails while Redis dies and comes back; a line in the log for each, and metrics."""
    metrics, found = Metrics(), []

    async def load(app, stop):
        while not stop.is_set():
            found.append(await call_async(app))
            await asyncio.sleep(0.001)

    async def run():
        app, stop = limited(redis_server, ["1000000/day"], metrics=metrics), asyncio.Event()
        users = [asyncio.create_task(load(app, stop)) for _ in range(10)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(redis_server.kill)
        await asyncio.sleep(PAUSE + 0.7)
        away = metrics.page().decode()
        await asyncio.to_thread(redis_server.start)
        deadline = time.monotonic() + 5
        while "store_up 1" not in metrics.page().decode() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*users)
        await app.redis.close()
        return away

    with caplog.at_level(logging.WARNING, "revoctl.rate_limit"):
        away = asyncio.run(run())
    assert {(a.status, a.error) for a in found} == {(200, None)}
    assert "revoctl_rate_limit_store_up 0" in away
    assert "revoctl_rate_limit_store_up 1" in metrics.page().decode()
    assert "revoctl_rate_limit_local_total 0" not in metrics.page().decode()
    said = [r.getMessage() for r in caplog.records if r.name == "revoctl.rate_limit"]
    assert len(said) == 2
    assert "counting in this process" in said[0]
    assert "is back" in said[1]


def test_away_from_the_start_the_limit_still_holds(redis_server):
    """A Redis that never was there is replaced by counters in the process."""
    redis_server.kill()

    async def run():
        app = limited(redis_server, ["2/hour"], clock=Clock())
        return [(await call_async(app)).status for _ in range(4)]

    assert asyncio.run(run()) == [200, 200, 429, 429]


def test_requests_that_waited_do_not_try_a_dead_store(redis_server, monkeypatch):
    """When Redis falls silent, those who waited for their turn do not each wait for it again."""
    monkeypatch.setattr("revoctl.middleware.shared.CONNECTIONS", 1)
    monkeypatch.setattr("revoctl.middleware.shared.TIMEOUT", 0.3)

    async def run():
        app = limited(redis_server, ["1000/hour"])
        await call_async(app)
        redis_server.process.send_signal(signal.SIGSTOP)
        start = time.monotonic()
        found = await asyncio.gather(*(call_async(app) for _ in range(50)))
        spent = time.monotonic() - start
        redis_server.process.send_signal(signal.SIGCONT)
        await app.redis.close()
        await app.redis.close()
        return [a.status for a in found], spent

    statuses, spent = asyncio.run(run())
    assert set(statuses) == {200}
    assert spent < 3


def test_connections_end_with_the_application(redis_server):
    """When the application's lifespan ends, its connections are closed."""

    async def run():
        app = limited(redis_server, ["2/hour"])
        await call_async(app)
        await call_async(app, type="lifespan")
        from redis.asyncio import Redis as Client

        client = Client.from_url(redis_server.url)
        clients = await client.client_list()
        await client.aclose()
        return clients

    assert len(asyncio.run(run())) == 1


def test_without_the_extra(monkeypatch):
    """A Redis store without its packages says what to install."""
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("redis"):
            raise ImportError(name="redis")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(RevoctlError) as caught:
        Redis("redis://127.0.0.1:1/0", "sliding-window-counter")
    assert "revoctl[redis]" in caught.value.fix
