"""When somebody should be told: rules over a registry, checked here or by Prometheus.

:class:`Alerts` watches in the process and calls back when an alert begins or ends;
:func:`prometheus_rules` writes the same rules as a Prometheus rule file over the metrics of
``metrics.page``.
"""

from __future__ import annotations

import json
from time import monotonic

from revoctl.circuits._permit import REFUSING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from revoctl.circuits._breaker import Circuit
    from revoctl.circuits._registry import Registry

REFUSES = 'revoctl_circuit_state{{state=~"open|forced_open"{names}}}'


class OpenFor:
    """A circuit has refused calls for ``seconds`` or more, half-open tries in between included.

    ``tag`` restricts it to circuits that carry the tag. Raises ValueError if not above zero.
    """

    def __init__(self, seconds: float, tag: str = "") -> None:
        if seconds <= 0:
            raise ValueError("seconds is above zero")
        self.seconds = seconds
        self.tag = tag
        self.name = "CircuitOpenFor"

    def finds(self, registry: Registry, watch: Alerts, now: float) -> Iterator[tuple[str, str]]:
        """The circuits it holds for, each with one line that says so."""
        for circuit in _of(registry, self.tag):
            since = watch.refusing_since(circuit.name)
            if since is not None and now - since >= self.seconds:
                yield circuit.name, f"{circuit.name} has not been closed for {now - since:.0f} s"

    def expression(self, registry: Registry) -> tuple[str, str, str]:
        """PromQL, how long it has to hold, and its summary."""
        names = _names(registry, self.tag)
        unclosed = f'revoctl_circuit_state{{state=~"open|forced_open|half_open"{names}}}'
        expression = f"sum by (instance, circuit) ({unclosed}) > 0"
        return expression, f"{self.seconds:.0f}s", "{{ $labels.circuit }} has not closed"


class OpenShare:
    """At least ``share`` of the circuits with a tag (of all, without one) refuse calls."""

    def __init__(self, share: float, tag: str = "") -> None:
        if not 0 < share <= 1:
            raise ValueError("share lies in (0, 1]")
        self.share = share
        self.tag = tag
        self.name = "CircuitsOpenShare"

    def finds(self, registry: Registry, watch: Alerts, now: float) -> Iterator[tuple[str, str]]:
        """The tag it holds for."""
        circuits = _of(registry, self.tag)
        refusing = sum(circuit.state in REFUSING for circuit in circuits)
        if circuits and refusing >= self.share * len(circuits):
            what = self.tag or "all circuits"
            yield what, f"{refusing} of {len(circuits)} circuits of {what} refuse calls"

    def expression(self, registry: Registry) -> tuple[str, str, str]:
        """PromQL, how long it has to hold, and its summary."""
        names = _names(registry, self.tag)
        total = f'count by (instance) (revoctl_circuit_state{{state="closed"{names}}})'
        expression = f"sum by (instance) ({REFUSES.format(names=names)}) / {total} >= {self.share}"
        return expression, "0s", f"{self.tag or 'circuits'}: {{{{ $value }}}} of them refuse calls"


class Flapping:
    """A circuit changed its state ``changes`` times or more within ``seconds``."""

    def __init__(self, changes: int = 6, seconds: float = 300.0, tag: str = "") -> None:
        if changes < 2 or seconds <= 0:
            raise ValueError("changes is at least 2, seconds above zero")
        self.changes = changes
        self.seconds = seconds
        self.tag = tag
        self.name = "CircuitFlapping"

    def finds(self, registry: Registry, watch: Alerts, now: float) -> Iterator[tuple[str, str]]:
        """The circuits it holds for."""
        for circuit in _of(registry, self.tag):
            recent = [e for e in circuit.machine.events if now - e.now < self.seconds]
            if len(recent) >= self.changes:
                yield circuit.name, f"{circuit.name} changed {len(recent)} times"

    def expression(self, registry: Registry) -> tuple[str, str, str]:
        """PromQL, how long it has to hold, and its summary."""
        names = _names(registry, self.tag).removeprefix(",")
        counter = f"revoctl_circuit_transitions_total{{{names}}}"
        expression = f"increase({counter}[{self.seconds:.0f}s]) >= {self.changes}"
        return expression, "0s", "{{ $labels.circuit }} flaps"


Rule = OpenFor | OpenShare | Flapping


class Alert:
    """A rule began (``active``) or ceased to hold for a ``subject``, a circuit or a tag."""

    __slots__ = ("active", "rule", "says", "subject")

    def __init__(self, rule: str, subject: str, says: str, active: bool) -> None:
        self.rule = rule
        self.subject = subject
        self.says = says
        self.active = active

    def __repr__(self) -> str:
        return f"<{'Alert' if self.active else 'Over'} {self.rule} {self.subject}: {self.says}>"


class Alerts:
    """Checks rules whenever :meth:`check` is called and tells each beginning and end once.

    ``tell(alert)`` is called for each; what it raises is counted in ``stumbles``.
    """

    def __init__(
        self, registry: Registry, rules: Iterable[Rule], tell: Callable[[Alert], object]
    ) -> None:
        self.registry = registry
        self.rules = tuple(rules)
        self.tell = tell
        self.active: dict[tuple[int, str], Alert] = {}
        self.stumbles = 0
        self._since: dict[str, float] = {}

    def check(self, now: float | None = None) -> list[Alert]:
        """What has begun or ended since the last check; ``now`` is a monotonic second."""
        now = monotonic() if now is None else now
        self._follow(now)
        found = {
            (index, subject): Alert(rule.name, subject, says, True)
            for index, rule in enumerate(self.rules)
            for subject, says in rule.finds(self.registry, self, now)
        }
        over = [self.active[key] for key in self.active if key not in found]
        told = [alert for key, alert in found.items() if key not in self.active]
        told += [Alert(a.rule, a.subject, a.says, False) for a in over]
        self.active = found
        for alert in told:
            self._tell(alert)
        return told

    def refusing_since(self, name: str) -> float | None:
        """The monotonic second since which a circuit has not been closed, None if it is."""
        return self._since.get(name)

    def _follow(self, now: float) -> None:
        for circuit in self.registry:
            if circuit.state not in (*REFUSING, "HALF_OPEN"):
                self._since.pop(circuit.name, None)
            else:
                self._since.setdefault(circuit.name, _left_closed(circuit))

    def _tell(self, alert: Alert) -> None:
        try:
            self.tell(alert)
        except Exception:  # noqa: BLE001 - a pager that is down must not stop the watch
            self.stumbles += 1


def prometheus_rules(registry: Registry, rules: Iterable[Rule], severity: str = "page") -> str:
    """The rules as a Prometheus rule file (YAML); tags become the names that carry them now."""
    lines = ["groups:", "  - name: revoctl-circuits", "    rules:"]
    for rule in rules:
        expression, held, summary = rule.expression(registry)
        lines += [
            f"      - alert: {rule.name}{_suffix(rule.tag)}",
            f"        expr: {json.dumps(expression)}",
            f"        for: {held}",
            "        labels:",
            f"          severity: {json.dumps(severity)}",
            "        annotations:",
            f"          summary: {json.dumps(summary)}",
        ]
    return "\n".join(lines) + "\n"


def _left_closed(circuit: Circuit) -> float:
    since = circuit.machine.epoch.since
    for event in reversed(circuit.machine.events):
        if event.after not in (*REFUSING, "HALF_OPEN"):
            break
        since = event.now
    return since


def _of(registry: Registry, tag: str) -> list[Circuit]:
    return registry.tagged(tag) if tag else list(registry)


def _names(registry: Registry, tag: str) -> str:
    if not tag:
        return ""
    names = "|".join(_literal(circuit.name) for circuit in registry.tagged(tag))
    return f",circuit=~{json.dumps(names, ensure_ascii=False)}"


def _literal(name: str) -> str:
    return "".join("\\" + c if c in r"\.+*?()|[]{}^$" else c for c in name)


def _suffix(tag: str) -> str:
    return "".join(part.capitalize() for part in tag.replace("-", "_").split("_"))
