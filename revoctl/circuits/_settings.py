"""What a circuit is told: thresholds and times, checked key by key."""

from __future__ import annotations

import math

from revoctl.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COUNT = (int, 1, 1_000_000)
_SECONDS = (float, 0.001, 31_536_000)
_SHARE = (float, 0.000001, 1)

_FIELDS: dict[str, tuple[tuple[type, float, float], object]] = {
    "failure_threshold": (_COUNT, 5),
    "success_threshold": (_COUNT, 2),
    "recovery_timeout_s": (_SECONDS, 60.0),
    "recovery_backoff": ((float, 1, 10), 1.0),
    "recovery_timeout_max_s": (_SECONDS, None),
    "half_open_permits": (_COUNT, None),
    "probe_lease_s": (_SECONDS, 60.0),
    "window": (_COUNT, 100),
    "window_s": (_SECONDS, None),
    "minimum_calls": (_COUNT, 10),
    "failure_rate": (_SHARE, None),
    "slow_call_s": (_SECONDS, None),
    "slow_call_rate": (_SHARE, None),
    "timeout_s": (_SECONDS, None),
}
_OPTIONAL = frozenset(k for k, (_, v) in _FIELDS.items() if v is None) | {"failure_threshold"}


class Settings:
    """The numbers of one circuit. Immutable; equal when every number is.

    A circuit opens after ``failure_threshold`` failures in a row (null: never for that), or when of
    at least ``minimum_calls`` in the window a share of ``failure_rate`` failed, or a share of
    ``slow_call_rate`` took longer than ``slow_call_s``. The window is the last ``window`` calls, or
    those of the last ``window_s`` seconds. It stays open ``recovery_timeout_s``, times
    ``recovery_backoff`` for each time in a row that recovery failed, never above
    ``recovery_timeout_max_s``. Then up to ``half_open_permits`` probes run (by default as many as
    are needed); ``success_threshold`` good ones close it, one bad or slow one opens it again, and
    one that has not ended within ``probe_lease_s`` counts as bad. ``timeout_s`` bounds each
    asynchronous call, inside the circuit.

    Raises :class:`~revoctl.errors.PolicyError` naming the key that cannot be meant.
    """

    __slots__ = tuple(_FIELDS)

    failure_threshold: int | None
    success_threshold: int
    recovery_timeout_s: float
    recovery_backoff: float
    recovery_timeout_max_s: float | None
    half_open_permits: int | None
    probe_lease_s: float
    window: int
    window_s: float | None
    minimum_calls: int
    failure_rate: float | None
    slow_call_s: float | None
    slow_call_rate: float | None
    timeout_s: float | None

    def __init__(self, **values: object) -> None:
        for key in values:
            if key not in _FIELDS:
                raise _unknown(key)
        for key, (kind, default) in _FIELDS.items():
            object.__setattr__(self, key, _checked(key, values.get(key, default), kind))
        if "minimum_calls" not in values and self.window_s is None:
            object.__setattr__(self, "minimum_calls", min(self.minimum_calls, self.window))
        _agree(self)

    @classmethod
    def of(cls, values: Mapping[str, object], below: Settings | None = None) -> Settings:
        """Settings from a mapping, laid over others where it is silent."""
        return cls(**{**(below.document() if below else {}), **values})

    def document(self) -> dict[str, object]:
        """Every number by its key."""
        return {key: getattr(self, key) for key in _FIELDS}

    @property
    def permits(self) -> int:
        """How many probes may be under way or have succeeded while half open."""
        return self.half_open_permits or self.success_threshold

    def __setattr__(self, key: str, value: object) -> None:
        raise AttributeError(f"settings do not change; make new ones to change {key}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Settings) and self.document() == other.document()

    def __hash__(self) -> int:
        return hash(tuple(self.document().values()))

    def __repr__(self) -> str:
        said = ", ".join(f"{k}={v!r}" for k, v in self.document().items() if v != _FIELDS[k][1])
        return f"Settings({said})"


def _checked(key: str, value: object, kind: tuple[type, float, float]) -> object:
    wanted, low, high = kind
    if value is None and key in _OPTIONAL:
        return None
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or (wanted is int and not isinstance(value, int)):
        raise PolicyError(key, f"is {value!r}, not {'a whole' if wanted is int else 'a'} number")
    if not math.isfinite(value) or not low <= value <= high:  # type: ignore[arg-type,operator]
        raise PolicyError(key, f"is {value!r}", f"it must lie between {low:g} and {high:g}")
    return wanted(value)


def _agree(s: Settings) -> None:
    if s.permits < s.success_threshold:
        raise PolicyError(
            "half_open_permits",
            f"is {s.permits}",
            "fewer probes than success_threshold never close",
        )
    if s.slow_call_rate is not None and s.slow_call_s is None:
        raise PolicyError("slow_call_rate", "needs slow_call_s", "no call is slow without it")
    if s.recovery_timeout_max_s is not None and s.recovery_timeout_max_s < s.recovery_timeout_s:
        raise PolicyError("recovery_timeout_max_s", "is below recovery_timeout_s")
    rated = s.failure_rate is not None or s.slow_call_rate is not None
    if rated and s.window_s is None and s.minimum_calls > s.window:
        raise PolicyError("minimum_calls", f"is above the window of {s.window} calls")
    if s.failure_threshold is None and not rated:
        raise PolicyError("failure_threshold", "is null and no rate is set", "it would never open")


def _unknown(key: str) -> PolicyError:
    import difflib

    near = difflib.get_close_matches(key, _FIELDS, 1)
    return PolicyError(
        key, "is no setting of a circuit", "", f"did you mean {near[0]}?" if near else ""
    )
