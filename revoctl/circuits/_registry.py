"""The circuits of a process by name, their settings, and their health in one word."""

from __future__ import annotations

from _thread import RLock

from revoctl.circuits._breaker import Circuit
from revoctl.circuits._classify import Classifier
from revoctl.circuits._fork import after_fork
from revoctl.circuits._permit import HALF_OPEN, REFUSING
from revoctl.circuits._settings import Settings
from revoctl.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from revoctl.circuits._bulkhead import Bulkhead
    from revoctl.circuits._fallback import Fallback
    from revoctl.circuits._retry import Retry
    from revoctl.circuits.events import Event

    Part = Bulkhead | Fallback | Retry

CRITICAL = "critical"
SCHEMA = "revoctl.policy.circuits/v1"
_KEYS = ("schema", "name", "title", "description", "defaults", "circuits")


class Registry:
    """Circuits by name. One name is one circuit: asking again with other rules raises.

    A configuration (:meth:`configure`) gives circuits their settings by name, those that exist and
    those to come.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        self._circuits: dict[str, Circuit] = {}
        self._defaults: dict[str, object] = {}
        self._named: dict[str, dict[str, Any]] = {}
        self._listeners: list[Callable[[Event], object]] = []
        self.parts: list[Part] = []
        after_fork(self)

    def circuit(
        self,
        name: str,
        settings: Mapping[str, object] | None = None,
        *,
        tags: Iterable[str] = (),
        record: Any = (),
        ignore: Any = (),
        judge: Any = None,
        failed_result: Any = None,
        **more: object,
    ) -> Circuit:
        """The circuit of that name, made if there is none.

        What the configuration says of the name comes before what is said here, which comes before
        the configuration's defaults. Raises ValueError if the circuit exists and anything said here
        differs from what it was made with; a bare name always finds it.
        """
        said = {**(settings or {}), **more}
        rules = {"record": record, "ignore": ignore, "judge": judge, "failed_result": failed_result}
        with self._lock:
            there = self._circuits.get(name)
            if there is None:
                return self._make(name, said, tags, rules)
        if said or tags or any(v not in ((), None) for v in rules.values()):
            self._compare(there, said, frozenset(tags), Classifier(**rules))
        return there

    def add(self, circuit: Circuit) -> Circuit:
        """Take in a circuit made elsewhere. Raises ValueError if its name is taken."""
        with self._lock:
            if self._circuits.setdefault(circuit.name, circuit) is not circuit:
                raise ValueError(f"there is another circuit named {circuit.name!r} already")
            for listener in self._listeners:
                circuit.listen(listener)
        return circuit

    def get(self, name: str) -> Circuit | None:
        """The circuit of that name; never makes one."""
        return self._circuits.get(name)

    def forget(self, name: str) -> None:
        """Leave a circuit out from now on; guards that hold it go on."""
        with self._lock:
            self._circuits.pop(name, None)

    def listen(self, listener: Callable[[Event], object]) -> None:
        """Call ``listener(event)`` for each transition of every circuit, also of those to come."""
        with self._lock:
            self._listeners.append(listener)
            for circuit in self._circuits.values():
                circuit.listen(listener)

    def show(self, part: Part) -> None:
        """Let the metrics tell of a fallback, a retry or a bulkhead too, by its ``name``."""
        with self._lock:
            if part not in self.parts:
                self.parts.append(part)

    def configure(self, profile: str | Mapping[str, Any], actor: str = "") -> None:
        """Take settings from a profile by name or file, or from such a mapping.

        ``defaults`` and each of ``circuits`` hold settings, the latter ``tags`` too. Circuits that
        exist take theirs at once, between two calls. Nothing changes unless everything is valid;
        raises :class:`~revoctl.errors.PolicyError` naming the key.
        """
        data, blame = _read(profile)
        try:
            defaults, named = _parts(data)
            self._take(defaults, named, f"configured from {data.get('name', 'a mapping')}", actor)
        except PolicyError as error:
            raise blame(error) from None

    def names(self) -> list[str]:
        """What the configuration names and what exists, sorted."""
        return sorted({*self._named, *self._circuits})

    def materialise(self) -> list[Circuit]:
        """Make every circuit that the configuration names and give them."""
        return [self.circuit(name) for name in sorted(self._named)]

    def tagged(self, tag: str) -> list[Circuit]:
        """The circuits that carry a tag, by name."""
        return [circuit for circuit in self if tag in circuit.tags]

    def health(self) -> dict[str, Any]:
        """``status`` ok, degraded or failing, with how many circuits refuse and which.

        Failing: one tagged ``critical`` refuses calls, or half of all do. Degraded: any refuses or
        is half open.
        """
        states = [(circuit, circuit.state) for circuit in self]
        refusing = [circuit for circuit, state in states if state in REFUSING]
        probing = [circuit for circuit, state in states if state == HALF_OPEN]
        grave = any(CRITICAL in circuit.tags for circuit in refusing)
        failing = bool(refusing) and (grave or 2 * len(refusing) >= len(states))
        return {
            "status": "failing" if failing else "degraded" if refusing or probing else "ok",
            "open": len(refusing),
            "half_open": len(probing),
            "total": len(states),
            "circuits": [circuit.name for circuit in refusing],
        }

    def __iter__(self) -> Iterator[Circuit]:
        return iter([self._circuits[name] for name in sorted(self._circuits)])

    def __len__(self) -> int:
        return len(self._circuits)

    def __contains__(self, name: object) -> bool:
        return name in self._circuits

    def _reborn(self) -> None:
        self._lock = RLock()

    def _make(self, name: str, said: Any, tags: Iterable[str], rules: dict[str, Any]) -> Circuit:
        merged, more_tags = self._settings(name, said)
        circuit = Circuit(name, merged, tags={*tags, *more_tags}, **rules)
        circuit.said = said
        return self.add(circuit)

    def _settings(self, name: str, said: Mapping[str, object]) -> tuple[dict[str, object], Any]:
        own = dict(self._named.get(name, {}))
        tags = own.pop("tags", ())
        return {**self._defaults, **said, **own}, tags

    def _compare(
        self, there: Circuit, said: dict[str, object], tags: frozenset[str], rules: Classifier
    ) -> None:
        same = Settings.of(said) == Settings.of(there.said) and tags <= there.tags
        if not same or not rules.same_as(there.classifier):
            raise ValueError(f"the circuit {there.name!r} exists with another configuration")

    def _take(
        self, defaults: dict[str, object], named: dict[str, Any], reason: str, actor: str
    ) -> None:
        with self._lock:
            before = self._defaults, self._named
            self._defaults, self._named = defaults, named
            try:
                plans = [(c, Settings.of(self._settings(c.name, c.said)[0])) for c in self]
                for circuit, settings in plans:
                    circuit.accepts(settings)
            except (PolicyError, TypeError):
                self._defaults, self._named = before
                raise
        for circuit, settings in plans:
            circuit.configure(reason, actor, **settings.document())


def _read(profile: str | Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
    if not isinstance(profile, str):
        return profile, lambda error: error
    from revoctl import profiles

    found = profiles.load("circuits", profile)
    return found.data, found.blame


def _parts(data: Mapping[str, Any]) -> tuple[dict[str, object], dict[str, dict[str, Any]]]:
    for key in data:
        if key not in _KEYS:
            raise PolicyError(str(key), "is no key of a profile of circuits")
    if data.get("schema", SCHEMA) != SCHEMA:
        raise PolicyError("schema", f"is {data['schema']!r}, not {SCHEMA}")
    defaults = _mapping("defaults", data.get("defaults"))
    _checked("defaults", defaults, {})
    named = {}
    for name, values in _mapping("circuits", data.get("circuits")).items():
        named[name] = _mapping(f"circuits.{name}", values)
        _tags(f"circuits.{name}.tags", named[name].get("tags", []))
        own = {key: value for key, value in named[name].items() if key != "tags"}
        _checked(f"circuits.{name}", own, defaults)
    return defaults, named


def _mapping(key: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise PolicyError(key, "is not a mapping of names")
    return value


def _tags(key: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise PolicyError(key, "is not a list of words")


def _checked(key: str, own: dict[str, object], below: dict[str, object]) -> None:
    try:
        Settings.of({**below, **own})
    except PolicyError as error:
        raise PolicyError(
            f"{key}.{error.key}", error.what.removeprefix(error.key).strip(), error.why, error.fix
        ) from None
