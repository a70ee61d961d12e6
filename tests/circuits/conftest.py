"""A monotonic clock that stands still until a test moves it."""

import pytest

from revoctl.circuits import _breaker, _budget, _fault, _guarded, _retry, _status, _streams


class Clock:
    """Call it for the second; ``pass_time`` moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_time(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (_breaker, _budget, _fault, _guarded, _retry, _status, _streams):
        monkeypatch.setattr(module, "monotonic", clock)
    return clock
