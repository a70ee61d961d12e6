"""Real servers with a snippet in them; a server that is not installed skips, with the reason."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import trustme

from revoctl.headers.emit import Edit, render
from tests.headers.emit import applications, proxies
from tests.headers.emit.lab import Site, application

SITES = {
    "nginx": proxies.nginx,
    "apache": proxies.apache,
    "haproxy": proxies.haproxy,
    "caddy": proxies.caddy,
    "express": applications.express,
    "starlette": applications.starlette,
    "asgi": applications.starlette,
    "django": applications.django,
}
Serve = Callable[..., Site]


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost with its key, in one file."""
    path = tmp_path_factory.mktemp("tls") / "localhost.pem"
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(path)
    return path


@pytest.fixture
def serve(tmp_path: Path, pem: Path) -> Iterator[Serve]:
    """Start a server by name with edits rendered into its configuration."""
    with contextlib.ExitStack() as stack:

        def start(server: str, edits: Sequence[Edit], **options: str) -> Site:
            folder = tmp_path / server
            folder.mkdir()
            upstream = stack.enter_context(application())
            text = render(server, edits).text
            return stack.enter_context(SITES[server](folder, text, upstream, pem, **options))

        yield start
