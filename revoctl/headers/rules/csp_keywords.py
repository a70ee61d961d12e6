"""Keywords that let inline code or text run: ``'unsafe-inline'`` and its kin.

Source: CSP Level 3, sections 6.7.3 (inline checks) and 8 (security considerations).
"""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import Flaw, Governor, Posture, distinct, removal
from revoctl.headers.syntax.csp_levels import STYLES
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"
STRICT = "https://web.dev/articles/strict-csp"


def _keyword(
    posture: Posture, governors: Sequence[Governor], word: str, text: str
) -> Sequence[Flaw]:
    if word not in posture.words:
        return ()
    return distinct(
        Flaw(g.name, f"{g.name} {text}", word, policy=g.policy, edit=removal(g.name, word))
        for g in posture.allowing(governors, word)
    )


@csp_rule(
    "csp-script-unsafe-inline",
    "Inline scripts are allowed",
    Severity.HIGH,
    why="Whoever injects markup into a page runs script in it: the policy stops no reflected or "
    "stored cross-site scripting.",
    fix="Take 'unsafe-inline' out; mark the inline scripts that are needed with a nonce or a hash.",
    references=(f"{SPEC}#unsafe-inline", f"{MDN}/script-src", STRICT),
)
def script_unsafe_inline(posture: Posture) -> Sequence[Flaw]:
    """'unsafe-inline' in effect for script elements, event handlers or javascript: addresses."""
    text = "allows every inline script and event handler, injected ones included"
    return _keyword(posture, posture.scripts, "'unsafe-inline'", text)


@csp_rule(
    "csp-script-unsafe-hashes",
    "Event handlers are allowed by hash",
    Severity.LOW,
    why="An attacker who can inject markup may attach an allowed handler to an element of choice.",
    fix="Move event handlers into scripts that carry a nonce, and take 'unsafe-hashes' out.",
    references=(f"{SPEC}#unsafe-hashes-usage", f"{MDN}/script-src"),
)
def script_unsafe_hashes(posture: Posture) -> Sequence[Flaw]:
    """'unsafe-hashes' in a list that governs scripts."""
    text = "lets event handlers and javascript: addresses run whose hash it lists"
    return _keyword(posture, posture.scripts, "'unsafe-hashes'", text)


@csp_rule(
    "csp-script-unsafe-eval",
    "Text may be evaluated as script",
    Severity.MEDIUM,
    why="Input that reaches eval(), Function() or a timer given as text runs as script.",
    fix="Take 'unsafe-eval' out; parse data with JSON.parse and compile templates beforehand.",
    references=(f"{SPEC}#directive-script-src", f"{MDN}/script-src"),
)
def script_unsafe_eval(posture: Posture) -> Sequence[Flaw]:
    """'unsafe-eval' in a list for scripts; only script-src itself decides about eval."""
    text = "allows eval() and its kin"
    return [
        f if f.directive in ("script-src", "default-src") else _lessened(f)
        for f in _keyword(posture, posture.scripts, "'unsafe-eval'", text)
    ]


def _lessened(flaw: Flaw) -> Flaw:
    text = f"{flaw.directive} lists 'unsafe-eval', which only script-src decides on"
    return Flaw(flaw.directive, text, flaw.value, Severity.LOW, flaw.policy, flaw.edit)


@csp_rule(
    "csp-style-unsafe-inline",
    "Inline styles are allowed",
    Severity.LOW,
    why="Injected styles can cover and fake parts of the page, and read attribute values out by "
    "loading images for matching selectors.",
    fix="Take 'unsafe-inline' out of style-src; mark style elements with a nonce or a hash.",
    references=(f"{SPEC}#directive-style-src", f"{MDN}/style-src"),
)
def style_unsafe_inline(posture: Posture) -> Sequence[Flaw]:
    """'unsafe-inline' in effect for style elements or attributes."""
    if "'unsafe-inline'" not in posture.words:
        return ()
    text = "allows every inline style, injected ones included"
    return _keyword(posture, posture.governors(STYLES), "'unsafe-inline'", text)


RULES = (script_unsafe_inline, script_unsafe_hashes, script_unsafe_eval, style_unsafe_inline)
