"""What ``table``, ``markdown`` and ``html`` draw: a headline, facts, tables, details and series.

A fleet view, a rotation plan or a tuning result *is* a :class:`Document`; an audit becomes one by
:func:`revoctl.report.overview.document`. Texts are plain: a renderer escapes them, and a line feed
in a cell is a line break. Meaning is always in the words; a :class:`Tone` only repeats it.
"""

from __future__ import annotations

from enum import StrEnum

from revoctl.report.model import Model, Severity

SCHEMA = "revoctl.document/v1"


class Tone(StrEnum):
    """How a text is meant, and so its colour; ``plain`` has none."""

    PLAIN = "plain"
    GOOD = "good"
    NOTE = "note"
    WARN = "warn"
    BAD = "bad"
    CRITICAL = "critical"
    MUTED = "muted"


_SEVERITY_TONES = {
    Severity.CRITICAL: Tone.CRITICAL,
    Severity.HIGH: Tone.BAD,
    Severity.MEDIUM: Tone.WARN,
    Severity.LOW: Tone.NOTE,
    Severity.INFO: Tone.MUTED,
}


class Cell(Model, frozen=True):
    """A text with its tone."""

    text: str = ""
    tone: Tone = Tone.PLAIN


class Column(Model, frozen=True):
    """A column's title and shape.

    ``key`` names it in CSV (else made of the title). ``right`` aligns numbers. ``whole`` marks
    identifiers, which are given their width before prose is. ``under`` says that the column may
    stand below the one before it where room is scarce, after this prefix.
    """

    title: str
    key: str = ""
    right: bool = False
    whole: bool = False
    under: str | None = None


class Table(Model, frozen=True):
    """Rows of cells. ``empty`` is said instead of no rows; an ``appendix`` follows the details.

    A page that is one table needs no ``title`` besides its own.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = ()
    empty: str = ""
    appendix: bool = False


class Fact(Model, frozen=True):
    """One labelled value."""

    label: str
    value: Cell


class Headline(Model, frozen=True):
    """The verdict in a glance: a grade or figure, what it is, the verdict in words, and counts.

    ``share``, 0 to 1, is how much of a full circle the figure is, if it is one of a whole.
    """

    text: str
    caption: str = ""
    verdict: str = ""
    tone: Tone = Tone.PLAIN
    counts: tuple[Cell, ...] = ()
    share: float | None = None

    @property
    def words(self) -> str:
        """The caption, after the text where it does not hold it."""
        if not self.caption:
            return self.text
        return self.caption if self.text in self.caption else f"{self.text}: {self.caption}"


class Quote(Model, frozen=True):
    """A literal text from outside, where it stood, and when (RFC 3339)."""

    source: str
    text: str = ""
    at: str = ""


class Code(Model, frozen=True):
    """A text to copy, and what it is."""

    caption: str
    text: str


class Detail(Model, frozen=True):
    """One thing at length: unfolded in HTML and Markdown, printed under ``-v`` in a terminal."""

    title: str
    label: Cell
    group: str = ""
    facts: tuple[Fact, ...] = ()
    text: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    code: tuple[Code, ...] = ()
    links: tuple[str, ...] = ()


class Series(Model, frozen=True):
    """A curve: named points in order, each a label (a time, a step) and a value in ``unit``."""

    name: str
    points: tuple[tuple[str, float], ...]
    unit: str = ""


class Document(Model, frozen=True):
    """One page of output. ``schema`` names what it says, e.g. ``revoctl.circuits.status/v1``."""

    schema: str
    title: str
    headline: Headline | None = None
    facts: tuple[Fact, ...] = ()
    tables: tuple[Table, ...] = ()
    details: tuple[Detail, ...] = ()
    series: tuple[Series, ...] = ()
    notes: tuple[str, ...] = ()


def severity_cell(severity: Severity, text: str = "") -> Cell:
    """A severity's word, or ``text``, in its tone."""
    return Cell(text or str(severity), _SEVERITY_TONES[severity])


def row(*values: object) -> tuple[Cell, ...]:
    """A table row of cells and of anything else as text; None is an empty cell."""
    return tuple(v if isinstance(v, Cell) else Cell("" if v is None else str(v)) for v in values)


def fact(label: str, value: object, tone: Tone = Tone.PLAIN) -> Fact:
    """A labelled value of anything."""
    return Fact(label, Cell(str(value), tone))


def grade_tone(grade: str) -> Tone:
    """The tone of a letter grade: A is good, B and C ask for work, the rest is bad."""
    return {"A": Tone.GOOD, "B": Tone.NOTE, "C": Tone.WARN}.get(grade[:1], Tone.BAD)
