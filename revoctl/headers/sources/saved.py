"""Our own snapshots as JSON: what is saved is read back exactly."""

from __future__ import annotations

from datetime import UTC

import msgspec
from msgspec.structs import replace

from revoctl.headers.fetch.redaction import redact_cookies
from revoctl.headers.snapshot import SCHEMA, Hop, Snapshot
from revoctl.headers.sources.problems import bad_format

MAX_SIZE = 64 << 20


class _Kind(msgspec.Struct):
    schema: str = SCHEMA


def save(snapshot: Snapshot) -> bytes:
    """The snapshot as one line of JSON; the schema's name is always written."""
    plain = msgspec.to_builtins(snapshot)
    return msgspec.json.encode({"schema": snapshot.schema, **plain}) + b"\n"


def from_saved(data: bytes) -> Snapshot:
    """The snapshot that :func:`save` wrote; cookie values, should any be there, are replaced.

    Raises :class:`~revoctl.errors.RevoctlError` ``source.format``.
    """
    if len(data) > MAX_SIZE:
        raise bad_format("this snapshot is too large", f"it has more than {MAX_SIZE >> 20} MiB")
    try:
        kind = msgspec.json.decode(data, type=_Kind).schema
        if kind != SCHEMA:
            raise bad_format("this is no snapshot", f"its schema is {kind[:60]!r}, not {SCHEMA}")
        snapshot = msgspec.json.decode(data, type=Snapshot)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise bad_format("this is no snapshot", str(error)) from None
    if not snapshot.hops:
        raise bad_format("this is no snapshot", "it holds no answer")
    return _clean(snapshot)


def _clean(snapshot: Snapshot) -> Snapshot:
    probes = tuple(replace(p, hops=_hops(p.hops)) for p in snapshot.probes)
    taken = snapshot.taken if snapshot.taken.tzinfo else snapshot.taken.replace(tzinfo=UTC)
    return replace(snapshot, taken=taken, hops=_hops(snapshot.hops), probes=probes)


def _hops(hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    return tuple(replace(hop, fields=redact_cookies(hop.fields)) for hop in hops)
