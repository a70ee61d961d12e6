"""The middleware beside its peers, in the process and in one run: overhead over the bare app."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import time
from pathlib import Path
from typing import Any

import pytest

from revoctl.middleware import SecurityHeaders, harden, read_policy
from tests.bench import ratio
from tests.middleware.calls import scope

pytestmark = pytest.mark.bench
REQUEST = [
    *(("host", "a.example"), ("user-agent", "bench"), ("accept", "*/*")),
    ("origin", "https://a.example"),
]
WHOLE: dict[str, Any] = {
    "trusted_proxies": [],
    "cors": {"allow_origins": ["https://a.example"]},
    "rate_limit": {"limits": ["1000000/second", "100000000/minute"]},
}
BARE_IDS = {"timing": {"request_id": False, "trace": False}}
ROUNDS, CALLS = 60, 200


async def bare(scope: Any, receive: Any, send: Any) -> None:
    """The application: one small answer."""
    fields = [(b"content-type", b"text/plain"), (b"content-length", b"2")]
    await send({"type": "http.response.start", "status": 200, "headers": fields})
    await send({"type": "http.response.body", "body": b"hi"})


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(message: Any) -> None:
    pass


def overheads(apps: dict[str, Any], rounds: int = ROUNDS) -> dict[str, float]:
    """Seconds of CPU that each costs over the bare app: best of many rounds, taken in turns."""
    best = dict.fromkeys(["bare", *apps], float("inf"))

    async def run() -> None:
        for _ in range(rounds):
            for name, app in (("bare", bare), *apps.items()):
                start = time.process_time()
                for _ in range(CALLS):
                    await app(scope("/", REQUEST), _receive, _send)
                best[name] = min(best[name], (time.process_time() - start) / CALLS)

    asyncio.run(run())
    floor = best.pop("bare")
    return {name: seconds - floor for name, seconds in best.items()}


def peers() -> dict[str, Any]:
    """The peers that are installed, each around the bare app."""
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.middleware.cors import CORSMiddleware

    async def ten(request: Any, call_next: Any) -> Any:
        answer = await call_next(request)
        for i in range(10):
            answer.headers[f"x-security-{i}"] = "value"
        return answer

    found: dict[str, Any] = {
        "CORSMiddleware": CORSMiddleware(bare, allow_origins=["https://a.example"]),
        "BaseHTTPMiddleware": BaseHTTPMiddleware(bare, ten),
    }
    if importlib.util.find_spec("secure"):
        from secure import Secure
        from secure.middleware import SecureASGIMiddleware

        found["secure"] = SecureASGIMiddleware(bare, secure=Secure.with_default_headers())
    if importlib.util.find_spec("slowapi"):
        found["slowapi"] = _slowapi()
    return found


def _slowapi() -> Any:
    from slowapi import Limiter
    from slowapi.middleware import SlowAPIASGIMiddleware
    from slowapi.util import get_remote_address
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def page(request: Any) -> Any:
        return PlainTextResponse("hi")

    app = Starlette(routes=[Route("/", page)])
    app.state.limiter = Limiter(get_remote_address, default_limits=["1000000/second"])
    mounted = SlowAPIASGIMiddleware(app)

    async def entered(scope: Any, receive: Any, send: Any) -> None:
        scope["app"] = app
        await mounted(scope, receive, send)

    return entered


def ours() -> dict[str, Any]:
    """Our middleware around the bare app, part by part."""
    ten = {"headers": {s.name: s.value for s in read_policy("revoagent").settings.values()}}
    csp = {"Content-Security-Policy": "script-src 'nonce-{nonce}'"}
    logged = {"timing": {"access_log": True}}
    return {
        "headers": SecurityHeaders(bare, ten),
        "headers with nonce": SecurityHeaders(bare, {"headers": {**ten["headers"], **csp}}),
        "whole": harden(bare, {**ten, **WHOLE, **BARE_IDS}),
        "whole with ids": harden(bare, {**ten, **WHOLE}),
        "whole with ids and log": harden(bare, {**ten, **WHOLE, **logged}),
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_beside_the_peers() -> None:
    """Security headers alone, the whole policy, and what nonce, ids and log add."""
    pytest.importorskip("starlette", reason="pip install starlette")
    with Path(os.devnull).open("w") as nowhere:
        log = logging.getLogger("revoctl.access")
        log.addHandler(logging.StreamHandler(nowhere))
        log.setLevel(logging.INFO)
        log.propagate = False
        found = overheads({**peers(), **ours()})
    cors = found["CORSMiddleware"]
    aims = {"headers": 0.2, "whole": 1.0}
    bounds = {"headers": 0.5, "whole": 2.5}
    for name in ours():
        ratio.say(f"middleware: {name} / CORSMiddleware", found[name] / cors, aims.get(name, 0))
    for name in set(found) - set(ours()) - {"CORSMiddleware"}:
        ratio.say(f"middleware: whole with ids / {name}", found["whole with ids"] / found[name], 1)
    for name, bound in bounds.items():
        assert found[name] / cors <= bound, name
