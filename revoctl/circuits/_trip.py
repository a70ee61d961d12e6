"""When a window says that the dependency is failing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from revoctl.circuits._permit import Epoch
    from revoctl.circuits._settings import Settings

MILLION = 1_000_000


def share(settings: Settings) -> bool:
    """Whether a share of the window can trip, not only failures in a row."""
    return settings.failure_rate is not None or settings.slow_call_rate is not None


def verdict(settings: Settings, epoch: Epoch, now: float) -> str:
    """Why the circuit has to open after what its window holds now, with numbers; empty if not."""
    window = epoch.window
    if window is None:
        return ""
    row = window.streak(epoch.clean, now)
    if settings.failure_threshold is not None and row >= settings.failure_threshold:
        return f"{row} failures in a row"
    if not share(settings):
        return ""
    calls, failures, slow = window.counts(epoch.clean, now)
    if calls < settings.minimum_calls:
        return ""
    if _reaches(failures, calls, settings.failure_rate):
        return f"{failures} of {calls} calls failed, the limit is {settings.failure_rate:.4g}"
    if _reaches(slow, calls, settings.slow_call_rate):
        return f"{slow} of {calls} calls were slow, the limit is {settings.slow_call_rate:.4g}"
    return ""


def _reaches(part: int, whole: int, rate: float | None) -> bool:
    """``part`` ≥ ``rate`` · ``whole``, in millionths: 0.07 · 100 is above 7 in floating point."""
    return rate is not None and part * MILLION >= round(rate * MILLION) * whole
