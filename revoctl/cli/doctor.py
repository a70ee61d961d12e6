"""``revoctl doctor``: what is right and wrong with this installation, and what to do about it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from revoctl import __version__
from revoctl.cli import exits
from revoctl.cli.options import Common, takes
from revoctl.cli.run import Run
from revoctl.errors import RevoctlError


class Finding(NamedTuple):
    """One thing that was looked at: ``ok``, ``note`` or ``fail``, what was seen, what to do."""

    wing: str
    check: str
    state: str
    seen: str
    advice: str = ""


@takes(common=Common)
def doctor(
    wing: Annotated[
        str | None, typer.Argument(help="Only this wing: install, config, headers.")
    ] = None,
    *,
    common: Common,
) -> int:
    """Check this installation: files, settings, trust, extras, certificates. Fails on any failure.

    Example: revoctl doctor
    """
    from revoctl.cli.deliver import show

    run = Run.start(common)
    checks = {"install": _install, "config": _config, "headers": _headers}
    if wing is not None and wing not in checks:
        fix = f"one of {', '.join(checks)}"
        raise RevoctlError("usage.command-line", f"doctor knows no wing {wing!r}", "", fix)
    found = [f for name, check in checks.items() if wing in (None, name) for f in check(run)]
    rows = [(f.check, f.state, f.seen, f.advice) for f in found]
    show(run, "Doctor", ("check", "state", "seen", "what to do"), rows)
    return exits.GATE_NOT_MET if any(f.state == "fail" for f in found) else exits.DONE


def _install(run: Run) -> Iterator[Finding]:
    from revoctl.profiles import shipped

    package = Path(__file__).resolve().parent.parent
    yield Finding("install", "version", "ok", f"revoctl {__version__} in {package}")
    yield Finding("install", "python", "ok", f"{platform.python_version()} at {sys.executable}")
    cached = (package / "__pycache__").is_dir()
    advice = "run: python -m compileall on the package, or unset PYTHONDONTWRITEBYTECODE"
    if cached:
        yield Finding("install", "bytecode", "ok", "cached")
    else:
        yield Finding("install", "bytecode", "note", "no cache: every start is slower", advice)
    count = len(shipped("headers"))
    state = "ok" if count else "fail"
    yield Finding(
        "install", "profiles", state, f"{count} header policies", "" if count else "reinstall"
    )
    for extra, module in (("fast", "uvloop"),):
        there = find_spec(module) is not None
        seen = "installed" if there else f"{module} is not installed"
        advice = "" if there else f"pip install 'revoctl[{extra}]'"
        yield Finding("install", f"extra [{extra}]", "ok" if there else "note", seen, advice)


def _config(run: Run) -> Iterator[Finding]:
    from revoctl.trust import TrustStore

    store = TrustStore(run.environment)
    for layer in run.settings.layers:
        trusted = store.holds(layer)
        seen = f"{layer.path} ({'trusted' if trusted else 'not trusted'})"
        advice = "" if trusted else "if it names credentials or commands: revoctl config trust"
        yield Finding("config", f"{layer.kind} settings", "ok" if trusted else "note", seen, advice)
    if not run.settings.layers:
        yield Finding("config", "settings", "ok", "no settings file: defaults apply")
    if store.path.exists() and store.path.stat().st_mode & 0o022:
        advice = f"chmod 600 {store.path}"
        yield Finding(
            "config", "trust store", "fail", f"{store.path} is writable by others", advice
        )


def _headers(run: Run) -> Iterator[Finding]:
    import ssl

    paths = ssl.get_default_verify_paths()
    count = ssl.create_default_context().cert_store_stats()["x509_ca"]
    where = paths.cafile or paths.capath or "nowhere"
    if count or paths.capath:
        yield Finding("headers", "certificate authorities", "ok", f"{count} loaded, from {where}")
    else:
        advice = "install the ca-certificates package, or set SSL_CERT_FILE"
        yield Finding("headers", "certificate authorities", "fail", "none found", advice)
    yield Finding("headers", "tls", "ok", ssl.OPENSSL_VERSION)
