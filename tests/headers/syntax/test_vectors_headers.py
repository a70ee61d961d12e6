"""The parsers against recorded facts: curl, hstspreload.org, browsers and the RFC's own tests."""

import base64
import json
from pathlib import Path

import pytest

from revoctl.headers.syntax import hsts, hsts_preload, isolation
from revoctl.headers.syntax import structured_fields as fields
from revoctl.headers.syntax.framing import Framing
from revoctl.headers.syntax.framing import parse as parse_framing
from revoctl.headers.syntax.nosniff import is_nosniff

DATA = Path(__file__).parents[2] / "data" / "headers"


def vectors(name: str) -> list[dict]:
    return json.loads((DATA / name).read_text())["vectors"]


@pytest.mark.parametrize("vector", vectors("hsts_curl.json"), ids=lambda v: repr(v["lines"]))
def test_a_user_agent_stores_what_curl_stored(vector: dict) -> None:
    """What is kept of HSTS lines is what a real user agent kept."""
    kept, wanted = hsts.stored(vector["lines"]), vector["expected"]
    assert (kept is not None) == wanted["recorded"]
    if kept is not None:
        about = wanted["max_age_approx"]
        age = "unlimited" if kept.max_age == hsts.UNLIMITED else round(kept.max_age, -1)
        assert (age, kept.include_subdomains) == (about, wanted["include_subdomains"])


@pytest.mark.parametrize("vector", vectors("hsts_preloadable.json"), ids=lambda v: v["header"])
def test_the_preload_list_is_judged_by_its_own_codes(vector: dict) -> None:
    """Reading, listing and delisting give the issue codes of hstspreload.org in their order."""
    found = hsts_preload.parse(vector["header"])
    for issues, wanted in (
        (found.issues, vector["parse"]),
        (hsts_preload.preloadable(vector["header"]), vector["preloadable"]),
        (hsts_preload.removable(vector["header"]), vector["removable"]),
    ):
        assert [list(issues.errors), list(issues.warnings)] == [
            wanted["errors"],
            wanted["warnings"],
        ]
    parsed = vector["parsed"]
    assert found.max_age == parsed.get("max_age", {}).get("seconds")
    assert found.include_subdomains == parsed["includeSubDomains"]
    assert found.preload == parsed["preload"]


PARSERS = {
    "item": fields.parse_item,
    "list": fields.parse_list,
    "dictionary": fields.parse_dictionary,
}


@pytest.mark.parametrize("vector", vectors("structured_fields.json"), ids=lambda v: v["name"])
def test_structured_fields_follow_the_tests_of_the_standard(vector: dict) -> None:
    """Each field parses to the structure of the suite, or is invalid where it must fail."""
    found = PARSERS[vector["header_type"]](vector["raw"])
    if vector.get("must_fail"):
        assert isinstance(found, fields.Invalid)
    else:
        assert plain(found) == vector["expected"]


def plain(value: object) -> object:
    """A parsed structure in the notation of the suite."""
    if isinstance(value, dict):
        return [[key, plain(member)] for key, member in value.items()]
    if isinstance(value, tuple):
        return [plain(member) for member in value]
    if isinstance(value, fields.InnerList):
        return [plain(value.items), plain_params(value.params)]
    assert isinstance(value, fields.Item)
    return [bare(value.value), plain_params(value.params)]


def plain_params(params: fields.Parameters) -> list:
    return [[key, bare(value)] for key, value in params.items()]


def bare(value: fields.Bare) -> object:
    if isinstance(value, fields.Token):
        return {"__type": "token", "value": str(value)}
    if isinstance(value, bytes):
        return {"__type": "binary", "value": base64.b32encode(value).decode()}
    return value


@pytest.mark.parametrize(
    "vector", vectors("browser_truth.json"), ids=lambda v: f"{v['header']}-{v['lines']}"
)
def test_browsers_do_what_web_platform_tests_assert(vector: dict) -> None:
    """Framing, nosniff, opener and embedder policies have the effect that browsers give them."""
    name, lines = vector["header"].lower(), vector["lines"]
    if name == "x-frame-options":
        framing = parse_framing(lines).framing
        assert (framing < Framing.NOBODY) == vector["same_origin_framing_allowed"]
        assert (framing < Framing.SAME_ORIGIN) == vector["cross_origin_framing_allowed"]
    elif name == "x-content-type-options":
        assert is_nosniff(lines) == vector["nosniff"]
    elif name == "cross-origin-opener-policy":
        assert (isolation.parse(name, lines).value == "same-origin") == vector["is_same_origin"]
    else:
        assert (isolation.parse(name, lines).value == "require-corp") == vector["enforced"]
