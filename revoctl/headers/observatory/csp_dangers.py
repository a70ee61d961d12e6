"""The dangers of a policy, and the result that the worst of them comes to.

Facts from mdn/mdn-http-observatory ``src/analyzer/tests/csp.js``: the first danger in the order of
:data:`_VERDICTS` names the result, and a source list that is not set falls back to ``default-src``
and then to everything. A nonce or a hash takes ``'unsafe-inline'`` out of its list; with
``'strict-dynamic'`` next to it schemes and ``'self'`` go too.
"""

from __future__ import annotations

from collections.abc import Iterable

from revoctl.headers.observatory.csp_merge import Directives
from revoctl.headers.observatory.result import Outcome

BROAD = frozenset(
    ("ftp:", "http:", "https:", "*", "http://*", "http://*.*", "https://*", "https://*.*")
)
_INSECURE = ("http:", "ftp:")
_DISARMED = ("ftp:", "http:", "https:", "*")  # by 'strict-dynamic', like 'self' and inline
_INLINE = frozenset(("'unsafe-inline'", "data:"))
_TRUSTING = ("'sha256-", "'sha384-", "'sha512-", "'nonce-")
_PASSIVE = ("img-src", "media-src")
_ALL = {"*"}

_VERDICTS: tuple[tuple[str, str, str], ...] = (
    (
        "lone-strict-dynamic",
        "csp-header-invalid",
        "'strict-dynamic' stands without a nonce or hash, so no script may run",
    ),
    (
        "script-inline",
        "csp-implemented-with-unsafe-inline",
        "scripts may stand inline or in data: addresses",
    ),
    (
        "script-anywhere",
        "csp-implemented-with-unsafe-inline",
        "scripts may come from anywhere, or from anywhere over one scheme",
    ),
    (
        "object-anywhere",
        "csp-implemented-with-unsafe-inline",
        "plug-in content may come from anywhere, because object-src is open or not set",
    ),
    (
        "insecure-active",
        "csp-implemented-with-insecure-scheme",
        "active content may come over plain http or ftp into an https page",
    ),
    ("eval", "csp-implemented-with-unsafe-eval", "scripts may be made of text ('unsafe-eval')"),
    (
        "insecure-passive",
        "csp-implemented-with-insecure-scheme-in-passive-content-only",
        "images or media may come over plain http or ftp into an https page",
    ),
    (
        "style-inline",
        "csp-implemented-with-unsafe-inline-in-style-src-only",
        "scripts are restricted, styles may stand inline",
    ),
    (
        "style-anywhere",
        "csp-implemented-with-unsafe-inline-in-style-src-only",
        "scripts are restricted, styles may come from anywhere",
    ),
)
_TOLERATED = (
    "csp-implemented-with-insecure-scheme-in-passive-content-only",
    "csp-implemented-with-unsafe-inline-in-style-src-only",
)


def find_dangers(directives: Directives, secure: bool) -> frozenset[str]:
    """The dangers of one policy. Sources that a nonce or hash disarms are taken out of it."""
    default = directives.get("default-src", _ALL)
    script = directives.get("script-src", default)
    style = directives.get("style-src", default)
    objects = directives.get("object-src", default)
    found: set[str] = set()
    for sources in (script, style):
        if "'unsafe-inline'" in sources and _trusts(sources):
            sources.discard("'unsafe-inline'")
    if "'strict-dynamic'" in script:
        if _trusts(script):
            found.add("strict-dynamic")
            script -= {source for source in script if source.startswith(_DISARMED)}
            script -= {"'self'", "'unsafe-inline'"}
        else:
            found.add("lone-strict-dynamic")
    _mark(found, "script-inline", script, _INLINE)
    _mark(found, "script-anywhere", script, BROAD)
    _mark(found, "object-anywhere", objects, BROAD)
    _mark(found, "style-inline", style, _INLINE)
    _mark(found, "style-anywhere", style, BROAD)
    if "'unsafe-eval'" in script or "'unsafe-eval'" in style:
        found.add("eval")
    if secure:
        _find_insecure(found, directives, script)
    return frozenset(found)


def _mark(found: set[str], danger: str, sources: set[str], bad: frozenset[str]) -> None:
    if not bad.isdisjoint(sources):
        found.add(danger)


def _trusts(sources: Iterable[str]) -> bool:
    return any(source.startswith(_TRUSTING) for source in sources)


def _find_insecure(found: set[str], directives: Directives, script: set[str]) -> None:
    said = " ".join(map(" ".join, directives.values()))
    if "http:" not in said and "ftp:" not in said:
        return
    active = [s for name, s in directives.items() if name not in _PASSIVE and name != "script-src"]
    if any(source.startswith(_INSECURE) for sources in (*active, script) for source in sources):
        found.add("insecure-active")
    default = directives.get("default-src", set())
    passive = [directives.get(name, default) for name in _PASSIVE]
    if any(source.startswith(_INSECURE) for sources in passive for source in sources):
        found.add("insecure-passive")


def verdict(dangers: frozenset[str], closed: bool, repeated: bool) -> Outcome:
    """The result. ``closed``: default-src is 'none'; ``repeated``: a report directive is twice."""
    for danger, result, words in _VERDICTS:
        if danger in dangers:
            if repeated and result in _TOLERATED:
                break
            return Outcome(result, f"By the policy {words}.")
    if repeated:
        said = "The policy names its report address twice; only the first one counts."
        return Outcome("csp-implemented-but-duplicate-directives", said)
    if closed:
        said = "The policy forbids everything that it does not list (default-src 'none')."
        return Outcome("csp-implemented-with-no-unsafe-default-src-none", said)
    return Outcome("csp-implemented-with-no-unsafe", "The policy allows no inline or foreign code.")


def unsaid(directives: Directives) -> frozenset[str]:
    """The dangers that a policy leaves to the others, because it says nothing of such content."""
    if "default-src" in directives:
        return frozenset()
    silent = {"insecure-active"}
    if "script-src" not in directives:
        silent |= {"script-inline", "eval"}
    if "style-src" not in directives:
        silent |= {"style-inline", "eval"}
    if not all(name in directives for name in _PASSIVE):
        silent.add("insecure-passive")
    return frozenset(silent)
