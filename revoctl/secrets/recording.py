"""Put what a manager does on the audit trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from revoctl.secrets.access import Recorder
    from revoctl.trail import Trail


def _now() -> datetime:
    return datetime.now(UTC)


def recorder(trail: Trail, actor: str, clock: Callable[[], datetime] = _now) -> Recorder:
    """A recorder for :class:`SecretsManager`: one durable record per call, named ``secret.<op>``.

    Raises what :meth:`Trail.append` raises; the operation then does not happen.
    """

    def record(operation: str, secret: str, **facts: Any) -> None:
        trail.append(clock(), actor, f"secret.{operation}", secret, **facts)

    return record
