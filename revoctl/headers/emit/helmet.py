"""helmet's option for an edit: what to write in ``helmet({ ... })`` to send the same value.

Source: helmetjs.github.io, reference of helmet 8; only values that helmet accepts and sends as
they stand are given.
"""

from __future__ import annotations

import json

from revoctl.headers.emit.edit import HSTS, Edit

# Header: option, the key of its one parameter ("" for a switch), and the values it takes.
_OPTIONS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "cross-origin-embedder-policy": (
        "crossOriginEmbedderPolicy", "policy", ("require-corp", "credentialless", "unsafe-none"),
    ),
    "cross-origin-opener-policy": (
        "crossOriginOpenerPolicy", "policy",
        ("same-origin", "same-origin-allow-popups", "unsafe-none"),
    ),
    "cross-origin-resource-policy": (
        "crossOriginResourcePolicy", "policy", ("same-origin", "same-site", "cross-origin"),
    ),
    "referrer-policy": (
        "referrerPolicy", "policy",
        (
            "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
            "origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url",
        ),
    ),
    "x-frame-options": ("xFrameOptions", "action", ("DENY", "SAMEORIGIN")),
    "x-permitted-cross-domain-policies": (
        "xPermittedCrossDomainPolicies", "permittedPolicies",
        ("none", "master-only", "by-content-type", "all"),
    ),
    "x-content-type-options": ("xContentTypeOptions", "", ("nosniff",)),
    "origin-agent-cluster": ("originAgentCluster", "", ("?1",)),
    "x-xss-protection": ("xXssProtection", "", ("0",)),
}  # fmt: skip


def option(edit: Edit) -> str:
    """``xFrameOptions: { action: "DENY" }``; empty where helmet cannot send this header so."""
    if edit.action == "remove":
        return "xPoweredBy: true" if edit.key == "x-powered-by" else ""
    if edit.conditional and edit.key != HSTS:
        return ""
    if edit.key == HSTS:
        return _hsts(edit.value)
    name, parameter, values = _OPTIONS.get(edit.key, ("", "", ()))
    if edit.value not in values:
        return ""
    return f'{name}: {{ {parameter}: "{edit.value}" }}' if parameter else f"{name}: true"


def _hsts(value: str) -> str:
    age, *rest = value.split("; ")
    seconds = age.removeprefix("max-age=")
    flags = {"includeSubDomains": "includeSubDomains" in rest, "preload": "preload" in rest}
    if age == seconds or not (seconds.isascii() and seconds.isdecimal()):
        return ""
    if rest != [flag for flag, on in flags.items() if on]:
        return ""
    options = {"maxAge": int(seconds), **flags}
    body = ", ".join(f"{name}: {json.dumps(value)}" for name, value in options.items())
    return f"strictTransportSecurity: {{ {body} }}"
