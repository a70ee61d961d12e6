"""The manager for coroutines: the same calls, made on threads so that the loop never waits."""

from __future__ import annotations

from revoctl.secret import Secret
from revoctl.secrets.manager import Answer, SecretsManager


class AsyncSecretsManager:
    """Wraps a manager; both may be used at once. Raises what the manager raises."""

    def __init__(self, manager: SecretsManager) -> None:
        self._manager = manager

    async def get(self, name: str) -> Secret:
        """See :meth:`SecretsManager.get`."""
        return (await self.answer(name)).secret

    async def answer(self, name: str) -> Answer:
        """See :meth:`SecretsManager.answer`."""
        import asyncio

        return await asyncio.to_thread(self._manager.answer, name)

    async def find(self, name: str, default: str | None = None) -> Secret | None:
        """See :meth:`SecretsManager.find`."""
        import asyncio

        return await asyncio.to_thread(self._manager.find, name, default)

    async def put(self, name: str, value: Secret, expect: int | None = None) -> int:
        """See :meth:`SecretsManager.put`."""
        import asyncio

        return await asyncio.to_thread(self._manager.put, name, value, expect)

    async def refresh(self, name: str) -> Secret:
        """See :meth:`SecretsManager.refresh`."""
        import asyncio

        return await asyncio.to_thread(self._manager.refresh, name)

    async def check(self, *names: str) -> None:
        """See :meth:`SecretsManager.check`."""
        import asyncio

        await asyncio.to_thread(self._manager.check, *names)

    async def close(self) -> None:
        """See :meth:`SecretsManager.close`."""
        import asyncio

        await asyncio.to_thread(self._manager.close)
