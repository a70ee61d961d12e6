"""RateLimit in one process: the semantics of ``limits``, bounded memory, what clients are told."""

import asyncio
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import PolicyError, RevoctlError
from revoctl.middleware import Metrics, RateLimit
from revoctl.middleware.counters import COUNTERS, SHARED, SlidingWindow
from revoctl.middleware.decision import decide
from revoctl.policy.limits import Limit
from tests.middleware.calls import call, call_async, service

DATA = Path(__file__).parent.parent / "data/middleware/ratelimit_limits.json"
ROWS = json.loads(DATA.read_text())["vectors"]
ZERO = 60_000_000.0


class Clock:
    """A clock that a test moves."""

    def __init__(self, now: float = ZERO) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def limited(limits, app=None, **more):
    names = ("clock", "metrics", "trusted_proxies", "observe")
    options = {"trusted_proxies": [], **{k: more.pop(k) for k in names if k in more}}
    function = more.pop("function", None)
    policy = {"limits": limits, **more}
    return RateLimit(app or service(), policy, key=function, **options)


@pytest.mark.parametrize("row", ROWS, ids=[row["id"] for row in ROWS])
def test_the_vectors_of_limits(row):
    """All 26 vectors: whether a request is admitted, what remains, and when the count falls."""
    counter = COUNTERS[row["strategy"]](Limit.parse(row["limit"]), 100)
    for expected in row["expected"]:
        now = ZERO + expected["t"]
        allowed = counter.room("k", now) > 0
        if allowed:
            counter.take("k", now)
        found = (allowed, counter.remaining("k", now), counter.reset("k", now) - ZERO)
        assert found == (expected["allowed"], expected["remaining"], expected["reset"])


@pytest.mark.parametrize("strategy", COUNTERS)
@given(data=st.data())
def test_waiting_as_told_is_enough(strategy, data):
    """Whoever comes back after the time that he was told is admitted, if nobody came meanwhile."""
    limits = [Limit(data.draw(st.integers(1, 6)), period) for period in (1, 10)]
    counters = [COUNTERS[strategy](limit, 100) for limit in limits]
    now = ZERO
    for gap in data.draw(st.lists(st.floats(0, 12), max_size=30)):
        now += gap
        found = decide(counters, "k", now)
        if found.wait:
            now += found.wait
            assert decide(counters, "k", now).wait == 0
        assert found.remaining >= 0
        assert found.reset >= 0


@pytest.mark.parametrize("strategy", COUNTERS)
@given(gaps=st.lists(st.floats(0, 3), max_size=80))
def test_no_window_admits_too_many(strategy, gaps):
    """No fixed stretch of the clock, or of a first request, has more requests than the limit."""
    limit, now, admitted = Limit(4, 10), ZERO, []
    counter = COUNTERS[strategy](limit, 100)
    for gap in gaps:
        now += gap
        if decide([counter], "k", now).wait == 0:
            admitted.append(now)
    for first in admitted:
        inside = [m for m in admitted if first <= m < first + limit.period]
        assert len(inside) <= limit.amount * (1 if strategy == "moving-window" else 2)


def test_a_refused_request_counts_nowhere():
    """Of two limits the one that still had room is not used up by refused requests."""
    counters = [SlidingWindow(Limit(1, 1), 10), SlidingWindow(Limit(5, 60), 10)]
    for _ in range(20):
        decide(counters, "k", ZERO)
    assert counters[1].remaining("k", ZERO) == 4


def test_a_clock_set_back_is_survived():
    """A clock that goes backwards neither fails nor admits more."""
    counter = SlidingWindow(Limit(2, 10), 10)
    assert [decide([counter], "k", ZERO + t).wait == 0 for t in (15, 3, 2)] == [True, True, False]


def test_a_count_is_read_without_asking_for_room():
    """When a count falls and how long to wait can be asked in a window that nobody opened yet."""
    counter = SlidingWindow(Limit(2, 10), 10)
    decide([counter], "k", ZERO)
    assert counter.reset("k", ZERO + 12) == ZERO + 20
    assert counter.wait("k", ZERO + 30) == 0


def test_what_clients_are_told():
    """The tightest limit stands in the headers; a refused request learns when to come back."""
    clock = Clock(ZERO + 0.5)
    app = limited(["2/second", "100/minute"], clock=clock)
    answers = [call(app) for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 429]
    assert [a.one("ratelimit-remaining") for a in answers] == ["1", "0", "0"]
    assert answers[0].one("ratelimit-limit") == "2"
    assert answers[0].one("ratelimit-reset") == "1"
    assert answers[0].one("ratelimit-policy") == "2;w=1, 100;w=60"
    assert [a.one("retry-after") for a in answers] == [None, None, "1"]
    assert answers[2].body == b"Too Many Requests"
    clock.now += 2
    assert call(app).status == 200


def test_headers_can_be_left_out():
    """Without headers an answer is as the application gave it; Retry-After stays."""
    app = limited(["1/minute"], headers=False, clock=Clock())
    first, second = call(app), call(app)
    assert first.fields == [("content-type", "text/html")]
    assert second.one("retry-after") is not None
    assert second.one("ratelimit-limit") is None


def statuses(app, requests):
    return [call(app, path, client=(client, 1)).status for path, client in requests]


def test_per_client():
    """Every client has counters of its own; an IPv6 network is one client."""
    app = limited(["1/minute"], clock=Clock())
    clients = ["192.0.2.1", "192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"]
    assert statuses(app, [("/", c) for c in clients]) == [200, 200, 429, 200, 429]


def test_per_client_behind_a_proxy():
    """Behind a trusted proxy the forwarded client counts."""
    app = limited(["1/minute"], trusted_proxies=["192.0.2.0/24"], clock=Clock())
    found = [call(app, "/", [("x-forwarded-for", ip)]).status for ip in ("6.6.6.6", "7.7.7.7") * 2]
    assert found == [200, 200, 429, 429]


def test_per_route():
    """Limits by route count all clients together, under each prefix by itself."""
    app = limited(["2/minute"], key="route", routes={"/api": "1/minute"}, clock=Clock())
    asked = [("/", "a"), ("/x", "b"), ("/", "c"), ("/api", "a"), ("/api/y", "b"), ("/apis", "c")]
    assert statuses(app, asked) == [200, 200, 429, 200, 429, 429]


def test_routes_have_limits_of_their_own():
    """The longest prefix decides; a route without limits is free."""
    app = limited(
        ["1/minute"],
        routes={"/api": "2/minute", "/api/free": [], "/login": "1/minute"},
        clock=Clock(),
    )
    asked = [("/api", "a")] * 3 + [("/api/free/x", "a")] * 4 + [("/login", "a"), ("/", "a")]
    assert statuses(app, asked) == [200, 200, 429, 200, 200, 200, 200, 200, 200]


def test_a_custom_key():
    """A service may count by what it knows; without a key a request is free."""
    app = limited(
        ["1/minute"],
        key="custom",
        function=lambda scope: dict(scope["headers"]).get(b"x-user", b"").decode() or None,
        clock=Clock(),
    )
    found = [call(app, "/", [("x-user", u)] if u else []).status for u in ("a", "b", "a", "", "")]
    assert found == [200, 200, 429, 200, 200]


def test_exempt_paths():
    """Exempt paths are free, with all below them, and nothing that only begins alike."""
    app = limited(["1/minute"], exempt=["/health", "/static/"], clock=Clock())
    asked = [("/health", "a")] * 2 + [("/health/db", "a"), ("/static/x", "a")] * 2 + [("/", "a")]
    assert set(statuses(app, asked)) == {200}
    assert statuses(app, [("/healthy", "a")]) == [429]


@pytest.mark.parametrize("how", [{"dry_run": True}, {"observe": True}])
def test_dry_run_only_counts(how):
    """What would be refused is counted and answered."""
    metrics = Metrics()
    app = limited(["1/minute"], metrics=metrics, clock=Clock(), **how)
    answers = [call(app) for _ in range(3)]
    assert [a.status for a in answers] == [200] * 3
    assert answers[0].one("ratelimit-limit") is None
    page = metrics.page().decode()
    assert 'revoctl_rate_limit_requests_total{outcome="would_refuse"} 2' in page
    assert 'revoctl_rate_limit_requests_total{outcome="admitted"} 1' in page


def test_trusted_proxies_must_be_written():
    """A limit per client without a word about proxies is refused when mounted."""
    with pytest.raises(PolicyError, match="trusted_proxies must be written"):
        RateLimit(service(), {"limits": ["1/minute"]})


@pytest.mark.parametrize(("key", "function"), [("custom", None), ("client", lambda scope: "x")])
def test_a_key_function_and_the_policy_agree(key, function):
    """A custom key needs a function, and a function needs a custom key."""
    with pytest.raises(PolicyError, match="does not fit the key function"):
        RateLimit(service(), {"limits": ["1/minute"], "key": key}, trusted_proxies=[], key=function)


def test_a_store_in_an_unset_variable(monkeypatch):
    """A store that the environment should name, and does not, says which variable."""
    monkeypatch.delenv("LIMITS_AT", raising=False)
    with pytest.raises(RevoctlError, match="LIMITS_AT"):
        limited(["1/minute"], store="env:LIMITS_AT")
    monkeypatch.setenv("LIMITS_AT", "memory")
    assert limited(["1/minute"], store="env:LIMITS_AT").redis is None


def test_ten_thousand_at_the_boundary():
    """Of 10,000 requests at once, exactly the limit is admitted."""

    async def run():
        async def slow(scope, receive, send):
            await asyncio.sleep(0)
            await service()(scope, receive, send)

        app = limited(["777/minute"], app=slow, clock=Clock())
        return await asyncio.gather(*(call_async(app) for _ in range(10_000)))

    found = [answer.status for answer in asyncio.run(run())]
    assert (found.count(200), found.count(429)) == (777, 9223)


MEMORY = """
import resource
from revoctl.middleware.decision import decide
from revoctl.middleware.counters import COUNTERS
from revoctl.policy.limits import Limit
kind = COUNTERS["{strategy}"]
counters = [kind(Limit(5, 1), 65_536), kind(Limit(100, 60), 65_536)]
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before = peak()
for i in range({clients}):
    decide(counters, "10.%d.%d.%d" % (i >> 16, i >> 8 & 255, i & 255), 6e7 + i / 40_000)
print(peak() - before)
"""


@pytest.mark.parametrize(
    ("strategy", "clients"),
    [("sliding-window-counter", 1_000_000), ("fixed-window", 300_000), ("moving-window", 300_000)],
)
def test_a_million_clients_stay_under_64_mib(strategy, clients):
    """What a process grows by, with two limits and a million clients within half a minute."""
    code = MEMORY.format(strategy=strategy, clients=clients)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 64


@pytest.mark.parametrize("strategy", COUNTERS)
def test_past_the_bound_nobody_is_admitted_too_often(strategy):
    """Clients that share counters are refused too early rather than too late."""
    counter = COUNTERS[strategy](Limit(3, 60), 10)
    clients = [f"c{i}" for i in range(40)]
    order = [client for client in clients for _ in range(6)]
    random.Random(1).shuffle(order)
    admitted = [c for c in order if decide([counter], c, ZERO).wait == 0]
    assert max(admitted.count(c) for c in clients) == 3
    assert len(admitted) > 10
    later = ZERO + 60  # the next window: what the last one had still weighs in a sliding window
    assert sum(decide([counter], clients[-1], later).wait == 0 for _ in range(9)) <= 3
    assert SHARED > 1


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
def test_what_is_not_http_passes(kind):
    """Only http requests are limited."""
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    mounted = limited(["1/minute"], app=app)
    for _ in range(3):
        call(mounted, type=kind)
    assert seen == [kind] * 3
