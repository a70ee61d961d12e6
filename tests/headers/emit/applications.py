"""Express, Starlette and Django applications with a snippet in their code.

Each serves PAGES like the application behind the proxies, answers 404 under /files/ by its
framework's own page, and 500 under /down by an exception.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.headers.emit.lab import PAGES, Site, free_port, own_fields, running, section

NODE_MODULES = Path(
    os.environ.get("REVOCTL_TEST_NODE_MODULES", Path(__file__).parents[2] / "node" / "node_modules")
)


def need(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed (pip install {module})")


def _pages() -> dict[str, tuple[int, list[tuple[str, str]]]]:
    return {path: (status, own_fields(path)) for path, status in PAGES.items()}


@contextlib.contextmanager
def express(
    folder: Path, text: str, upstream: int, pem: Path, before: str = "", after: str = ""
) -> Iterator[Site]:
    """``before`` and ``after``: statements around the snippet, as other middlewares are."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (NODE_MODULES / "express").is_dir():
        pytest.skip("express is not installed (npm ci --prefix tests/node)")
    site = Site(free_port())
    (folder / "app.cjs").write_text(f"""
const express = require("express");
const app = express();
{before}
{text}
{after}
for (const [path, [status, fields]] of Object.entries({json.dumps(_pages())})) {{
  app.get(path, (req, res) => {{
    const own = {{}};
    for (const [name, value] of fields) own[name] = [...(own[name] ?? []), value];
    for (const [name, values] of Object.entries(own)) {{
      res.setHeader(name, values.length > 1 ? values : values[0]);
    }}
    res.status(status).end("ok");
  }});
}}
app.get("/head/object", (req, res) => {{
  res.writeHead(200, "Fine", {{ "X-Frame-Options": "ALLOWALL", "X-Two": ["a", "b"] }}).end();
}});
app.get("/head/flat", (req, res) => {{
  res.writeHead(200, ["X-Frame-Options", "ALLOWALL", "X-Two", "a", "X-Two", "b"]).end();
}});
app.get("/down", () => {{ throw new Error("down"); }});
app.listen({site.port}, "127.0.0.1");
""")
    env = {**os.environ, "NODE_PATH": str(NODE_MODULES), "NODE_ENV": "production"}
    with running([node, "app.cjs"], folder, site, env=env):
        yield site


@contextlib.contextmanager
def starlette(folder: Path, text: str, upstream: int, pem: Path) -> Iterator[Site]:
    need("starlette")
    need("uvicorn")
    site = Site(free_port(), free_port())
    (folder / "service.py").write_text(f"""
import asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

pages = {_pages()!r}

async def page(request):
    status, fields = pages[request.url.path]
    response = Response("ok", status)
    del response.headers["content-length"]
    response.raw_headers += [(n.encode(), v.encode()) for n, v in fields]
    return response

async def down(request):
    raise RuntimeError("down")

app = Starlette(routes=[Route("/down", down), *(Route(path, page) for path in pages)])

{text}

def server(port, **tls):
    options = dict(server_header=False, log_level="critical", lifespan="off", **tls)
    return uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, **options)).serve()

async def main():
    secure = dict(ssl_certfile={str(pem)!r}, ssl_keyfile={str(pem)!r})
    await asyncio.gather(server({site.tls}, **secure), server({site.port}))

asyncio.run(main())
""")
    with running([sys.executable, "service.py"], folder, site):
        yield site


@contextlib.contextmanager
def django(folder: Path, text: str, upstream: int, pem: Path) -> Iterator[Site]:
    need("django")
    site = Site(free_port())
    settings = section(text, "settings.py")
    (folder / "security_headers.py").write_text(section(text, "security_headers.py"))
    (folder / "settings.py").write_text(f"""
SECRET_KEY = "x"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "service"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
{settings}
""")
    (folder / "service.py").write_text(f"""
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
from wsgiref.simple_server import WSGIRequestHandler, make_server
import django
django.setup()
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpResponse
from django.urls import path as route

pages = {_pages()!r}

def page(request):
    status, fields = pages[request.path]
    response = HttpResponse("ok", status=status)
    for name, value in fields:
        response[name] = value
    return response

def bare(request):
    return HttpResponse("ok")

def down(request):
    raise RuntimeError("down")

urlpatterns = [route("down", down), route("bare", bare), *(route(p[1:], page) for p in pages)]

class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass

if __name__ == "__main__":
    make_server("127.0.0.1", {site.port}, WSGIHandler(), handler_class=Quiet).serve_forever()
""")
    with running([sys.executable, "service.py"], folder, site):
        yield site
