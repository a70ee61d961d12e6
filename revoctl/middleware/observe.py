"""The mild form of a policy, with which an existing service can begin without breaking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from revoctl.policy.headers import HeaderSetting, HeadersPolicy

SHORT_HSTS = "max-age=300"
"""Five minutes, of this host only: a mistake is over before lunch."""

CSP = "content-security-policy"
HSTS = "strict-transport-security"
ISOLATION = (
    "cross-origin-embedder-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "origin-agent-cluster",
)
"""What cuts a page off from others, and so breaks pop-ups, embedded media and hot links."""


def observed(policy: HeadersPolicy) -> HeadersPolicy:
    """The policy with its CSP as report-only, a short HSTS, and no isolation headers.

    The application's own Content-Security-Policy stays in force. A report-only policy that the
    profile has already is kept beside it.
    """
    settings = {s.name.lower(): s for s in _milder(policy)}
    return replace(policy, settings=settings)


def _milder(policy: HeadersPolicy) -> Iterator[HeaderSetting]:
    trial = f"{CSP}-report-only"
    for name, setting in policy.settings.items():
        if name == CSP:
            already = policy.settings.get(trial)
            # Several policies in one line are separated by commas (CSP Level 3 section 2.2.2).
            value = f"{setting.value}, {already.value}" if already else setting.value
            title = "Content-Security-Policy-Report-Only"
            yield replace(setting, name=title, value=value, mode="append")
        elif name == trial and CSP in policy.settings:
            continue
        elif name == HSTS:
            yield replace(setting, value=SHORT_HSTS, mode="default")
        elif name not in ISOLATION:
            yield setting
