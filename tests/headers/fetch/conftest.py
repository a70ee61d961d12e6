"""Scans over both wires, and one set of certificates for the run."""

import asyncio
from collections.abc import Callable

import pytest

from revoctl.headers.fetch import Request, scan, scan_async
from revoctl.headers.snapshot import Snapshot
from tests.servers.certificates import Certificates

Scan = Callable[..., Snapshot]


def _blocking(target: str, on_event: Callable[[str], None] | None = None, **options) -> Snapshot:
    return scan(Request(target, **{"timeout": 5.0, **options}), on_event)


def _asyncio(target: str, on_event: Callable[[str], None] | None = None, **options) -> Snapshot:
    request = Request(target, **{"timeout": 5.0, **options})
    return asyncio.run(scan_async(request, on_event))


@pytest.fixture(params=[_blocking, _asyncio], ids=["blocking", "asyncio"])
def take(request: pytest.FixtureRequest) -> Scan:
    """A scan of a target with options of Request, on each of the two wires."""
    return request.param


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))
