"""What to fetch and how: everything that an operator can ask of one scan."""

from __future__ import annotations

from msgspec import Struct

from revoctl import __version__
from revoctl.headers.fetch import failures

PROBES = ("http", "cors")
"""The probe families, in the order in which they are run."""
_OURS = frozenset(("connection", "content-length", "transfer-encoding", "accept-encoding"))


class Request(Struct, frozen=True):
    """One scan of one target. Checked when made: raises RevoctlError ``target.invalid``.

    ``timeout`` is the total number of seconds for everything: names, connections, TLS, redirects,
    body, probes. ``headers`` are the operator's, treated as credentials: sent to the target's own
    origin only, and never over a session whose certificate was not accepted unless
    ``trust_unverified``. ``probes`` is a subset of :data:`PROBES`. ``resolve`` holds
    ``HOST:PORT:ADDRESS``; ``proxy`` is ``http://[user:password@]host[:port]``. ``ca_file`` names
    certificates to trust besides the system's. Its ``repr`` names the target alone.
    """

    target: str
    timeout: float = 15.0
    headers: tuple[tuple[str, str], ...] = ()
    probes: frozenset[str] = frozenset()
    public_only: bool = False
    resolve: tuple[str, ...] = ()
    proxy: str = ""
    max_redirects: int = 10
    user_agent: str = f"revoctl/{__version__}"
    ca_file: str = ""
    trust_unverified: bool = False

    def __repr__(self) -> str:
        return f"Request({self.target!r})"

    def __post_init__(self) -> None:
        if not 0 < self.timeout < 86400:
            raise failures.option(
                f"a timeout of {self.timeout} s says nothing", "", "give seconds above 0"
            )
        if not 0 <= self.max_redirects <= 50:
            raise failures.option(
                f"{self.max_redirects} redirects cannot be followed", "", "give 0 to 50"
            )
        unknown = sorted(self.probes.difference(PROBES))
        if unknown:
            raise failures.option(
                f"there is no probe {unknown[0]!r}", "", f"choose from {', '.join(PROBES)}"
            )
        _check_value("User-Agent", self.user_agent)
        for name, value in self.headers:
            _check_name(name)
            _check_value(name, value)


def _check_name(name: str) -> None:
    """A header must not be able to frame our request."""
    from revoctl.headers.syntax.tokens import is_token

    if not is_token(name) or name.lower() in _OURS:
        raise failures.option(
            f"the request header {name[:40]!r} cannot be sent",
            "its name is no token, or is one that the engine sets itself",
            "give another name",
        )


def _check_value(name: str, value: str) -> None:
    """A header must not be able to end its line."""
    if any(c in value for c in "\r\n\0"):
        raise failures.option(
            f"the request header {name} cannot be sent",
            "its value holds a line break or NUL",
            "give one line",
        )
