"""What is done to the headers of a response, worked out once for each kind of response."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import NamedTuple

from revoctl.errors import PolicyError
from revoctl.middleware.asgi import Field, Message
from revoctl.policy.headers import HeaderSetting, HeadersPolicy

NONCE = "{nonce}"
HSTS = "strict-transport-security"
HTML = (b"text/html", b"application/xhtml+xml")


class Plan(NamedTuple):
    """The edits of one kind of response.

    Header names in ``drop``, and those that begin with one of ``prefixes`` and are not in
    ``spared``, are taken out; then ``add`` is sent, ``noncy`` with its nonce filled in, and of
    ``defaults`` what the application did not send. ``touched`` are the names that make a response
    no plain case; ``constant`` is a plan that only drops and adds; ``clashes``
    one that has to do with what other layers send. Names are lower-case bytes.
    """

    drop: frozenset[bytes]
    touched: frozenset[bytes]
    prefixes: tuple[bytes, ...]
    spared: frozenset[bytes]
    add: list[Field]
    noncy: tuple[tuple[bytes, str], ...]
    defaults: tuple[tuple[bytes, str], ...]
    constant: bool
    clashes: bool

    def edit(self, headers: Iterable[Field], nonce: str) -> list[Field]:
        """The application's headers with the policy's; every duplicate is seen."""
        drop = self.drop
        kept = [field for field in headers if field[0].lower() not in drop]
        if self.constant:
            return kept + self.add
        if self.prefixes:
            kept = [field for field in kept if not self._unwanted(field[0].lower())]
        there = {field[0].lower() for field in kept} if self.defaults else frozenset()
        kept += self.fields(nonce, there)
        return kept

    def fields(self, nonce: str, there: Set[bytes] = frozenset()) -> list[Field]:
        """What is sent beside the application's headers, of which ``there`` are the names."""
        if self.constant:
            return self.add
        return [
            *(_filled(one, nonce) for one in self.defaults if one[0] not in there),
            *self.add,
            *(_filled(one, nonce) for one in self.noncy),
        ]

    def leaves(self, names: list[bytes]) -> bool:
        """Whether none of these lower-case names is taken out, defaulted or looked at."""
        if self.clashes or not self.touched.isdisjoint(names):
            return False
        return not self.prefixes or not any(name.startswith(self.prefixes) for name in names)

    def _unwanted(self, name: bytes) -> bool:
        return name.startswith(self.prefixes) and name not in self.spared


class Edits:
    """A policy's headers, ready to apply. Raises PolicyError for names that cannot be sent."""

    def __init__(self, policy: HeadersPolicy, touched: Set[bytes] = frozenset()) -> None:
        self._touched = touched
        self._settings = tuple(policy.settings.values())
        for setting in self._settings:
            if not setting.name.isascii():
                raise PolicyError(f"headers.{setting.name}", "is not a header name")
        # A name that is both set and removed is set: the removal would undo it.
        removed = [n.lower() for n in policy.remove if policy.setting(n) is None]
        self._drop = frozenset(n.encode() for n in removed if not n.endswith("*"))
        self._prefixes = tuple(n[:-1].encode() for n in removed if n.endswith("*"))
        self._spared = frozenset(s.name.lower().encode() for s in self._settings)
        self._paths = tuple({path for s in self._settings for path in s.paths})
        self._plans: dict[tuple[bool, bool, tuple[str, ...]], Plan] = {}
        self.by_kind = any(setting.scope == "html" for setting in self._settings)
        self.nonce = any(NONCE in setting.value for setting in self._settings)

    def plan(self, https: bool, html: bool, path: str) -> Plan:
        """The plan for a response to this path."""
        under = tuple(p for p in self._paths if path.startswith(p)) if self._paths else ()
        key = (https, html, under)
        found = self._plans.get(key)
        if found is None:
            found = self._plans[key] = self._make(https, html, under)
        return found

    def known(self, https: bool) -> Plan | None:
        """The plan of every response to a request; None if it depends on the path or the type."""
        if self.by_kind or self._paths:
            return None
        return self._plans.get((https, True, ())) or self.plan(https, True, "/")

    def plan_of(self, message: Message, https: bool, path: str) -> Plan:
        """The plan for a response that starts with this message."""
        html = not self.by_kind or is_html(message.get("headers", ()))
        return self.plan(https, html, path)

    def _make(self, https: bool, html: bool, under: tuple[str, ...]) -> Plan:
        asked = [s for s in self._settings if _applies(s, https, html, under)]
        replaced = {s.name.lower().encode() for s in asked if s.mode == "replace"}
        sent = [(s.name.lower().encode(), s.value, s.mode) for s in asked]
        given = [(name, value) for name, value, mode in sent if mode != "default"]
        defaults = tuple((name, value) for name, value, mode in sent if mode == "default")
        named = self._drop | {name for name, _, _ in sent}
        swept = bool(self._prefixes) and any(n.startswith(self._prefixes) for n in self._touched)
        return Plan(
            clashes=swept or not named.isdisjoint(self._touched),
            drop=self._drop | replaced,
            touched=self._drop | replaced | self._touched | {name for name, _ in defaults},
            prefixes=self._prefixes,
            spared=self._spared,
            add=[(name, value.encode()) for name, value in given if NONCE not in value],
            noncy=tuple((name, value) for name, value in given if NONCE in value),
            defaults=defaults,
            constant=not (self._prefixes or defaults or any(NONCE in value for _, value in given)),
        )


def _filled(field: tuple[bytes, str], nonce: str) -> Field:
    return field[0], field[1].replace(NONCE, nonce).encode()


def _applies(setting: HeaderSetting, https: bool, html: bool, under: tuple[str, ...]) -> bool:
    # RFC 6797 section 7.2: Strict-Transport-Security is never sent over plain http.
    if not https and (setting.scope == "https" or setting.name.lower() == HSTS):
        return False
    if setting.scope == "html" and not html:
        return False
    return not setting.paths or any(path in under for path in setting.paths)


def is_html(headers: Iterable[Field]) -> bool:
    """Whether browsers may take it for a document: HTML, XHTML, or no type at all."""
    kind = b""
    for field in headers:
        if field[0].lower() == b"content-type":
            kind = field[1]
    return not kind or kind.partition(b";")[0].strip().lower() in HTML
