"""What a policy would change in the answers of a live target, header by header.

Unlike an audit, which lets a stricter value pass, this compares texts: what would be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from revoctl.headers.emit.plan import HTML_TYPES
from revoctl.headers.snapshot import Hop
from revoctl.policy.headers import HeaderSetting, HeadersPolicy
from revoctl.report.document import Cell, Column, Document, Headline, Table, Tone, fact, row
from revoctl.report.model import Model
from revoctl.text import plural

SCHEMA = "revoctl.headers.emit-diff/v1"
CHANGES = ("add", "change", "append", "remove", "same", "left alone")
_TONES = {"add": Tone.GOOD, "change": Tone.WARN, "append": Tone.WARN, "remove": Tone.BAD}
_NONCE = "'nonce-"


class Change(Model, frozen=True):
    """What becomes of one header: one of :data:`CHANGES`, with what is sent now and then."""

    change: str
    header: str
    now: tuple[str, ...] = ()
    then: tuple[str, ...] = ()
    why: str = ""


class Difference(Model, frozen=True):
    """The changes of one answer, and whether any is needed."""

    schema: str
    url: str
    profile: str
    changes: tuple[Change, ...]

    @property
    def needed(self) -> int:
        """How many headers would be sent otherwise than now."""
        return sum(c.change in _TONES for c in self.changes)


def difference(policy: HeadersPolicy, hop: Hop) -> Difference:
    """Compare the policy with one answer. Any answer is compared."""
    settings = [_setting(setting, hop) for setting in policy.settings.values()]
    changes = (*settings, *_removals(policy, hop))
    return Difference(
        SCHEMA, hop.url, policy.name, tuple(sorted(changes, key=lambda c: CHANGES.index(c.change)))
    )


def document(difference: Difference) -> Document:
    """The comparison as a page."""
    columns = (
        Column("Header", whole=True), Column("Change", whole=True), Column("Now"), Column("Then"),
        Column("Why"),
    )  # fmt: skip
    rows = tuple(
        row(
            c.header,
            Cell(c.change, _TONES.get(c.change, Tone.MUTED)),
            "\n".join(c.now) or "not sent",
            "\n".join(c.then) or "not sent",
            c.why,
        )
        for c in difference.changes
    )
    changes = plural(difference.needed, "header") if difference.needed else "Nothing"
    return Document(
        schema=difference.schema,
        title=f"What the policy {difference.profile} would change",
        headline=Headline(
            changes,
            f"{changes} would change",
            tone=Tone.WARN if difference.needed else Tone.GOOD,
        ),
        facts=(fact("Answer of", difference.url),),
        tables=(Table("Headers", columns, rows, "The policy says nothing."),),
    )


def _setting(setting: HeaderSetting, hop: Hop) -> Change:
    now = hop.values(setting.name.lower())
    reason = _elsewhere(setting, hop)
    if reason:
        return Change("left alone", setting.name, now, now, reason)
    if setting.mode == "default" and now:
        return Change("left alone", setting.name, now, now, "the application's own goes first")
    if setting.mode == "append" and now:
        if any(_same(value, setting.value) for value in now):
            return Change("same", setting.name, now, now)
        return Change("append", setting.name, now, (*now, setting.value))
    if not now:
        return Change("add", setting.name, (), (setting.value,))
    if len(now) == 1 and _same(now[0], setting.value):
        return Change("same", setting.name, now, now)
    return Change("change", setting.name, now, (setting.value,))


def _elsewhere(setting: HeaderSetting, hop: Hop) -> str:
    """Why this answer is not one that the setting is for; empty if it is."""
    if setting.scope == "https" and not hop.url.startswith("https:"):
        return "over https only"
    if setting.scope == "html" and not _is_html(hop):
        return "on HTML documents only"
    path = urlsplit(hop.url).path or "/"
    if setting.paths and not path.startswith(setting.paths):
        return f"under {', '.join(setting.paths)} only"
    return ""


def _is_html(hop: Hop) -> bool:
    types = hop.values("content-type")
    return not types or types[0].partition(";")[0].strip().lower() in ("", *HTML_TYPES)


def _removals(policy: HeadersPolicy, hop: Hop) -> Iterator[Change]:
    sent = dict.fromkeys(field.name.lower() for field in hop.fields)
    for name in sent:
        if policy.setting(name) is None and any(_matches(name, rule) for rule in policy.remove):
            shown = next(f.name for f in hop.fields if f.name.lower() == name)
            yield Change("remove", shown, hop.values(name), (), "the policy removes it")


def _matches(name: str, rule: str) -> bool:
    rule = rule.lower()
    return name.startswith(rule[:-1]) if rule.endswith("*") else name == rule


def _same(now: str, then: str) -> bool:
    """Whether two values are one text, whatever the white space and the nonce of this answer."""
    return _plain(now) == _plain(then)


def _plain(value: str) -> list[str]:
    return [f"{_NONCE}'" if word.startswith(_NONCE) else word for word in _words(value)]


def _words(value: str) -> list[str]:
    return value.replace(";", " ; ").replace(",", " , ").split()
