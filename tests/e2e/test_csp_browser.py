"""A proposed policy in a real browser, and the browser's own reports read again."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.conftest import REVOCTL, Run

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(not BROWSER, reason="chromium is not installed")

PIXEL = bytes.fromhex(
    "47494638396101000100800000ffffff00000021f90400000000002c00000000010001000002024401003b"
)
PAGE = """<!doctype html>\r
<html><head><meta charset="utf-8"><title>before</title>
<link rel="stylesheet" href="/site.css"><link rel="icon" href="data:,">
<style>body { color: rgb(1, 2, 3) } /* Grüße */</style>
<script>
  // Zürich, with\r
  // two kinds of line ends
  document.title = "inline ran";
</script>
<script type="application/json">{"no": "code"}</script>
<script src="app.js"></script>
</head><body>
<img src="pixel.gif" style="width: 7px" onerror="">
<svg viewBox="0 0 1 1"><style>.a &gt; .b { fill: red }</style><path class="a" d="M0 0"/></svg>
<p id="styled">hello</p>
<script type="module">import "/module.js"; document.body.dataset.module = "ran";</script>
<script>fetch("/data.json").then((a) => a.text()).then((t) => { document.body.dataset.data = t; });
for (const e of document.querySelectorAll("#styled")) {
  document.body.dataset.color = getComputedStyle(e).color;
}</script>
</body></html>
"""
INJECTED = """<script>document.title = "pwned"</script>
<img src="x" onerror="document.title = 'pwned'"><script src="EVIL"></script></body>"""
FILES = {
    "/site.css": ("text/css", b"p{background:url(/pixel.gif)}"),
    "/app.js": ("text/javascript", b"onload = () => { document.body.dataset.app = 'ran' }"),
    "/module.js": ("text/javascript", b"export const a = 1;"),
    "/evil.js": ("text/javascript", b"document.title='pwned'"),
    "/data.json": ("application/json", b"data"),
    "/pixel.gif": ("image/gif", PIXEL),
}  # fmt: skip


@contextlib.contextmanager
def site(page: str, policy: str = "") -> Iterator[str]:
    """A site on loopback whose page has this policy."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = FILES.get(self.path, ("text/html; charset=utf-8", page.encode()))
            if self.path in ("/", "/framed") or self.path in FILES:
                self.send_response(200)
            else:
                self.send_response(404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if policy and self.path in ("/", "/framed"):
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def browse(url: str, home: Path) -> tuple[str, str]:
    """The document after it was loaded, and what the browser said of its policy."""
    assert BROWSER
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run")
    quiet = ("--disable-background-networking", "--disable-dev-shm-usage", "--disable-sync")
    log = ("--enable-logging=stderr", "--log-level=0", "--virtual-time-budget=3000")
    done = subprocess.run(
        [BROWSER, *flags, *quiet, *log, f"--user-data-dir={home}", "--dump-dom", url],
        capture_output=True,
        timeout=60,
        check=True,
    )
    console = [x for x in done.stderr.decode("utf-8", "replace").splitlines() if "CONSOLE" in x]
    return done.stdout.decode(), "\n".join(line for line in console if "Content Security" in line)


def test_a_proposed_policy_lets_the_page_work_and_stops_what_is_injected(
    revoctl: Run, tmp_path: Path
) -> None:
    """Every script, style, image and request of the page works; three injected ones do not."""
    plain = PAGE.replace(' onerror=""', "")
    with site(plain) as url:
        built = revoctl("headers", "csp", "build", url, "-o", "json")
    assert built.returncode == 0, built.stderr
    policy = json.loads(built.stdout)["policy"]
    with site(plain, policy) as url:
        dom, said = browse(url, tmp_path / "a")
    assert said == ""
    assert "<title>inline ran</title>" in dom
    for mark in ("data-app", "data-module"):
        assert f'{mark}="ran"' in dom
    assert 'data-data="data"' in dom
    assert 'data-color="rgb(1, 2, 3)"' in dom

    with site("") as elsewhere:
        script = elsewhere.replace("127.0.0.1", "localhost") + "evil.js"
        hostile = plain.replace("</body>", INJECTED.replace("EVIL", script))
        with site(hostile, policy) as url:
            dom, said = browse(url, tmp_path / "b")
        assert "<title>inline ran</title>" in dom
        assert "inline" in said
        assert "evil.js" in said
        with site(hostile) as url:
            dom, _ = browse(url, tmp_path / "c")
        assert "pwned</title>" in dom  # else the test above would prove nothing


def test_a_strict_proposal_works_with_a_nonce(revoctl: Run, tmp_path: Path) -> None:
    """With nonces in the page the strict policy runs what is marked and nothing else."""
    nonce = "cmFuZG9tIG9mIDEyOCBiaXQ"
    marked = PAGE.replace("<script", f'<script nonce="{nonce}"').replace(
        "<style", f'<style nonce="{nonce}"'
    )
    marked = marked.replace(' onerror=""', "")
    with site(PAGE) as url:
        built = revoctl("headers", "csp", "build", url, "--strict", "-o", "name")
    policy = built.stdout.strip().replace("{nonce}", nonce)
    with site(marked.replace("</body>", INJECTED), policy) as url:
        dom, said = browse(url, tmp_path / "a")
    assert "<title>inline ran</title>" in dom
    assert 'data-module="ran"' in dom
    assert "inline" in said


@contextlib.contextmanager
def collector(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """``csp report --listen`` and where it listens."""
    process = subprocess.Popen(
        [REVOCTL, "headers", "csp", "report", "--listen", "0", "--duration", "60s", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stderr
        yield process, process.stderr.readline().split()[2]
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def test_the_browsers_own_reports_are_grouped(revoctl: Run, tmp_path: Path) -> None:
    """What Chromium reports comes back as groups: the site's own to allow, inline unexplained."""
    with collector("-o", "json") as (process, endpoint):
        policy = f"default-src 'none'; img-src 'self'; report-uri {endpoint}"
        page = PAGE.replace("<p ", '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p ')
        with site(page, policy) as url:
            _, said = browse(url, tmp_path / "a")
        assert said
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0, err
    summary = json.loads(out)
    groups = {(g["directive"], g["blocked"]): g for g in summary["groups"]}
    origin = url.rstrip("/")
    assert groups["style-src-elem", origin]["verdict"] == "allow"
    assert groups["style-src-elem", origin]["source"] == "'self'"
    assert groups["script-src-elem", origin]["verdict"] == "allow"
    assert groups["script-src-elem", "inline"]["verdict"] == "unexplained"
    assert summary["policy"] == policy
    assert summary["reports"] >= 5
