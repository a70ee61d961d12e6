"""One edit of what a service's responses carry: the unit that every server's writer takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from revoctl.errors import PolicyError, RevoctlError

if TYPE_CHECKING:
    from revoctl.policy.headers import HeaderSetting, HeadersPolicy
    from revoctl.report.model import Fix

ACTIONS = ("set", "remove", "advise")
SCOPES = ("always", "https", "html")
MODES = ("replace", "append", "default")
HSTS = "strict-transport-security"


class Edit(msgspec.Struct, frozen=True):
    """``set`` a header to a value, ``remove`` it, or ``advise`` in words.

    ``header`` is a token (RFC 9110 section 5.6.2); a removed name may end in ``*`` and then means
    every name that begins so. ``value`` is printable text on one line, sent as UTF-8. ``scope`` is
    ``always``, ``https`` or ``html`` (documents: HTML, XHTML and answers without a type, which
    browsers may sniff). ``mode`` says how it meets the application's own header: ``replace`` all of
    its lines, ``append`` a line, or ``default`` to it. ``paths``: only answers whose path starts
    with one of these. ``note`` goes into the configuration as a comment.

    Raises :class:`~revoctl.errors.RevoctlError` ``usage.edit`` where a field cannot be meant.
    """

    action: str
    header: str = ""
    value: str = ""
    scope: str = "always"
    mode: str = "replace"
    paths: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        """Refuse what no server could be told."""
        for field, value, known in (
            ("action", self.action, ACTIONS),
            ("scope", self.scope, SCOPES),
            ("mode", self.mode, MODES),
        ):
            if value not in known:
                raise _bad(f"{field} {value!r}", f"it must be one of {', '.join(known)}")
        if self.action != "advise" and not is_name(self.header):
            raise _bad(f"header {self.header!r}", "RFC 9110 allows token characters only")
        if self.value != _one_line(self.value) or not self.value.isprintable():
            raise _bad(f"value of {self.header}", "a header is one line of printable text")
        if not all(path and path.isprintable() for path in self.paths):
            raise _bad(f"paths of {self.header}", "a path prefix is printable text")

    @property
    def key(self) -> str:
        """The header's name in lower case."""
        return self.header.lower()

    @property
    def conditional(self) -> bool:
        """Whether some answers are left alone, by scope or by path."""
        return self.scope != "always" or bool(self.paths)

    @property
    def prefix(self) -> str:
        """What removed names begin with, in lower case, if the name ends in ``*``; else empty."""
        return self.key[:-1] if self.action == "remove" and self.key.endswith("*") else ""

    @classmethod
    def of_fix(cls, fix: Fix) -> Edit | None:
        """The edit that a finding proposes; None where it says nothing that can be written down.

        Strict-Transport-Security is kept to https (RFC 6797 section 7.2). Cookies are the
        application's: to set or remove Set-Cookie as a whole would log everybody out, so that is
        given as advice.
        """
        note, value = _one_line(fix.note), _one_line(fix.value)
        if fix.action == "advise":
            text = note or value
            return cls("advise", note=f"{fix.header}: {text}" if fix.header else text)
        if fix.action not in ACTIONS or not is_name(fix.header) or not value.isprintable():
            return None
        if fix.header.lower() == "set-cookie":
            wish = f"send {fix.header}: {value}" if fix.action == "set" else f"stop {fix.header}"
            return cls("advise", note=f"in the application, {wish}. {note}".rstrip())
        scope = "https" if fix.header.lower() == HSTS and fix.action == "set" else "always"
        return cls(fix.action, fix.header, value, scope, note=note)

    @classmethod
    def of_setting(cls, setting: HeaderSetting) -> Edit:
        """The edit that makes one header of a policy true."""
        value, note = _one_line(setting.value), _one_line(setting.note)
        return cls("set", setting.name, value, setting.scope, setting.mode, setting.paths, note)


def of_policy(policy: HeadersPolicy) -> tuple[Edit, ...]:
    """Every edit that makes a policy true: its settings, then the names it removes.

    A name that is both set and removed is set: the removal would undo it. Raises
    :class:`~revoctl.errors.PolicyError` for a removed name that cannot be a header's.
    """
    for index, name in enumerate(policy.remove):
        if not is_name(name):
            raise PolicyError(f"remove[{index}]", "is not a header name", repr(name))
    return tuple(Edit.of_setting(s) for s in policy.settings.values()) + tuple(
        Edit("remove", name) for name in policy.remove if policy.setting(name) is None
    )


def is_name(text: str) -> bool:
    """Whether it is a token, and so can be a header's name (RFC 9110 section 5.6.2)."""
    return bool(text) and all(c in _TOKEN for c in text)


_TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _bad(what: str, why: str) -> RevoctlError:
    return RevoctlError("usage.edit", f"an edit cannot have {what}", why)
