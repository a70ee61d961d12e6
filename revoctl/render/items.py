"""What a renderer was handed, in the shape that it works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from revoctl.errors import RevoctlError
from revoctl.report.model import Report

if TYPE_CHECKING:
    from revoctl.render.style import Style
    from revoctl.report.document import Document


def as_reports(item: object) -> tuple[Report, ...] | None:
    """A Report or a sequence of nothing but Reports as a tuple; None for anything else."""
    if isinstance(item, Report):
        return (item,)
    if isinstance(item, list | tuple) and item and all(isinstance(i, Report) for i in item):
        return tuple(item)
    return None


def need_reports(item: object, name: str) -> tuple[Report, ...]:
    """The Reports of an item, none for an empty sequence; else ``output.unsupported``."""
    reports = () if isinstance(item, list | tuple) and not item else as_reports(item)
    if reports is None:
        raise _unsupported(name, "it shows the result of an audit")
    return reports


def need_document(item: object, style: Style, name: str, *, verbose: int = 0) -> Document:
    """An item as a page, audits with at least ``verbose`` detail; else ``output.unsupported``."""
    from revoctl.report.document import Document

    if isinstance(item, Document):
        return item
    reports = as_reports(item)
    if reports is None and item not in ((), []):
        raise _unsupported(name, "this result has no page to draw")
    from revoctl.report.overview import document

    detail = max(verbose, style.verbose)
    return document(reports or (), snippet=style.snippet, verbose=detail)


def one_or_all(item: object) -> object:
    """A single Report for a sequence that holds just one; anything else as it is."""
    reports = as_reports(item)
    return reports[0] if reports and len(reports) == 1 else item


def plain(item: object) -> Any:
    """An item as mappings, lists and scalars that any encoder takes.

    Times become RFC 3339 in UTC with ``Z``, lone surrogates their visible escape, NaN and
    infinities None.
    """
    import msgspec

    tree = msgspec.to_builtins(item, builtin_types=(datetime,), order="deterministic")
    return _clean(tree)


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Mapping):
        return {_clean(key): _clean(entry) for key, entry in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [_clean(entry) for entry in value]
    if isinstance(value, datetime):
        from revoctl.text import rfc3339

        return rfc3339(value)
    if isinstance(value, float) and value - value != 0:
        return None
    return value


def encodable(text: str) -> str:
    """``text`` with lone surrogates, which UTF-8 cannot hold, as visible escapes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace").decode()
    return text


def _unsupported(name: str, why: str) -> RevoctlError:
    from revoctl.render import formats

    return RevoctlError(
        "output.unsupported",
        f"the format {name} does not fit this command",
        why,
        f"use one of {', '.join(formats('data'))}",
    )
