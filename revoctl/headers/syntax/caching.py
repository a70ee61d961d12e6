"""Cache-Control (RFC 9111 section 5.2): directives in any case, with or without an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from revoctl.headers.syntax.memory import remembered
from revoctl.headers.syntax.tokens import OWS, is_token, split_list, unquote


class CacheControl(Struct, frozen=True):
    """The directives by lower-case name (the first of several counts) and what is not one."""

    directives: Mapping[str, str]
    malformed: tuple[str, ...] = ()

    def __contains__(self, name: str) -> bool:
        return name in self.directives

    def seconds(self, name: str) -> int | None:
        """A directive's time; an unusable one counts as 0, as stale (RFC 9111 section 4.2.1)."""
        text = self.directives.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            return 0
        return int(text) if len(text) <= 10 else 2**31

    @property
    def shared_storage(self) -> bool:
        """Whether the directives let a cache between server and user keep and reuse the answer."""
        if any(word in self.directives for word in ("no-store", "private", "no-cache")):
            return False
        return self.seconds("s-maxage" if "s-maxage" in self.directives else "max-age") != 0


@remembered
def parse(lines: Sequence[str]) -> CacheControl:
    """Read all lines of Cache-Control."""
    directives: dict[str, str] = {}
    malformed: list[str] = []
    for item in split_list(lines):
        name, _, argument = item.partition("=")
        name, argument = name.rstrip(OWS).lower(), argument.lstrip(OWS)
        if is_token(name):
            content = unquote(argument)
            directives.setdefault(name, argument if content is None else content)
        elif item:
            malformed.append(item)
    return CacheControl(directives, tuple(malformed))
