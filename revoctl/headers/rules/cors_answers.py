"""What answers say to other origins: to those of the CORS probe, and unasked."""

from __future__ import annotations

from msgspec import Struct

from revoctl.headers.page import Page, per_page
from revoctl.headers.snapshot import Hop
from revoctl.headers.syntax import cors
from revoctl.headers.syntax.cors import Cors

HEADERS = ("access-control-allow-origin", "access-control-allow-credentials", "vary")


class Answer(Struct, frozen=True):
    """What came back for an Origin; ``relation`` says how that origin stands to the target."""

    kind: str
    origin: str
    relation: str
    hop: Hop
    cors: Cors

    @property
    def echoes(self) -> bool:
        """Whether the answer admits this very origin, and not just everyone."""
        return self.cors.allow_origin == self.origin

    @property
    def preflight(self) -> bool:
        """Whether it answers the question before a request, not the request."""
        return self.kind == "cors-preflight"


@per_page
def answers(page: Page) -> tuple[Answer, ...]:
    """The answers to the probe's origins, in order."""
    return tuple(
        Answer(
            probe.kind,
            probe.origin,
            cors.relation(probe.origin, page.snapshot.target),
            probe.hops[-1],
            _read(probe.hops[-1]),
        )
        for probe in page.snapshot.probes
        if probe.kind in ("cors-get", "cors-preflight") and probe.hops
    )


@per_page
def unasked(page: Page) -> Cors:
    """What the judged response says without having been sent an Origin."""
    origins = page.values(HEADERS[0])
    if not origins:
        return _SILENT
    return cors.read(origins, page.values(HEADERS[1]), page.values("vary"))


_SILENT = Cors()


def _read(hop: Hop) -> Cors:
    found: dict[str, list[str]] = {name: [] for name in HEADERS}
    for name, value in hop.fields:
        lines = found.get(name.lower())
        if lines is not None:
            lines.append(value)
    return cors.read(found[HEADERS[0]], found[HEADERS[1]], found["vary"])


@per_page
def spoken(page: Page) -> list[tuple[Hop, Cors]]:
    """Every answer that names an origin, the judged response first."""
    own = unasked(page)
    found = [(page.hop, own)] if own.allow_origin is not None else []
    return found + [(a.hop, a.cors) for a in answers(page) if a.cors.allow_origin is not None]
