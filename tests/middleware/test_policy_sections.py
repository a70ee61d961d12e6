"""The sections cors, rate_limit and timing of a profile, and the proxies."""

import pytest

from revoctl.errors import PolicyError
from revoctl.policy.headers import HeadersPolicy
from revoctl.policy.limits import Limit


@pytest.mark.parametrize(
    ("written", "limit"),
    [
        ("5/second", Limit(5, 1)),
        ("100 per minute", Limit(100, 60)),
        ("2/10 seconds", Limit(2, 10)),
        (" 1/day ", Limit(1, 86_400)),
        ("7 / hour", Limit(7, 3600)),
    ],
)
def test_limits_as_people_write_them(written, limit):
    """A limit is an amount and a period."""
    assert Limit.parse(written) == limit


@pytest.mark.parametrize(
    "written", ["", "5", "0/second", "5/0 seconds", "5/fortnight", "-1/second"]
)
def test_limits_that_say_nothing(written):
    """What is not a limit is refused with an example."""
    with pytest.raises(PolicyError, match="a limit is such as"):
        Limit.parse(written)


WHOLE = {
    "trusted_proxies": ["10.0.0.0/8"],
    "cors": {"allow_origins": ["https://a.example"]},
    "rate_limit": {
        "limits": ["5/second", "100/minute"],
        "routes": {"/login": "5/minute", "/api": ["9/second"]},
        "exempt": ["/health"],
    },
    "timing": {"server_timing": True, "metrics_path": "/metrics", "buckets": [0.1, 1]},
}


def test_a_whole_policy():
    """Every section becomes what the middleware takes."""
    policy = HeadersPolicy.from_mapping(WHOLE)
    assert policy.trusted_proxies == ("10.0.0.0/8",)
    assert policy.cors is not None
    assert policy.cors.allow_origins == ("https://a.example",)
    assert policy.rate_limit is not None
    assert policy.rate_limit.limits == (Limit(5, 1), Limit(100, 60))
    assert policy.rate_limit.routes["/login"] == (Limit(5, 60),)
    assert policy.timing is not None
    assert policy.timing.buckets == (0.1, 1.0)


def test_a_policy_without_sections():
    """A profile that only has headers enforces nothing else."""
    policy = HeadersPolicy.from_mapping({"headers": {}})
    assert (policy.cors, policy.rate_limit, policy.timing, policy.trusted_proxies) == (None,) * 4


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"trusted_proxies": None}, "trusted_proxies"),
        ({"trusted_proxies": "10.0.0.1"}, "trusted_proxies"),
        ({"cors": []}, "cors"),
        ({"rate_limit": "5/second"}, "rate_limit"),
        ({"rate_limit": {}}, "rate_limit.limits"),
        ({"rate_limit": {"limits": ["5/second", "9/second"]}}, "rate_limit.limits"),
        ({"rate_limit": {"limits": ["x"]}}, "rate_limit.limits[0]"),
        ({"rate_limit": {"limits": 5}}, "rate_limit.limits"),
        ({"rate_limit": {"limit": ["5/second"]}}, "rate_limit.limit"),
        ({"rate_limit": {"limits": ["5/second"], "key": "user"}}, "rate_limit.key"),
        ({"rate_limit": {"limits": ["5/second"], "strategy": "x"}}, "rate_limit.strategy"),
        ({"rate_limit": {"limits": ["5/second"], "store": "mysql:"}}, "rate_limit.store"),
        ({"rate_limit": {"limits": ["5/second"], "store": "redis://:pw@h"}}, "rate_limit.store"),
        ({"rate_limit": {"limits": ["5/second"], "exempt": ["health"]}}, "rate_limit.exempt[0]"),
        ({"rate_limit": {"limits": ["5/second"], "max_clients": 0}}, "rate_limit.max_clients"),
        ({"rate_limit": {"routes": {"api": "5/second"}}}, "rate_limit.routes.api"),
        ({"timing": {"buckets": [1, 1]}}, "timing.buckets"),
        ({"timing": {"buckets": []}}, "timing.buckets"),
        ({"timing": {"buckets": "x"}}, "timing.buckets"),
        ({"timing": {"buckets": ["x"]}}, "timing.buckets[0]"),
        ({"timing": {"metrics_path": "metrics"}}, "timing.metrics_path"),
        ({"timing": {"access_log": 1}}, "timing.access_log"),
        ({"timing": {"server-timing": True}}, "timing.server-timing"),
    ],
)
def test_errors_name_the_key(change, key):
    """What is not understood is a PolicyError that names the key."""
    with pytest.raises(PolicyError) as caught:
        HeadersPolicy.from_mapping({**WHOLE, **change})
    assert caught.value.key == key


def test_limits_by_route_need_no_proxies():
    """Where nobody's address counts, the proxies need not be written."""
    section = {"limits": ["5/second"], "key": "route"}
    assert HeadersPolicy.from_mapping({"rate_limit": section}).rate_limit is not None
