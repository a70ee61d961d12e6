"""The security headers of a policy for WSGI applications, such as Flask's and Django's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from revoctl.middleware.forwarded import Proxies
from revoctl.middleware.nonce import fresh
from revoctl.middleware.plan import Edits, is_html
from revoctl.policy.headers import HeadersPolicy

Environ = dict[str, Any]
StartResponse = Callable[..., Callable[[bytes], object]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
NONCE_KEY = "revoctl.csp_nonce"
"""Where a template finds the nonce in the WSGI environment."""


class SecurityHeaders:
    """The twin of the ASGI class, with the same policy and the same edits.

    Mount it outside: ``app.wsgi_app = SecurityHeaders(app.wsgi_app, policy)`` for Flask,
    ``application = SecurityHeaders(get_wsgi_application(), policy)`` for Django. The nonce is
    ``environ["revoctl.csp_nonce"]``. PEP 3333: an application may call ``start_response`` again
    with ``exc_info`` before anything was sent; its last headers count, and get the policy's.
    """

    def __init__(
        self,
        app: Application,
        policy: HeadersPolicy | Mapping[str, Any],
        *,
        trusted_proxies: Sequence[str] | None = None,
    ) -> None:
        if isinstance(policy, Mapping):
            policy = HeadersPolicy.from_mapping(policy)
        trusted = policy.trusted_proxies if trusted_proxies is None else trusted_proxies
        self.app = app
        self._proxies = Proxies(trusted or ())
        self._edits = Edits(policy)

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        https = self._proxies.https(_scope(environ))
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        nonce = ""
        if self._edits.nonce:
            nonce = environ[NONCE_KEY] = fresh()

        def start(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            edited = self._edit(headers, https, path, nonce)
            return (
                start_response(status, edited, exc_info)
                if exc_info
                else start_response(status, edited)
            )

        return self.app(environ, start)

    def _edit(
        self, headers: Sequence[tuple[str, str]], https: bool, path: str, nonce: str
    ) -> list[tuple[str, str]]:
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        html = not self._edits.by_kind or is_html(raw)
        edited = self._edits.plan(https, html, path or "/").edit(raw, nonce)
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in edited]


def _scope(environ: Mapping[str, Any]) -> dict[str, Any]:
    """As much of the ASGI scope as proxies are judged by."""
    told = environ.get("HTTP_X_FORWARDED_PROTO", "").encode("latin-1")
    address = environ.get("REMOTE_ADDR", "")
    return {
        "scheme": environ.get("wsgi.url_scheme", "http"),
        "client": (address, 0) if address else None,
        "headers": [(b"x-forwarded-proto", told)] if told else [],
    }
