"""The Observatory's own verdicts, and how one of its inputs becomes a page."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from revoctl.headers.page import Page
from revoctl.headers.preload import PreloadEntry, PreloadList
from revoctl.headers.snapshot import Body, Field, Hop, Probe, Snapshot, Tls
from revoctl.policy.headers import HeadersPolicy

DATA = Path(__file__).parents[2] / "data" / "headers"
ORIGIN = "https://http-observatory.security.mozilla.org"
TAKEN = datetime(2026, 11, 1, tzinfo=UTC)


@cache
def load() -> dict:
    """All vectors with their provenance."""
    return json.loads(gzip.decompress((DATA / "mdn_full.json.gz").read_bytes()))


@cache
def preloaded() -> PreloadList:
    """The preload list that the verdicts were made with."""
    return PreloadList(
        {
            host: PreloadEntry(host, entry["includeSubDomains"], entry["mode"] == "force-https")
            for host, entry in load()["hsts_preload_fixture"].items()
        }
    )


def fields(lines: list[list[str]]) -> tuple[Field, ...]:
    """Header lines as they come off the wire: UTF-8 bytes read as latin-1, padding cut."""
    return tuple(
        Field(name, value.encode().decode("latin-1").strip(" \t")) for name, value in lines
    )


def page_of(given: dict) -> Page:
    """The page that the Observatory's input describes."""
    scheme, site = given["scheme"], given["site"]
    tls = Tls("TLSv1.3", given["https"]["verified"]) if scheme == "https" else None
    status, sent = given["status"], fields(given["headers"])
    final = Hop(f"{scheme}://{site}/", status, sent, tls=tls, body=Body(given["body"]))
    answer = Hop(final.url, 200, fields(given["cors_headers"]), method="OPTIONS", tls=tls)
    probes = (entrance(given), Probe("cors-preflight", ORIGIN, (answer,)))
    snapshot = Snapshot(final.url, TAKEN, (final,), probes=probes, probed=("cors", "http"))
    return Page(snapshot, HeadersPolicy("mdn", scale="mdn"), preloaded())


def entrance(given: dict) -> Probe:
    """The chain from plain http."""
    if given["http_redirects"] is None:
        return Probe("http", error="connection refused")
    good = given["http_verified"]
    return Probe(
        "http",
        hops=tuple(
            Hop(url, status, tls=Tls("TLSv1.3", good) if url.startswith("https") else None)
            for url, status in given["http_redirects"]
        ),
    )
