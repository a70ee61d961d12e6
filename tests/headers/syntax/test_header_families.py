"""What each family's parser makes of the cases that a first draft gets wrong."""

from datetime import UTC, datetime

import pytest

from revoctl.headers.syntax import caching, cookies, cors, dates, hsts, permissions, referrer
from revoctl.headers.syntax import clear_site_data as clearing
from revoctl.headers.syntax import structured_fields as fields
from revoctl.headers.syntax.framing import Framing, of_ancestors
from revoctl.headers.syntax.integrity import is_usable
from revoctl.headers.syntax.isolation import parse as parse_isolation
from revoctl.headers.syntax.permissions import Allowlist
from revoctl.headers.syntax.reporting import endpoint_problems, nel_problem
from revoctl.headers.syntax.tokens import split_list, unquote

NOW = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "valid"),
    [
        ('max-age="31536000"', True),
        ("max-age = 31536000", True),
        ("MAX-AGE=1;INCLUDESUBDOMAINS", True),
        ("max-age=1; unknown=x; other", True),
        ("max-age=1;; ;", True),
        ("max-age=31536000, includeSubDomains", False),
        ("max-age=1; includeSubDomains=1", False),
        ("max-age=1; max-age=1", False),
        ("max-age=+1", False),
        ("max-age=1.5", False),
        ("includeSubDomains", False),
        ("", False),
    ],
)
def test_hsts_by_the_standard(line: str, valid: bool) -> None:
    """The standard's grammar decides, quoted values and spaces included."""
    assert hsts.parse(line).valid is valid


def test_hsts_numbers_have_no_end() -> None:
    """Any number of digits is a time, however many zeros come first."""
    assert hsts.parse("max-age=" + "9" * 9_000).max_age == hsts.UNLIMITED
    assert hsts.parse("max-age=" + "0" * 9_000 + "7").max_age == 7


@pytest.mark.parametrize(
    ("lines", "policy"),
    [
        (["no-referrer, strict-origin"], "strict-origin"),
        (["no-referrer, something-new"], "no-referrer"),
        (["Origin", "NO-REFERRER"], "no-referrer"),
        (["never"], ""),
        ([""], ""),
    ],
)
def test_the_last_known_referrer_policy_wins(lines: list[str], policy: str) -> None:
    """Unknown words are passed over and the last known one counts."""
    assert referrer.parse(lines).policy == policy


@pytest.mark.parametrize(
    ("policy", "than", "more"),
    [
        ("same-origin", "no-referrer", True),
        ("same-origin", "strict-origin", False),
        ("origin", "strict-origin-when-cross-origin", True),
        ("strict-origin", "strict-origin-when-cross-origin", False),
        ("no-referrer-when-downgrade", "origin", True),
        ("unsafe-url", "no-referrer-when-downgrade", True),
        ("no-referrer", "no-referrer", False),
    ],
)
def test_referrer_policies_are_ordered_by_what_they_reveal(
    policy: str, than: str, more: bool
) -> None:
    """What others learn comes first, then what the page's own origin learns."""
    assert referrer.reveals_more(policy, than) is more


def test_a_permissions_policy_is_a_structured_dictionary() -> None:
    """Features map to allowlists; a lone word, a list and a wildcard are understood."""
    found = permissions.parse(['camera=(), usb=self, midi=*, hid=(self "https://a.example")'])
    assert found.allowlists == {
        "camera": Allowlist(),
        "usb": Allowlist(own=True),
        "midi": Allowlist(everyone=True),
        "hid": Allowlist(own=True, origins=frozenset({"https://a.example"})),
    }
    assert str(found.allowlists["hid"]) == '(self "https://a.example")'


@pytest.mark.parametrize("text", ["camera 'none'", "camera=(),", "camera='none'", "Camera=()"])
def test_one_wrong_character_voids_a_permissions_policy(text: str) -> None:
    """Feature-Policy's syntax, a trailing comma and capitals leave nothing in force."""
    found = permissions.parse([text])
    assert found.invalid
    assert not found.allowlists


def test_permissions_policy_notices_what_browsers_pass_over() -> None:
    """Unquoted origins, quoted keywords, features behind semicolons, repeats, unknown names."""
    found = permissions.parse(
        ['camera=(self https://a.example), usb=("self"), midi=(self);hid=*', "usb=*, camra=()"]
    )
    assert found.ignored == (("camera", "https://a.example"), ("usb", '"self"'))
    assert found.swallowed == (("midi", "hid"),)
    assert found.repeated == ("usb",)
    assert found.allowlists["usb"].everyone
    assert (found.unknown, found.open) == (("camra",), ("usb",))


@pytest.mark.parametrize(
    ("one", "other", "within"),
    [
        ("a=()", "a=()", True),
        ("a=()", "a=self", True),
        ("a=self", "a=()", False),
        ('a=("https://x.example")', "a=self", False),
        ('a=(self "https://x.example")', "a=*", True),
        ("a=*", "a=self", False),
    ],
)
def test_allowlists_compare_by_whom_they_name(one: str, other: str, within: bool) -> None:
    """A list is within another where it names nobody whom the other does not."""
    lists = [permissions.parse([text]).allowlists["a"] for text in (one, other)]
    assert lists[0].within(lists[1]) is within


@pytest.mark.parametrize(
    ("name", "lines", "value"),
    [
        ("cross-origin-resource-policy", ["same-site"], "same-site"),
        ("cross-origin-resource-policy", ["Same-Site"], ""),
        ("cross-origin-resource-policy", ["same-site", "same-site"], ""),
        ("cross-origin-opener-policy", ["noopener-allow-popups"], "noopener-allow-popups"),
        ("cross-origin-opener-policy", ["same-origin ;a"], ""),
        ("cross-origin-embedder-policy", ['require-corp; report-to="x"'], "require-corp"),
    ],
)
def test_isolation_headers_are_exact(name: str, lines: list[str], value: str) -> None:
    """Case, quotes, spaces before parameters and second lines matter."""
    found = parse_isolation(name, lines)
    assert found.value == value
    assert bool(found.problem) == (not value)


def test_a_cookie_is_read_as_browsers_do() -> None:
    """Names in any case, the last SameSite, Secure with a value, a comma in the date."""
    line = (
        "a=b=c; EXPIRES=Wed, 21 Oct 2030 07:28:00 GMT; secure=false; HTTPONLY; samesite=None;"
        " SameSite=Strict; Domain=.Example.COM; Path=/x; Max-Age=; Partitioned"
    )
    found = cookies.parse(line)
    assert (found.name, found.value) == ("a", "b=c")
    assert (found.secure, found.http_only, found.partitioned) == (True, True, True)
    assert (found.same_site, found.domain, found.path) == ("strict", "example.com", "/x")
    assert found.expires == datetime(2030, 10, 21, 7, 28, tzinfo=UTC)
    assert found.max_age is None


@pytest.mark.parametrize(
    ("line", "deletes"),
    [
        ("a=; Max-Age=0", True),
        ("a=; Max-Age=-5; Expires=Wed, 21 Oct 2099 07:28:00 GMT", True),
        ("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", True),
        ("a=b; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        ("a=b; Max-Age=x", False),
        ("a=b", False),
    ],
)
def test_deletion_is_no_cookie(line: str, deletes: bool) -> None:
    """Max-Age goes before Expires; what is over removes the cookie."""
    assert cookies.parse(line).deletes(NOW) is deletes


@pytest.mark.parametrize(
    ("line", "lacks"),
    [
        ("__Host-a=1; Secure; Path=/", ()),
        ("__host-a=1; Secure; Path=/; Domain=x.example", ("no Domain",)),
        ("__Host-a=1; Path=/x", ("Secure", "Path=/")),
        ("__Secure-a=1", ("Secure",)),
        ("__Host-Http-a=1; Secure; Path=/", ("HttpOnly",)),
        ("Host-a=1", ()),
    ],
)
def test_prefixes_promise(line: str, lacks: tuple[str, ...]) -> None:
    """A name's prefix, in any case, demands its attributes."""
    assert cookies.parse(line).broken_promises() == lacks


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Wed, 09 Jun 2021 10:18:14 GMT", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("Wednesday, 09-Jun-21 10:18:14 GMT", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("Wed Jun  9 10:18:14 2021", datetime(2021, 6, 9, 10, 18, 14, tzinfo=UTC)),
        ("1 jan 70 0:0:0", datetime(1970, 1, 1, tzinfo=UTC)),
        ("31 Feb 2021 10:18:14", None),
        ("9 Jun 2021 25:00:00", None),
        ("tomorrow", None),
    ],
)
def test_cookie_dates(text: str, moment: datetime | None) -> None:
    """All forms that servers write are one moment; what is no date is none."""
    assert dates.parse(text) == moment


def test_cache_control_is_a_list_of_directives() -> None:
    """Case, quotes and lines do not matter, the first of several counts, junk is kept apart."""
    found = caching.parse(['Max-Age="60", PRIVATE="a, b"', "max-age=0, =x, no-transform"])
    assert dict(found.directives) == {"max-age": "60", "private": "a, b", "no-transform": ""}
    assert found.malformed == ("=x",)
    assert found.seconds("max-age") == 60
    assert not found.shared_storage


def test_clear_site_data_wants_quotes() -> None:
    """Only quoted types in their exact case clear anything; the star clears all."""
    found = clearing.parse(['"cache", cookies, "Storage"'])
    assert (found.types, found.ignored) == (("cache",), ("cookies", '"Storage"'))
    assert clearing.parse(['"*"']).covers(found)
    assert not found.covers(clearing.parse(['"cookies"']))


@pytest.mark.parametrize(
    ("origin", "relation"),
    [
        ("null", "null"),
        ("https://api.example.com", "same"),
        ("http://api.example.com", "downgrade"),
        ("https://x.api.example.com", "subdomain"),
        ("https://api.example.com.evil.test", "suffix"),
        ("https://evilapi.example.com", "prefix"),
        ("https://evil.test", "foreign"),
        ("https://[", "foreign"),
    ],
)
def test_origins_stand_in_a_relation(origin: str, relation: str) -> None:
    """Each kind of hostile origin is told apart by its host and scheme."""
    assert cors.relation(origin, "https://api.example.com/x") == relation


def test_credentials_need_the_exact_origin() -> None:
    """A star admits everyone without credentials and nobody with them; true is in lower case."""
    star = cors.read(["*"], ["true"], [])
    assert star.admits("https://a.example")
    assert not star.admits_with_credentials("https://a.example")
    echo = cors.read(["https://a.example"], ["true"], ["Accept, ORIGIN"])
    assert echo.admits_with_credentials("https://a.example")
    assert echo.varies
    assert not cors.read(["https://a.example"], ["True"], []).credentials


@pytest.mark.parametrize(
    ("value", "usable"),
    [
        ("*", True),
        ("null", True),
        ("https://a.example:8443", True),
        ("https://a.example/", False),
        ("https://a.example, https://b.example", False),
        ("https://*.a.example", False),
        ("a.example", False),
    ],
)
def test_an_allowed_origin_can_match_or_not(value: str, usable: bool) -> None:
    """A path, a list, a pattern or a bare host match no Origin."""
    assert (cors.problem(value) == "") is usable


@pytest.mark.parametrize(
    ("sources", "framing"),
    [
        (["'none'"], Framing.NOBODY),
        ([], Framing.NOBODY),
        (["'SELF'"], Framing.SAME_ORIGIN),
        (["'self'", "https://a.example"], Framing.LISTED),
        (["https://a.example", "*"], Framing.ANYONE),
        (["https:"], Framing.ANYONE),
    ],
)
def test_ancestors_say_who_may_frame(sources: list[str], framing: Framing) -> None:
    """An empty list is nobody, a whole scheme is anyone."""
    assert of_ancestors(sources) is framing


def test_integrity_needs_a_known_hash() -> None:
    """One usable hash among several is enough; an unknown algorithm checks nothing."""
    assert is_usable("md5-abc sha384-oqVuAfXRKap7fdgcCY5uykM6+R9GqQ8K/ux?opt")
    assert not is_usable("md5-abc")
    assert not is_usable("sha384-")
    assert not is_usable("")


def test_reporting_endpoints_are_quoted_https_addresses() -> None:
    """Plain http, a bare word and broken syntax are named."""
    assert endpoint_problems(['a="https://r.example/", b="/r"']) == ()
    found = endpoint_problems(['a="http://r.example/", b=word'])
    assert [name for name, _ in found] == ["a", "b"]
    assert endpoint_problems(["a=https://r.example/?x"])[0][0] == ""


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ('{"report_to": "g", "max_age": 60}', True),
        ('{"max_age": 0}', True),
        ('{"report_to": "g"}', False),
        ("[" * 5_000, False),
        ("nonsense", False),
    ],
)
def test_nel_is_json(text: str, fine: bool) -> None:
    """The object needs a time, and a group unless the time is nought."""
    assert (nel_problem([text]) == "") is fine


def test_bare_items_of_every_kind() -> None:
    """Decimals, bytes without padding, dates and display strings have their own types."""
    found = fields.parse_list(['1.5, :YQ:, @1659578233, %"f%c3%bc", ?1, "a\\\\b"'])
    assert not isinstance(found, fields.Invalid)
    values = [member.value for member in found]
    assert values == [1.5, b"a", 1659578233, "fü", True, "a\\b"]
    assert isinstance(values[2], fields.Date)
    assert isinstance(values[3], fields.DisplayString)


@pytest.mark.parametrize(
    "text",
    [
        *("1.", "1.1234", "1234567890123456", "-", ":a:", ":=a:", "@1.5", '%"%C3"', '%"%ff"'),
        *("?2", '"a', '"\\a"', "(1", "(1,2)", "a;", "a;=1", "é", "(1)x"),
    ],
)
def test_broken_items_are_invalid(text: str) -> None:
    """Nothing is guessed: what breaks the grammar is invalid."""
    assert isinstance(fields.parse_list([text]), fields.Invalid)


def test_lists_keep_quoted_commas() -> None:
    """A comma in a quoted string separates nothing; an unclosed quote runs to the end."""
    assert split_list(['a, "b, c" d', "e"]) == ("a", '"b, c" d', "e")
    assert split_list(['"a, b']) == ('"a, b',)
    assert (unquote('"a\\"b"'), unquote('"a"b"'), unquote('"a\\"')) == ('a"b', None, None)
