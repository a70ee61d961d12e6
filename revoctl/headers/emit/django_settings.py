"""Which headers Django has a setting for, and the setting that makes it send a given value.

Source: docs.djangoproject.com, "Settings", as of 4.2 and later; names and values are what
``django.middleware.security`` and ``django.middleware.clickjacking`` write.
"""

from __future__ import annotations

from collections.abc import Callable

from revoctl.headers.emit.edit import HSTS, Edit

_REFERRER = (
    "no-referrer", "no-referrer-when-downgrade", "origin", "origin-when-cross-origin",
    "same-origin", "strict-origin", "strict-origin-when-cross-origin", "unsafe-url",
)  # fmt: skip
_OPENER = ("same-origin", "same-origin-allow-popups", "unsafe-none")


def settings_of(edit: Edit) -> list[str]:
    """The lines that send exactly this header; empty where only code can.

    Settings know no paths and no documents, and give way to a view's own header. Django sends
    Strict-Transport-Security on https only, the others always.
    """
    fits = edit.action == "set" and edit.mode != "append" and not edit.paths
    if not fits or edit.scope != ("https" if edit.key == HSTS else "always"):
        return []
    writer = _WRITERS.get(edit.key)
    return writer(edit.value) if writer else []


def _hsts(value: str) -> list[str]:
    """Django writes ``max-age=N; includeSubDomains; preload`` and leaves out what is off."""
    age, *rest = value.split("; ")
    seconds = age.removeprefix("max-age=")
    if not (seconds.isascii() and seconds.isdecimal()) or age == seconds or int(seconds) == 0:
        return []
    flags = {"includeSubDomains": "includeSubDomains" in rest, "preload": "preload" in rest}
    if rest != [flag for flag, on in flags.items() if on] or seconds != str(int(seconds)):
        return []
    return [
        f"SECURE_HSTS_SECONDS = {seconds}",
        f"SECURE_HSTS_INCLUDE_SUBDOMAINS = {flags['includeSubDomains']}",
        f"SECURE_HSTS_PRELOAD = {flags['preload']}",
    ]


def _nosniff(value: str) -> list[str]:
    return ["SECURE_CONTENT_TYPE_NOSNIFF = True"] if value == "nosniff" else []


def _framing(value: str) -> list[str]:
    return [f'X_FRAME_OPTIONS = "{value}"'] if value in ("DENY", "SAMEORIGIN") else []


def _referrer(value: str) -> list[str]:
    return [f'SECURE_REFERRER_POLICY = "{value}"'] if value in _REFERRER else []


def _opener(value: str) -> list[str]:
    return [f'SECURE_CROSS_ORIGIN_OPENER_POLICY = "{value}"'] if value in _OPENER else []


_WRITERS: dict[str, Callable[[str], list[str]]] = {
    HSTS: _hsts,
    "x-content-type-options": _nosniff,
    "x-frame-options": _framing,
    "referrer-policy": _referrer,
    "cross-origin-opener-policy": _opener,
}
