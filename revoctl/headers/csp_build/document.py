"""A proposal as a page to read: the policy, why each source is in it, and what it will block."""

from __future__ import annotations

from revoctl.headers.csp_build.model import Proposal
from revoctl.report.document import (
    Cell,
    Code,
    Column,
    Detail,
    Document,
    Headline,
    Table,
    Tone,
    fact,
    row,
)
from revoctl.text import plural


def document(proposal: Proposal) -> Document:
    """The page of a proposal."""
    blocked = len(proposal.warnings)
    verdict = f"{plural(blocked, 'thing')} to look at" if blocked else "it covers all that was seen"
    return Document(
        schema=proposal.schema,
        title="Proposed Content-Security-Policy",
        headline=Headline(
            "Proposed policy",
            f"Proposed policy for {plural(len(proposal.pages), 'page')}",
            verdict,
            Tone.WARN if blocked else Tone.GOOD,
        ),
        facts=tuple(fact("Page", url) for url in proposal.pages[:10]),
        tables=(_uses(proposal), _warnings(proposal)),
        details=(_code(proposal),),
        notes=proposal.notes,
    )


def _uses(proposal: Proposal) -> Table:
    columns = (
        Column("Directive", whole=True),
        Column("Source", whole=True),
        Column("Uses", right=True),
        Column("For"),
    )
    rows = tuple(
        row(use.directive, use.source, use.count, "\n".join(use.examples[:3]))
        for use in proposal.uses
    )
    return Table("Why each source is there", columns, rows, empty="Nothing is loaded.")


def _warnings(proposal: Proposal) -> Table:
    columns = (
        Column("Blocked or unsafe", key="kind", whole=True),
        Column("Times", right=True),
        Column("What"),
        Column("Instead"),
        Column("Seen"),
    )
    rows = tuple(
        row(Cell(w.kind, Tone.WARN), w.count, w.title, w.advice, "\n".join(w.examples[:3]))
        for w in proposal.warnings
    )
    return Table("What the policy does not cover", columns, rows, empty="Nothing.")


def _code(proposal: Proposal) -> Detail:
    caption = "Content-Security-Policy"
    return Detail(
        "The policy, a directive a line",
        Cell("policy"),
        code=(Code(caption, proposal.policy.replace("; ", ";\n")),),
    )
