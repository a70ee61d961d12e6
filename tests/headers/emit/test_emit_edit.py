"""What becomes an edit, and how edits that meet are settled."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.errors import PolicyError, RevoctlError
from revoctl.headers.emit import Edit, of_policy
from revoctl.headers.emit.plan import plan
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.model import Fix


def test_a_fix_that_sets_or_removes_is_an_edit() -> None:
    """Header, value and note carry over; white space is one line's."""
    fix = Fix("set", "X-Frame-Options", " DENY ", "no\nframing")
    assert Edit.of_fix(fix) == Edit("set", "X-Frame-Options", "DENY", note="no framing")
    assert Edit.of_fix(Fix("remove", "Server")) == Edit("remove", "Server")


def test_advice_is_a_note_that_names_its_header() -> None:
    """Words stay words."""
    edit = Edit.of_fix(Fix("advise", "Set-Cookie", note="add Secure"))
    assert edit == Edit("advise", note="Set-Cookie: add Secure")
    assert Edit.of_fix(Fix("advise", note="think")) == Edit("advise", note="think")


def test_hsts_of_a_fix_is_for_https() -> None:
    """RFC 6797 forbids it over plain http."""
    edit = Edit.of_fix(Fix("set", "strict-transport-security", "max-age=1"))
    assert edit is not None
    assert edit.scope == "https"


@pytest.mark.parametrize("action", ["set", "remove"])
def test_cookies_are_left_to_the_application(action: str) -> None:
    """A server that replaced or removed Set-Cookie would take everybody's session."""
    edit = Edit.of_fix(Fix(action, "Set-Cookie", "a=b; Secure"))
    assert edit is not None
    assert edit.action == "advise"


@pytest.mark.parametrize(
    "fix",
    [
        Fix("set", "X Y", "v"),
        Fix("remove", ""),
        Fix("set", "X-Y", "a\x00b"),
        Fix("set", "X-Y", "a\u202eb"),
        Fix("rename", "X-Y"),
    ],
)
def test_a_fix_that_no_header_can_hold_is_none(fix: Fix) -> None:
    """Bad names, control characters and unknown actions are not written anywhere."""
    assert Edit.of_fix(fix) is None


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text(), st.sampled_from(["set", "remove", "advise", "x"]))
def test_no_fix_raises(header: str, value: str, note: str, action: str) -> None:
    """Whatever a finding quotes, it is an edit or none."""
    edit = Edit.of_fix(Fix(action, header, value, note))
    assert edit is None or edit.action in ("set", "remove", "advise")


@pytest.mark.parametrize(
    "fields",
    [
        {"action": "drop"},
        {"scope": "never"},
        {"mode": "prepend"},
        {"header": "X: Y"},
        {"header": ""},
        {"value": "a\r\nEvil: b"},
        {"value": " a"},
        {"paths": ("",)},
        {"paths": ("/a\nb",)},
    ],
)
def test_an_edit_refuses_what_it_cannot_mean(fields: dict) -> None:
    """The error says which field."""
    with pytest.raises(RevoctlError) as caught:
        Edit(**{"action": "set", "header": "X-Y", "value": "v", **fields})
    assert caught.value.code == "usage.edit"


def test_a_policy_becomes_its_settings_and_its_removals() -> None:
    """Every key of a setting carries over; a name that is set is not removed."""
    policy = HeadersPolicy.from_mapping(
        {
            "headers": {
                "X-A": "1",
                "X-B": {"value": "2", "scope": "html", "mode": "append", "paths": ["/p"]},
                "X-C": {"value": "3", "note": "why"},
            },
            "remove": ["Server", "X-Kong-*", "x-a"],
        }
    )
    assert of_policy(policy) == (
        Edit("set", "X-A", "1"),
        Edit("set", "X-B", "2", "html", "append", ("/p",)),
        Edit("set", "X-C", "3", note="why"),
        Edit("remove", "Server"),
        Edit("remove", "X-Kong-*"),
    )


def test_a_policy_that_removes_no_name_is_refused() -> None:
    """The key is named, so that whoever read the file can say its line."""
    with pytest.raises(PolicyError) as caught:
        of_policy(HeadersPolicy("p", remove=("Server", "X Y")))
    assert caught.value.key == "remove[1]"


A, B = Edit("set", "X-A", "1"), Edit("set", "x-a", "2")
GONE, ALL = Edit("remove", "X-A"), Edit("remove", "X-*")
THERE = Edit("set", "X-A", "3", paths=("/a",))


@pytest.mark.parametrize(
    ("edits", "settled"),
    [
        ([A, B], [B]),
        ([A, GONE], [GONE]),
        ([GONE, A], [A]),
        ([A, ALL], [ALL, A]),
        ([A, THERE], [A, THERE]),
        ([THERE, A], [A]),
        ([THERE, THERE], [THERE]),
        ([Edit("set", "X-A", "1", mode="append")] * 2, [Edit("set", "X-A", "1", mode="append")]),
        ([GONE, Edit("set", "X-A", "1", mode="append")], [GONE, A]),
        ([ALL, Edit("set", "X-A", "1", mode="default")], [ALL, A]),
    ],
)
def test_edits_of_one_header_settle(edits: list[Edit], settled: list[Edit]) -> None:
    """The later wins where both apply, removal by prefix goes first, and nothing is said twice."""
    assert list(plan(edits).edits) == settled
