"""Deliver the journals of a fleet: gate, files, standard output, exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from revoctl.cli import exits
from revoctl.cli.deliver import Delivery
from revoctl.cli.fleet_output import Result, pieces, save
from revoctl.errors import RevoctlError
from revoctl.quantities import now
from revoctl.report import waivers
from revoctl.report.fleet import Census, Fleet
from revoctl.report.fleet_summary import MOST_MISSING, document
from revoctl.report.gate import Outcome
from revoctl.report.journal import header, latest, line
from revoctl.report.model import Report
from revoctl.text import plural


class Missing(msgspec.Struct):
    """Targets of a list that no record speaks of: how many, and the first of them."""

    count: int = 0
    names: list[str] = []

    def add(self, name: str) -> None:
        """Count one."""
        self.count += 1
        if len(self.names) < MOST_MISSING:
            self.names.append(name)


class FleetDelivery:
    """Journals and what is asked of them. A ``fleet`` that was folded already is not folded again.

    ``streamed``: standard output has had its JSON lines while the scan ran.
    """

    def __init__(
        self,
        delivery: Delivery,
        paths: Sequence[Path],
        *,
        fleet: Fleet | None = None,
        missing: Missing | None = None,
        streamed: bool = False,
    ) -> None:
        self._delivery = delivery
        self._paths = paths
        self._today = now().date()
        self._missing = missing or Missing()
        self._streamed = streamed
        self.fleet = fleet or self._fold()

    def deliver(self) -> int:
        """Write, then print, then say what the gate says; the exit code.

        Raises :class:`RevoctlError` ``report.empty`` where there is nothing to judge.
        """
        fleet, missing = self.fleet, self._missing
        if not fleet.verdicts + fleet.failures + missing.count:
            why = "the list has no target, or none in this shard"
            raise RevoctlError("report.empty", "there is nothing to judge", why, "see help fleet")
        fleet.tally.failed += missing.count
        fleet.tally.total += missing.count
        outcome = fleet.tally.outcome(self._delivery.gate)
        page = document(fleet, missing.names, missing.count)
        result = Result(page, self._records, fleet.verdicts + fleet.failures)
        run = self._delivery.run
        for name, path in self._delivery.saves:
            save(path, self._pieces(name, result, file=True))
        if not (self._streamed and run.output == "jsonl"):
            for text in self._pieces(run.output, result, file=False):
                run.streams.data(text)
        self._speak(outcome)
        return self._exit(outcome)

    def _pieces(self, name: str, result: Result, *, file: bool) -> Iterator[str]:
        if name == "jsonl":
            # As they stand in the journal, so that the file is one that merge and gate read.
            return self._lines()
        return pieces(name, result, self._delivery.run.style(file=file))

    def _lines(self) -> Iterator[str]:
        head = header(self._paths[0])
        if head:
            yield line(head).decode()
        for data, _ in latest(self._paths):
            yield data.decode().rstrip("\n") + "\n"

    def _records(self) -> Iterator[Report]:
        rules = self._delivery.waivers
        for _, report in latest(self._paths):
            yield waivers.apply((report,), rules, self._today)[0][0] if rules else report

    def _fold(self) -> Fleet:
        census = Census(self._delivery.gate, self._delivery.waivers, self._today)
        for _, report in latest(self._paths):
            census.add(report)
        return census.fleet

    def _speak(self, outcome: Outcome) -> None:
        streams = self._delivery.run.streams
        for warning in self.fleet.warnings:
            streams.warn(warning)
        groups = sorted(self.fleet.errors.items(), key=lambda e: -e[1].count)
        for code, group in groups if self._delivery.run.output not in ("table",) else ():
            streams.note(f"{plural(group.count, 'target')} without a verdict: {code}")
        if self._missing.count:
            streams.warn(f"{plural(self._missing.count, 'target')} of the list have no record:")
            for name in self._missing.names:
                streams.note(f"  {name}")
        for reason in outcome.reasons:
            streams.note(f"gate: {reason}")

    def _exit(self, outcome: Outcome) -> int:
        if self._delivery.exit_zero:
            return exits.DONE
        fleet = self.fleet
        if fleet.failures and not fleet.verdicts and outcome.partial:
            alike = {exits.of(code) for code in fleet.errors}
            return alike.pop() if len(alike) == 1 else exits.PARTIAL
        codes = [exits.DONE if outcome.met else exits.GATE_NOT_MET]
        return exits.combine([*codes, exits.PARTIAL if outcome.partial else exits.DONE])


def not_before(delivery: Delivery) -> None:
    """Refuse ``--before``. Raises :class:`RevoctlError` ``usage.command-line``."""
    if delivery.before is not None:
        fix = "compare the journals afterwards: revoctl report diff BEFORE AFTER"
        raise RevoctlError(
            "usage.command-line", "--before does not go with a list of targets", "", fix
        )
