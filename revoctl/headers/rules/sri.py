"""Rules of scripts from elsewhere: Subresource Integrity and plain-http scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urljoin, urlsplit

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.rules.demand import quote
from revoctl.headers.rules.hosts import same_owner
from revoctl.headers.rules.rule import (
    HeaderRule,
    Judge,
    Problem,
    Skip,
    Verdict,
    not_applicable,
    not_evaluated,
    rule,
)
from revoctl.headers.syntax.integrity import is_usable
from revoctl.report.model import Evidence, Fix, Severity

_SRI = "https://www.w3.org/TR/SRI/"
_MIXED = "https://www.w3.org/TR/mixed-content/"
_NOT_HTML = not_applicable("the answer is no HTML document")
_NO_SCRIPTS = not_applicable("the document loads no script from another address")
_NO_BODY = not_evaluated("the body was not kept")


class Loaded(Struct, frozen=True):
    """A script that the document loads: its full address, whose it is, and its attributes."""

    url: str
    scheme: str
    host: str
    own: bool
    integrity: str | None
    crossorigin: str | None


@per_page
def scripts(page: Page) -> Sequence[Loaded] | Skip:
    """The scripts with an address of their own, or why there are none to judge."""
    if not page.is_html:
        return _NOT_HTML
    if page.hop.body is None:
        return _NO_BODY
    from revoctl.headers.observatory.markup import document as read

    document = read(page)
    base = _join(page.hop.url, document.base or "")
    found = [
        _loaded(page, _join(base, script.src), script.integrity, script.crossorigin)
        for script in document.scripts
        if script.src is not None
    ]
    return [script for script in found if script.host] or _NO_SCRIPTS


def _join(base: str, address: str) -> str:
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""


def _loaded(page: Page, url: str, integrity: str | None, crossorigin: str | None) -> Loaded:
    try:
        parts = urlsplit(url)
        scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    except ValueError:
        scheme, host = "", ""
    web = host if scheme in ("http", "https") else ""
    return Loaded(url, scheme, web, same_owner(web, page.host), integrity, crossorigin)


def _by_host(test: Callable[[Page, Loaded], bool], said: str, advice: str) -> Judge:
    """A judge that reports the scripts that fail a test, one problem for each host."""

    def judge(page: Page) -> Verdict:
        found = scripts(page)
        if isinstance(found, Skip):
            return found
        failing: dict[str, list[Loaded]] = {}
        for script in found:
            if test(page, script):
                failing.setdefault(script.host, []).append(script)
        return [_problem(page, host, ours, said, advice) for host, ours in failing.items()]

    return judge


def _problem(page: Page, host: str, ours: list[Loaded], said: str, advice: str) -> Problem:
    more = f" and {len(ours) - 1} more" if len(ours) > 1 else ""
    evidence = tuple(
        Evidence(page.hop.url, quote(f"script src={script.url}"), page.snapshot.taken)
        for script in ours[:5]
    )
    detail = quote(f"{host}: {ours[0].url[:200]}{more} {said}")
    return Problem(detail, host, evidence, Fix("advise", note=advice))


def _unverified(page: Page, script: Loaded) -> bool:
    return not script.own and script.integrity is None


def _unusable(page: Page, script: Loaded) -> bool:
    return script.integrity is not None and not is_usable(script.integrity)


def _blocked(page: Page, script: Loaded) -> bool:
    foreign = (script.scheme, script.host) != (page.hop.url.partition(":")[0], page.host)
    checked = script.integrity is not None and is_usable(script.integrity)
    return checked and foreign and script.crossorigin is None


def _in_clear(page: Page, script: Loaded) -> bool:
    return page.https and script.scheme == "http"


RULES: tuple[HeaderRule, ...] = (
    rule(
        "sri-missing",
        "A script from another party is loaded without integrity",
        Severity.MEDIUM,
        why="Whoever takes over the other party's server, or its domain, runs code in this page "
        "with all of the visitor's rights.",
        fix="Add integrity and crossorigin to the script, or serve it from your own host.",
        references=(_SRI,),
    )(_by_host(_unverified, "without integrity", "add integrity=sha384-… crossorigin=anonymous")),
    rule(
        "sri-invalid",
        "A script's integrity holds no hash that browsers know",
        Severity.MEDIUM,
        why="A browser that finds no usable hash checks nothing, and runs whatever arrives.",
        fix="Write sha384- and the base64 of the file's digest.",
        references=(f"{_SRI}#the-integrity-attribute",),
    )(_by_host(_unusable, "has an integrity that checks nothing", "write integrity=sha384-…")),
    rule(
        "sri-crossorigin-missing",
        "A script with integrity is loaded without crossorigin",
        Severity.LOW,
        why="A browser cannot check a foreign script that is loaded without CORS and blocks it, "
        "and under that pressure the check is often removed.",
        fix="Add crossorigin=anonymous.",
        references=(f"{_SRI}#is-response-eligible-for-integrity-validation",),
    )(_by_host(_blocked, "has integrity without crossorigin", "add crossorigin=anonymous")),
    rule(
        "sri-insecure-script",
        "An https page loads a script over plain http",
        Severity.HIGH,
        why="Anyone on the path can replace the script and act in the page; browsers that block it "
        "leave the page broken.",
        fix="Load it over https.",
        references=(_MIXED,),
    )(_by_host(_in_clear, "is loaded over plain http", "load it over https")),
)
