"""One self-contained HTML file: no script, no request, nothing to install.

Its Content-Security-Policy allows its own stylesheet, by hash, and nothing else, so that even text
that got past the escaping could not run. It reads in light and dark, on a phone and on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from revoctl.render.items import need_document
from revoctl.report.document import Cell, Detail, Document, Headline, Series, Table, Tone
from revoctl.text import lines, one_line

if TYPE_CHECKING:
    from jinja2 import Template

    from revoctl.render.style import Style

OPEN_AT_MOST = 40
_LOUD = (Tone.CRITICAL, Tone.BAD)


def render(item: object, style: Style) -> str:
    """A page, or an audit with all its details."""
    document = need_document(item, style, "html", verbose=1)
    css = _resource("report.css")
    tables = [_table(i, t) for i, t in enumerate(document.tables) if t.rows or t.empty]
    page = _template().render(
        page=document,
        css=_safe(css),
        style_hash=_style_hash(css),
        badge=_badge(document.headline),
        main=[t for t in tables if not t["appendix"]],
        appendix=[t for t in tables if t["appendix"]],
        groups=_groups(document),
        curves=[_curve(s) for s in document.series],
    )
    return page.strip() + "\n"


def _template() -> Template:
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    def shown(value: Any) -> Any:
        return lines(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=shown,
    )
    environment.tests["linkable"] = linkable
    return environment.from_string(_resource("report.html.j2"))


def linkable(url: str) -> bool:
    """Whether an address may be a link: absolute http or https, without odd characters."""
    return url.startswith(("https://", "http://")) and url.isascii() and url.isprintable()


def _resource(name: str) -> str:
    from importlib.resources import files

    return files("revoctl.render").joinpath(name).read_text("utf-8")


def _safe(css: str) -> Any:
    from markupsafe import Markup

    return Markup(css)  # noqa: S704 - our own file, and a hash of it stands in the policy


def _style_hash(css: str) -> str:
    import base64
    import hashlib

    return "sha256-" + base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()


def _badge(headline: Headline | None) -> dict[str, object] | None:
    if headline is None or not headline.text:
        return None
    text = one_line(headline.text)
    size = max(12, min(50, 150 // max(len(text), 1)))
    return {
        "text": text,
        "label": one_line(headline.words),
        "tone": headline.tone,
        "arc": round(headline.share * 100, 1) if headline.share else None,
        "size": size,
        "baseline": round(60 + size * 0.36, 1),
    }


def _table(number: int, table: Table) -> dict[str, object]:
    below = [column.under == "" and i > 0 for i, column in enumerate(table.columns)]
    return {
        "number": number,
        "title": table.title,
        "columns": [c for c, under in zip(table.columns, below, strict=True) if not under],
        "rows": [_stack(row, below) for row in table.rows],
        "empty": table.empty,
        "appendix": table.appendix,
    }


def _stack(row: Sequence[Cell], below: Sequence[bool]) -> list[list[Cell]]:
    """The cells of a row, each with those that stand under it."""
    stacks: list[list[Cell]] = []
    for cell, under in zip(row, below, strict=True):
        if under and cell.text:
            stacks[-1].append(cell)
        elif not under:
            stacks.append([cell])
    return stacks


def _groups(document: Document) -> dict[str, list[dict[str, object]]]:
    few = len(document.details) <= OPEN_AT_MOST
    groups: dict[str, list[dict[str, object]]] = {}
    for detail in document.details:
        groups.setdefault(detail.group, []).append(_detail(detail, few))
    return groups


def _detail(detail: Detail, few: bool) -> dict[str, object]:
    return {
        "label": detail.label,
        "title": detail.title,
        "open": few and detail.label.tone in _LOUD,
        "facts": detail.facts,
        "text": detail.text,
        "quotes": detail.quotes,
        "code": detail.code,
        "links": detail.links,
    }


def _curve(series: Series) -> dict[str, str]:
    values = [value for _, value in series.points if value - value == 0]
    if not values:
        return {"name": series.name, "scale": "no points", "points": ""}
    scale = f"{min(values):g} to {max(values):g}, last {values[-1]:g} {series.unit}".strip()
    return {"name": series.name, "scale": scale, "points": _polyline(values)}


def _polyline(values: Sequence[float]) -> str:
    low, span = min(values), (max(values) - min(values)) or 1.0
    step = 100 / max(len(values) - 1, 1)
    return " ".join(
        f"{i * step:.2f},{28 - (v - low) / span * 26:.2f}" for i, v in enumerate(values)
    )
