"""Names looked up once for a scan, so that what was checked is what is connected to."""

from __future__ import annotations

from collections.abc import Callable

from revoctl.headers.fetch import failures
from revoctl.headers.fetch.address import parse_override, why_not_public
from revoctl.headers.fetch.deadline import Deadline
from revoctl.headers.fetch.wire import Wire

_LOOPBACK = ("127.0.0.1", "::1")


class Names:
    """The addresses of names: what the operator said (``HOST:PORT:ADDRESS``), else the resolver's.

    Making one raises :class:`~revoctl.errors.RevoctlError` ``target.invalid`` for bad overrides.
    """

    def __init__(self, wire: Wire, overrides: tuple[str, ...], tell: Callable[[str], None]) -> None:
        self._wire = wire
        self._tell = tell
        self._known: dict[tuple[str, int], tuple[str, ...]] = {
            key: (address,) for key, address in map(parse_override, overrides)
        }

    async def addresses(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """All addresses of a host, at least one. Raises ``target.unresolvable``, TimeoutError."""
        known = self._known.get((host, port))
        if known is None:
            known = self._known[host, port] = await self._look_up(host, port, deadline)
        return known

    async def public(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        """All addresses of a host, every one of them public.

        Raises ``target.private-address`` if a single one is not, since the next look-up may give
        that one alone; and what :meth:`addresses` raises.
        """
        found = await self.addresses(host, port, deadline)
        for address in found:
            if why := why_not_public(address):
                raise failures.private(host, address, why)
        return found

    async def _look_up(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        name = host.rstrip(".")
        if ":" in host or name.rpartition(".")[2].isdigit():
            return (name,)
        if name == "localhost" or name.endswith(".localhost"):
            return _LOOPBACK  # RFC 6761 section 6.3: never asked of a name server
        try:
            found = await self._wire.resolve(host, port, deadline)
        except TimeoutError:
            raise
        except OSError as error:
            raise failures.unresolvable(host, error.strerror or str(error)) from None
        if not found:
            raise failures.unresolvable(host, "the resolver gives no address")
        self._tell(f"* {host} has the addresses {', '.join(found[:8])}")
        return found
