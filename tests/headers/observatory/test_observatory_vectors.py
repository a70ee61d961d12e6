"""Every verdict of the MDN HTTP Observatory, algorithm 6, on 561 inputs."""

from __future__ import annotations

import json

import pytest
from observatory_vectors import DATA, load, page_of

from revoctl.headers.grade import GRADES, grade, letter, score, ungraded
from revoctl.headers.observatory import NONE, RESULTS, cookies, csp, hsts
from revoctl.headers.observatory.csp_dangers import BROAD
from revoctl.headers.observatory.session import session
from revoctl.headers.observatory.wire import header
from revoctl.report.model import ScorePart

VECTORS = {vector["id"]: vector for vector in load()["vectors"]}
FACTS = json.loads((DATA / "mdn_scoring.json").read_text())
INLINE = {"script-inline", "script-anywhere", "object-anywhere"}
BROAD_OR_INLINE = BROAD | {"'unsafe-inline'", "data:"}


@pytest.mark.parametrize("name", VECTORS)
def test_the_grade_is_the_observatorys(name: str) -> None:
    """Result, pass, modifier, score and letter agree on every input, in the same order."""
    expected = VECTORS[name]["expected"]
    page = page_of(VECTORS[name]["input"])
    if "error" in expected:
        assert grade(page, "mdn") is None
        assert str(page.hop.status) in ungraded(page, "mdn")
        return
    graded = grade(page, "mdn")
    assert graded is not None
    assert {
        part.test: {"result": part.result, "pass": part.passed, "modifier": part.modifier}
        for part in graded.parts
    } == expected["tests"]
    assert [part.test for part in graded.parts] == list(expected["tests"])
    assert (graded.value, graded.grade) == (expected["score"], expected["grade"])
    assert all(part.detail.endswith(".") for part in graded.parts)


@pytest.mark.parametrize("name", [n for n, v in VECTORS.items() if "error" not in v["expected"]])
def test_the_policy_is_the_observatorys(name: str) -> None:
    """Number of policies, their origin, the flags and the merged directives agree."""
    expected = VECTORS[name]["expected"]["csp"]
    page = page_of(VECTORS[name]["input"])
    reading = csp.read(page, NONE)
    seen = (reading.policies, reading.in_header, reading.in_meta)
    assert seen == (expected["num_policies"], expected["http"], expected["meta"])
    if expected["flags"] is None:
        assert reading.directives is None
        return
    assert reading.directives is not None
    assert flags(reading) == expected["flags"]
    assert reading.directives == {n: set(s) for n, s in expected["directives"].items()}


def flags(reading: csp.Reading) -> dict[str, bool]:
    """The Observatory's flags from a reading."""
    found, directives = reading.dangers, reading.directives or {}
    anyone = {"*"}
    objects = directives.get("object-src", directives.get("default-src", anyone))
    return {
        "antiClickjacking": BROAD.isdisjoint(
            anyone if reading.ancestors is None else reading.ancestors
        ),
        "defaultNone": directives.get("default-src") == {"'none'"},
        "insecureBaseUri": not BROAD_OR_INLINE.isdisjoint(directives.get("base-uri", anyone)),
        "insecureFormAction": not BROAD.isdisjoint(directives.get("form-action", anyone)),
        "insecureSchemeActive": "insecure-active" in found,
        "insecureSchemePassive": "insecure-passive" in found,
        "strictDynamic": "strict-dynamic" in found,
        "unsafeEval": "eval" in found,
        "unsafeInline": not INLINE.isdisjoint(found),
        "unsafeInlineStyle": not found.isdisjoint({"style-inline", "style-anywhere"}),
        "unsafeObjects": not BROAD.isdisjoint(objects),
    }


@pytest.mark.parametrize("name", [n for n, v in VECTORS.items() if v["group"] == "hsts"])
def test_the_transport_policy_is_the_observatorys(name: str) -> None:
    """max-age and flags agree, NaN included."""
    expected = VECTORS[name]["expected"]["hsts"]
    page = page_of(VECTORS[name]["input"])
    text = header(page, hsts.HEADER)
    counts = page.values(hsts.HEADER) and "," not in text and session(page).https
    sts = hsts.parse(text if counts and session(page).verified else "")
    age = "NaN" if sts.given and sts.max_age is None else sts.max_age
    age = int(float(age)) if isinstance(age, int) else age  # JavaScript's numbers
    listed = page.preloaded.lookup(session(page).host) if page.preloaded else None
    preloaded = bool(listed and session(page).https)
    subdomains = listed.include_subdomains if listed and preloaded else sts.include_subdomains
    assert {
        "max_age": age,
        "include_subdomains": subdomains,
        "preload": sts.preload,
        "preloaded": preloaded,
    } == expected


@pytest.mark.parametrize("name", [n for n, v in VECTORS.items() if v["group"] == "cookies"])
def test_the_jar_is_the_observatorys(name: str) -> None:
    """The same cookies are left, with the same attributes."""
    expected = VECTORS[name]["expected"]["cookies"] or {}
    assert {
        cookie.name: {
            "secure": cookie.secure,
            "httponly": cookie.http_only,
            "samesite": cookie.same_site,
            "path": cookie.path,
            "domain": cookie.domain,
        }
        for cookie in cookies.jar(page_of(VECTORS[name]["input"]))
    } == expected


def test_results_are_those_of_the_observatory() -> None:
    """Every published result has its modifier and verdict here; only three more exist."""
    published = {
        result: (facts["modifier"], facts["pass"])
        for test in FACTS["tests"].values()
        for result, facts in test["results"].items()
    }
    assert published.items() <= RESULTS.items()
    assert all(extra.endswith("-not-evaluated") for extra in RESULTS.keys() - published.keys())


def test_letters_follow_the_chart() -> None:
    """The letter of a score is the chart's at the next lower five, and A+ from 100 on."""
    for value in range(151):
        key = min(value - value % 5, 100)
        assert letter(value) == FACTS["grade_chart"][str(key)]
    assert (GRADES[0], GRADES[-1], len(GRADES)) == ("A+", "F", 13)


@pytest.mark.parametrize(
    ("modifiers", "value"),
    [((), 100), ((5, 10), 115), ((-10, 20), 110), ((-15, 20), 85), ((-50, -50, -20, 10), 0)],
)
def test_gains_count_from_ninety_points(modifiers: tuple[int, ...], value: int) -> None:
    """Gains are added only where the losses leave 90 points, and nothing falls below zero."""
    parts = [ScorePart("t", "r", modifier, passed=True) for modifier in modifiers]
    assert score(parts).value == value
