"""nginx, Apache, HAProxy and Caddy of the machine, each with a snippet, before an application.

Each serves PAGES of the application, answers 404 under /files/ by itself, and 5xx under /down.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.headers.emit.lab import Site, free_port, running, section

PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: see .ci/run)")
    return found


@contextlib.contextmanager
def nginx(folder: Path, text: str, upstream: int, pem: Path) -> Iterator[Site]:
    site = Site(free_port(), free_port())
    plain = section(text, "server { }", but="with ssl")
    tls = section(text, "server { }", "with ssl")
    pages = f"""
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
        location /files/ {{ root {folder}; }}
        location /down {{ proxy_pass http://127.0.0.1:1; }}"""
    (folder / "nginx.conf").write_text(f"""
        daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;
        events {{ }}
        http {{
        access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
        fastcgi_temp_path {folder}/f; scgi_temp_path {folder}/s; uwsgi_temp_path {folder}/u;
{section(text, "http { }", but="server { }")}
        server {{ listen 127.0.0.1:{site.port}; {pages}
{plain}
        }}
        server {{ listen 127.0.0.1:{site.tls} ssl; ssl_certificate {pem}; ssl_certificate_key {pem};
{pages}
{plain}
{tls}
        }}
        }}
""")
    argv = [program("nginx"), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    with running(argv, folder, site):
        yield site


@contextlib.contextmanager
def apache(folder: Path, text: str, upstream: int, pem: Path) -> Iterator[Site]:
    site = Site(free_port(), free_port())
    names = ("mpm_event", "authz_core", "headers", "proxy", "proxy_http", "alias", "ssl")
    modules = "\n".join(f"LoadModule {n}_module /usr/lib/apache2/modules/mod_{n}.so" for n in names)
    user = "User www-data\nGroup www-data" if os.geteuid() == 0 else ""
    host = f"""
        Redirect 404 /files/
        ProxyPass /files/ !
        ProxyPass /down http://127.0.0.1:1/ retry=0
        ProxyPass / http://127.0.0.1:{upstream}/
{section(text, "<VirtualHost>")}
"""
    (folder / "apache.conf").write_text(f"""
        ServerRoot {folder}
        DefaultRuntimeDir {folder}
        PidFile {folder}/pid
        ErrorLog {folder}/error.log
        ServerName localhost
        Listen 127.0.0.1:{site.port}
        Listen 127.0.0.1:{site.tls}
        {user}
{modules}
{section(text, "main configuration")}
        <VirtualHost 127.0.0.1:{site.port}>
{host}
        </VirtualHost>
        <VirtualHost 127.0.0.1:{site.tls}>
        SSLEngine on
        SSLCertificateFile {pem}
{host}
        </VirtualHost>
""")
    argv = [program("apache2"), "-DFOREGROUND", "-f", f"{folder}/apache.conf"]
    with running(argv, folder, site):
        yield site


@contextlib.contextmanager
def haproxy(folder: Path, text: str, upstream: int, pem: Path) -> Iterator[Site]:
    site = Site(free_port(), free_port())
    (folder / "haproxy.cfg").write_text(f"""
global
    tune.maxrewrite 16384
    tune.bufsize 65536
defaults
    mode http
    timeout client 10s
    timeout server 10s
    timeout connect 2s
    retries 0
frontend web
    bind 127.0.0.1:{site.port}
    bind 127.0.0.1:{site.tls} ssl crt {pem}
    http-request return status 404 content-type text/html string no if {{ path_beg /files/ }}
    use_backend down if {{ path_beg /down }}
    default_backend app
{text}
backend app
    server one 127.0.0.1:{upstream}
backend down
    server none 127.0.0.1:1
""")
    with running([program("haproxy"), "-db", "-f", "haproxy.cfg"], folder, site):
        yield site


@contextlib.contextmanager
def caddy(folder: Path, text: str, upstream: int, pem: Path) -> Iterator[Site]:
    site = Site(free_port(), free_port())
    pages = f"""
	handle /files/* {{
		root * {folder}
		file_server
	}}
	handle /down {{
		reverse_proxy 127.0.0.1:1
	}}
	handle {{
		reverse_proxy 127.0.0.1:{upstream}
	}}
{text}
"""
    (folder / "Caddyfile").write_text(f"""
{{
	admin off
	auto_https disable_redirects
	storage file_system {folder}
}}
http://localhost:{site.port} {{
	bind 127.0.0.1
{pages}
}}
https://localhost:{site.tls} {{
	bind 127.0.0.1
	tls {pem} {pem}
{pages}
}}
""")
    argv = [program("caddy"), "run", "--config", "Caddyfile", "--adapter", "caddyfile"]
    # Its answer must not depend on what the machine has in its environment.
    env = {"PATH": PATH, "HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    with running(argv, folder, site, env=env):
        yield site
