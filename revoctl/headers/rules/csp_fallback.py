"""Directives that nothing stands in for: what the policies leave unlimited.

Source: CSP Level 3, section 6.8.3: default-src stands in for fetch directives and for nothing
else. When base-uri is needed follows Google's CSP Evaluator 1.1.8.
"""

from __future__ import annotations

from collections.abc import Sequence

from revoctl.headers.rules.csp_delivery import csp_rule
from revoctl.headers.rules.csp_posture import Flaw, Posture
from revoctl.headers.syntax.csp import Policy
from revoctl.headers.syntax.csp_edit import setting
from revoctl.report.model import Severity

SPEC = "https://www.w3.org/TR/CSP3/"
MDN = "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy"


def _missing(name: str, value: str, text: str, severity: Severity | None = None) -> Sequence[Flaw]:
    return (Flaw(name, text, severity=severity, edit=setting(name, value)),)


@csp_rule(
    "csp-missing-script-src",
    "Nothing limits scripts",
    Severity.HIGH,
    why="Without script-src or default-src the policy stops no injected script.",
    fix="Add script-src, best with nonces and 'strict-dynamic', or a default-src.",
    references=(f"{SPEC}#directive-script-src", f"{MDN}/script-src"),
)
def missing_script_src(posture: Posture) -> Sequence[Flaw]:
    """No policy has script-src or default-src."""
    if posture.governed("script-src"):
        return ()
    return _missing("script-src", "'self'", "no policy has script-src or default-src")


@csp_rule(
    "csp-missing-object-src",
    "Nothing limits plugins",
    Severity.HIGH,
    why="An injected object or embed element loads a document or plug-in of the attacker's choice.",
    fix="Add object-src 'none', or a default-src.",
    references=(f"{SPEC}#directive-object-src", f"{MDN}/object-src"),
)
def missing_object_src(posture: Posture) -> Sequence[Flaw]:
    """No policy has object-src or default-src."""
    if posture.governed("object-src"):
        return ()
    return _missing("object-src", "'none'", "no policy has object-src or default-src")


@csp_rule(
    "csp-missing-base-uri",
    "The base address can be set by markup",
    Severity.HIGH,
    why="An injected base element turns relative addresses to the attacker's server; scripts that "
    "carry a nonce are then loaded from there.",
    fix="Add base-uri 'none', or 'self' if pages use a base element.",
    references=(f"{SPEC}#directive-base-uri", f"{MDN}/base-uri"),
)
def missing_base_uri(posture: Posture) -> Sequence[Flaw]:
    """No policy has base-uri. It weighs less where neither nonce nor hash decides on scripts."""
    if "base-uri" in posture.names:
        return ()
    text = "no policy has base-uri, for which default-src does not stand in"
    if any(g.listing.nonced or (g.listing.hashed and g.listing.strict) for g in posture.scripts):
        return _missing("base-uri", "'none'", f"{text}, while scripts are allowed by mark")
    if posture.scripts and not any(g.listing.sources for g in posture.scripts):
        return ()
    return _missing("base-uri", "'self'", text, Severity.LOW)


@csp_rule(
    "csp-missing-form-action",
    "Forms may be sent anywhere",
    Severity.LOW,
    why="An injected form, or a changed one, sends what users or their password managers fill in "
    "to the attacker.",
    fix="Add form-action 'self'.",
    references=(f"{SPEC}#directive-form-action", f"{MDN}/form-action"),
)
def missing_form_action(posture: Posture) -> Sequence[Flaw]:
    """No policy has form-action, nor a sandbox that forbids forms."""
    if "form-action" in posture.names or any(_forbids_forms(r.policy) for r in posture.readings):
        return ()
    text = "no policy has form-action, for which default-src does not stand in"
    return _missing("form-action", "'self'", text)


def _forbids_forms(policy: Policy) -> bool:
    sandbox = policy.get("sandbox")
    return sandbox is not None and "allow-forms" not in map(str.lower, sandbox.values)


@csp_rule(
    "csp-missing-frame-ancestors",
    "The policy does not say who may frame the page",
    Severity.INFO,
    why="Without frame-ancestors it is left to X-Frame-Options, which knows no list of origins, "
    "whether another site can frame the page and lead clicks into it.",
    fix="Add frame-ancestors 'none', or 'self', to the header's policy.",
    references=(f"{SPEC}#directive-frame-ancestors", f"{MDN}/frame-ancestors"),
)
def missing_frame_ancestors(posture: Posture) -> Sequence[Flaw]:
    """No policy has frame-ancestors."""
    if "frame-ancestors" in posture.names:
        return ()
    text = "no policy has frame-ancestors, for which default-src does not stand in"
    return _missing("frame-ancestors", "'self'", text)


RULES = (
    missing_script_src,
    missing_object_src,
    missing_base_uri,
    missing_form_action,
    missing_frame_ancestors,
)
