"""What is sent, and to whom: the operator's headers go to the target's own origin only."""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.fetch.session import Session
from revoctl.headers.fetch.url import Url
from revoctl.headers.fetch.wire import Link
from revoctl.redact import REDACTED

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Ask(Struct, frozen=True):
    """A request. ``extra`` are headers of this one; ``body`` says whether a body is of interest."""

    url: Url
    method: str = "GET"
    extra: tuple[tuple[str, str], ...] = ()
    body: bool = True


def request_bytes(session: Session, ask: Ask, link: Link) -> bytes:
    """The request head: ours, then the operator's headers where they may go."""
    absolute = session.proxy is not None and not session.tunnels(ask.url)
    headers = {
        "host": ("Host", ask.url.netloc),
        "user-agent": ("User-Agent", session.request.user_agent),
        "accept": ("Accept", _ACCEPT),
        "accept-encoding": ("Accept-Encoding", "gzip, deflate"),
    }
    given = (*_credentials(session, ask, link), *ask.extra)
    for name, _ in given:
        headers.pop(name.lower(), None)
    cookies = "; ".join(value for name, value in given if name.lower() == "cookie")
    lines = [*headers.values(), *(pair for pair in given if pair[0].lower() != "cookie")]
    lines += [("Cookie", cookies)] if cookies else []
    text = "".join(f"{name}: {value}\r\n" for name, value in lines)
    to_proxy = session.proxy.header if session.proxy and absolute else ""
    place = str(ask.url) if absolute else ask.url.path
    whole = f"{ask.method} {place} HTTP/1.1\r\n{text}{to_proxy}Connection: close\r\n\r\n"
    return whole.encode("utf-8")


def _credentials(session: Session, ask: Ask, link: Link) -> tuple[tuple[str, str], ...]:
    """The operator's headers if this request may carry them; a note where it may not."""
    given = session.request.headers
    if not given or session.home is None:
        return ()
    if ask.url.origin != session.home.origin:
        session.note(f"the request headers given were not sent to {ask.url.origin}")
        return ()
    if link.tls and not link.tls.verified and not session.request.trust_unverified:
        session.note("the request headers given were withheld: the certificate is not trusted")
        return ()
    return given


def shown(line: str) -> str:
    """Our own cookie of this chain is the site's secret; the operator's are redacted by value."""
    return f"Cookie: {REDACTED}" if line.startswith("Cookie: ") else line
