"""Write edits of a header policy out as configuration, for a dozen servers and frameworks.

A server is one module and one line in :data:`SERVERS`; its ``render`` is pure.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from revoctl.errors import RevoctlError
from revoctl.headers.emit.edit import Edit, of_policy
from revoctl.headers.emit.snippet import Snippet

if TYPE_CHECKING:
    from revoctl.policy.headers import HeadersPolicy
    from revoctl.report.model import Fix

__all__ = [
    "SERVERS", "Edit", "Snippet", "check", "fix_snippet", "guess", "of_policy", "render",
    "render_profile", "servers",
]  # fmt: skip

SERVERS: dict[str, str] = {
    "nginx": "revoctl.headers.emit.nginx:render",
    "apache": "revoctl.headers.emit.apache:render",
    "caddy": "revoctl.headers.emit.caddy:render",
    "haproxy": "revoctl.headers.emit.haproxy:render",
    "envoy": "revoctl.headers.emit.envoy:render",
    "traefik": "revoctl.headers.emit.traefik:render",
    "express": "revoctl.headers.emit.express:render",
    "starlette": "revoctl.headers.emit.starlette:render",
    "asgi": "revoctl.headers.emit.asgi:render",
    "django": "revoctl.headers.emit.django:render",
    "cloudflare": "revoctl.headers.emit.cloudflare:render",
    "netlify": "revoctl.headers.emit.netlify:render",
}

Render = Callable[[Sequence[Edit]], Snippet]


def servers() -> tuple[str, ...]:
    """The names that :func:`render` knows."""
    return tuple(SERVERS)


def check(server: str) -> None:
    """Raise :class:`~revoctl.errors.RevoctlError` ``usage.server`` for a name nobody renders."""
    if server in SERVERS:
        return
    import difflib

    near = difflib.get_close_matches(server.lower(), SERVERS, 1)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(SERVERS)}"
    raise RevoctlError("usage.server", f"there is no server {server!r}", "", hint)


def render(server: str, edits: Sequence[Edit]) -> Snippet:
    """The configuration that makes ``server`` obey the edits.

    Raises :class:`~revoctl.errors.RevoctlError` ``usage.server`` for an unknown name.
    """
    check(server)
    import importlib

    module, _, name = SERVERS[server].partition(":")
    return cast(Render, getattr(importlib.import_module(module), name))(edits)


def render_profile(server: str, policy: HeadersPolicy, profile: str) -> Snippet:
    """The configuration for a whole policy; our own middleware reads ``profile`` by its name.

    Raises :class:`~revoctl.errors.RevoctlError` ``usage.server`` for an unknown name.
    """
    if server == "asgi":
        from revoctl.headers.emit.asgi import mount

        return mount(policy, profile)
    return render(server, of_policy(policy))


def fix_snippet(server: str, *fixes: Fix) -> str:
    """The text to paste for the fixes of findings; empty where they say nothing to write.

    Raises :class:`~revoctl.errors.RevoctlError` ``usage.server`` for an unknown name.
    """
    check(server)
    edits = [edit for edit in map(Edit.of_fix, fixes) if edit]
    return render(server, edits).text if edits else ""


# Product tokens (RFC 9110 section 10.2.4), lower case, as their makers document or send them.
# Gunicorn, PHP, Kestrel and CDNs say nothing of what one could configure here.
_PRODUCTS = {
    "nginx": "nginx", "openresty": "nginx", "tengine": "nginx", "angie": "nginx",
    "apache": "apache", "caddy": "caddy", "haproxy": "haproxy",
    "envoy": "envoy", "istio-envoy": "envoy", "traefik": "traefik", "express": "express",
    "uvicorn": "starlette", "hypercorn-h11": "starlette", "hypercorn-h2": "starlette",
    "starlette": "starlette", "fastapi": "starlette",
    "django": "django", "wsgiserver": "django", "daphne": "django",
}  # fmt: skip
_LONGEST_VALUE = 1000


def guess(server_header: str) -> str:
    """The server that a ``Server`` or ``X-Powered-By`` value names; empty if none of ours.

    Products are tried in order, comments left out: ``Apache/2.4.57 (Debian)`` is ``apache``, while
    ``Apache-Coyote/1.1`` and ``Apache Tomcat`` are not.
    """
    plain = server_header[:_LONGEST_VALUE].partition("(")[0].replace(",", " ").lower()
    if "tomcat" in plain:
        return ""
    products = (word.partition("/")[0] for word in plain.split())
    return next((_PRODUCTS[p] for p in products if p in _PRODUCTS), "")
