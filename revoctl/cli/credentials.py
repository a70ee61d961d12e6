"""Request headers whose values stay out of argv: from a file, the environment or a command."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from revoctl.errors import RevoctlError
from revoctl.files import read

SENSITIVE = ("authorization", "proxy-authorization", "cookie")
LONGEST = 64 << 10
COMMAND_SECONDS = 30


def parse(text: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """Read ``NAME=@FILE``, ``NAME=env:VAR`` or, for harmless headers, ``NAME=VALUE``.

    Raises :class:`RevoctlError` ``credential.literal`` or ``credential.unreadable``.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        fix = "write --header 'Authorization=env:TOKEN' or 'X-Tenant=@tenant.txt'"
        raise RevoctlError("usage.command-line", "a --header has no '='", "", fix)
    return name.strip(), resolve(name.strip(), value, environment)


def proxy(text: str, environment: Mapping[str, str]) -> str:
    """A proxy's URL; one with a password comes from ``env:VAR`` or ``@FILE``.

    Raises as :func:`parse` does.
    """
    if not text:
        return ""
    sensitive = "@" in text[1:]
    return resolve("Proxy-Authorization" if sensitive else "proxy", text, environment)


def resolve(
    name: str,
    value: Any,
    environment: Mapping[str, str],
    permit: Callable[[str], object] = str,
) -> str:
    """The value of one request header.

    ``permit`` is told what is about to happen (send a credential, run a command) and raises where
    that is not allowed. Raises as :func:`parse` does.
    """
    if isinstance(value, dict):
        argv = value.get("command")
        permit(f"run {argv}")
        return _checked(name, _command(name, argv))
    text = str(value)
    if text.startswith("env:"):
        permit(f"send {name} from the environment variable {text[4:]}")
        found = environment.get(text[4:])
        if not found:
            raise _unreadable(name, f"the environment variable {text[4:]} is not set")
        return _checked(name, found)
    if text.startswith("@"):
        permit(f"send {name} from the file {text[1:]}")
        return _checked(
            name, read(Path(text[1:]).expanduser(), "the header", LONGEST).decode("latin-1")
        )
    if name.lower() in SENSITIVE:
        raise RevoctlError(
            "credential.literal",
            f"a literal {name} is refused",
            "the command line is visible to every user of this machine, and stays in its history",
            f"write {name}=@FILE or {name}=env:VARIABLE",
        )
    permit(f"send {name}")
    return _checked(name, text)


def _command(name: str, argv: Any) -> str:
    if not isinstance(argv, list) or not argv or not all(isinstance(a, str) for a in argv):
        raise _unreadable(name, "its command must be a list of texts: a program and its arguments")
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - an argument list of a trusted file, and no shell
            argv, capture_output=True, timeout=COMMAND_SECONDS, check=False, env=dict(os.environ)
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unreadable(name, f"{argv[0]} did not run: {type(error).__name__}") from None
    if done.returncode != 0:
        raise _unreadable(name, f"{argv[0]} ended with exit code {done.returncode}")
    return done.stdout.decode("latin-1")


def _checked(name: str, value: str) -> str:
    value = value.rstrip("\r\n")
    if not value or any(c in value for c in "\r\n\0"):
        raise _unreadable(name, "its value is empty or has several lines")
    return value


def _unreadable(name: str, why: str) -> RevoctlError:
    fix = "mend the source of the value; its content is never shown"
    return RevoctlError("credential.unreadable", f"the header {name} has no value", why, fix)
