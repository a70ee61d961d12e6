"""Additional questions to a target: its plain-http entrance, and origins for the CORS verdict."""

from __future__ import annotations

from msgspec.structs import replace

from revoctl.errors import RevoctlError
from revoctl.headers.fetch.chain import Chain, follow
from revoctl.headers.fetch.exchange import exchange
from revoctl.headers.fetch.outgoing import Ask
from revoctl.headers.fetch.session import Session
from revoctl.headers.fetch.url import PORTS, Url
from revoctl.headers.snapshot import Ending, Hop, Probe

FOREIGN = "https://foreign-origin.example"
"""An origin that no one can own (RFC 2606)."""
_PREFLIGHTS = ("foreign", "null")
_LONGEST_ENTRANCE = 5.0


async def probe_entrance(session: Session, first: Url, chain: Chain) -> Probe | None:
    """The chain that begins at ``http://host/``.

    For a target that is http itself that is the chain already seen. An https target on another
    port than 443 has no known entrance: nothing is asked, and a note says so.
    """
    if first.scheme == "http":
        hops = tuple(replace(hop, body=None) for hop in chain.hops)
        return Probe("http", hops=hops, ending=chain.ending)
    if first.port != PORTS["https"]:
        session.note(f"the http entrance was not asked: none is known for port {first.port}")
        return None
    url = Url("http", first.host, PORTS["http"], "/")
    try:
        deadline = session.deadline.share(0.5, _LONGEST_ENTRANCE)
        found = await follow(session, Chain(url), deadline, body=False)
    except (RevoctlError, TimeoutError) as error:
        return Probe("http", error=_error(session, error))
    return Probe("http", hops=tuple(found.hops), ending=found.ending)


def origins_for(url: Url) -> dict[str, str]:
    """The origins to try on a URL, by variant.

    ``suffix`` and ``prefix`` are what a careless match of the host's end or beginning lets in,
    ``downgrade`` its own origin over http. An IP address has no subdomains.
    """
    port = "" if url.port == PORTS[url.scheme] else f":{url.port}"
    origins = {"foreign": FOREIGN, "null": "null"}
    if ":" not in url.host:
        origins["suffix"] = f"https://{url.host.rstrip('.')}.evil.example"
    if not url.is_address:
        origins["prefix"] = f"https://evil{url.host}{port}"
        origins["subdomain"] = f"https://sub.{url.host}{port}"
    if url.scheme == "https":
        origins["downgrade"] = f"http://{url.netloc}"
    return origins


async def probe_cors(session: Session, url: Url) -> tuple[Probe, ...]:
    """A GET for each origin and a preflight (Fetch, section 4.8) for two of them.

    Redirects are not followed: the question is put to the page itself.
    """
    origins = origins_for(url)
    asks = [("cors-get", v, Ask(url, "GET", (("Origin", o),), False)) for v, o in origins.items()]
    for variant in _PREFLIGHTS:
        extra = (("Origin", origins[variant]), ("Access-Control-Request-Method", "GET"))
        asks.append(("cors-preflight", variant, Ask(url, "OPTIONS", extra, False)))
    return tuple([await _put(session, *question) for question in asks])


async def _put(session: Session, kind: str, variant: str, ask: Ask) -> Probe:
    origin = ask.extra[0][1]
    try:
        hop = await _answer(session, ask)
    except (RevoctlError, TimeoutError) as error:
        return Probe(kind, origin, (), Ending.FINAL, _error(session, error), variant)
    return Probe(kind, origin, (hop,), variant=variant)


async def _answer(session: Session, ask: Ask) -> Hop:
    session.deadline.left()
    link = await session.open(ask.url, session.deadline)
    return (await exchange(session, ask, link, session.deadline)).hop


def _error(session: Session, error: Exception) -> str:
    text = str(error) if isinstance(error, RevoctlError) else "no time was left to ask"
    return session.redactor.text(text)[:300]
