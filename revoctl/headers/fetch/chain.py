"""A chain of redirects followed hop by hop, each judged before it is asked."""

from __future__ import annotations

from msgspec import Struct

from revoctl.errors import RevoctlError
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.exchange import Answer, exchange
from revoctl.headers.fetch.head import REDIRECTS
from revoctl.headers.fetch.jar import Jar
from revoctl.headers.fetch.outgoing import Ask
from revoctl.headers.fetch.session import Session
from revoctl.headers.fetch.url import BadUrl, RefusedScheme, Url, resolve
from revoctl.headers.fetch.wire import Link
from revoctl.headers.snapshot import Ending, Hop


class Chain(Struct):
    """The hops so far, where they lead next (None at the end), and how it ended.

    ``last`` is the URL of the last hop as it was asked, with whatever is redacted in the hop.
    """

    url: Url | None
    last: Url | None = None
    hops: list[Hop] = []
    ending: Ending = Ending.FINAL
    detail: str = ""

    def end(self, ending: Ending, detail: str) -> None:
        """Stop here."""
        self.url, self.ending, self.detail = None, ending, detail[:300]


async def follow(
    session: Session, chain: Chain, deadline: Deadline, link: Link | None = None, body: bool = True
) -> Chain:
    """Follow a chain to its end; ``link`` is an open connection for its first request.

    What fails after the first hop ends the chain; what fails at the first is raised
    (:class:`~revoctl.errors.RevoctlError`).
    """
    jar = Jar()
    seen: set[tuple[Url, str]] = set()
    while chain.url is not None:
        url = chain.url
        cookie = jar.header(url)
        if (url, cookie) in seen:
            chain.end(Ending.LOOP, f"{url} was asked for before")
        elif len(chain.hops) > session.request.max_redirects:
            chain.end(Ending.TOO_MANY, f"more than {session.request.max_redirects} redirects")
        else:
            seen.add((url, cookie))
            extra = (("Cookie", cookie),) if cookie else ()
            await _step(session, chain, Ask(url, extra=extra, body=body), jar, deadline, link)
            link = None
    chain.detail = session.redactor.text(chain.detail)
    return chain


async def _step(
    session: Session, chain: Chain, ask: Ask, jar: Jar, deadline: Deadline, link: Link | None
) -> None:
    try:
        opened = link or await session.open(ask.url, deadline)
        answer = await exchange(session, ask, opened, deadline)
    except RevoctlError as error:
        if not chain.hops:
            raise
        private = error.code == "target.private-address"
        chain.end(Ending.REFUSED_ADDRESS if private else Ending.BROKEN, str(error))
        return
    chain.hops.append(answer.hop)
    chain.last = ask.url
    jar.learn(ask.url, answer.fields)
    _next(chain, ask.url, answer)


def _next(chain: Chain, url: Url, answer: Answer) -> None:
    """Set where the answer leads; a redirect without Location is itself the page."""
    locations = [f.value for f in answer.fields if f.name.lower() == "location"]
    if answer.hop.status not in REDIRECTS or not locations:
        chain.url = None
        return
    try:
        chain.url = resolve(url, locations[0])
    except RefusedScheme as error:
        chain.end(Ending.REFUSED_SCHEME, f"{locations[0][:200]!r}: {error}")
    except BadUrl as error:
        chain.end(Ending.BAD_LOCATION, f"{locations[0][:200]!r}: {error}")
