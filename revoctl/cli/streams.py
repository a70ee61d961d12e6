"""Data on standard output, all else on standard error, each with its own look at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import TextIO

from revoctl.errors import RevoctlError
from revoctl.redact import Redactor
from revoctl.text import printable


def coloured(choice: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether a stream gets colour: flag, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environment.get("NO_COLOR"):
        return False
    if any(environment.get(k, "0") != "0" for k in ("FORCE_COLOR", "CLICOLOR_FORCE")):
        return True
    return stream.isatty() and environment.get("TERM") != "dumb"


def width(stream: TextIO, environment: Mapping[str, str]) -> int:
    """Columns of a stream: COLUMNS, else the terminal's, else 100 for files and pipes."""
    given = environment.get("COLUMNS", "")
    if given.isdecimal() and int(given) > 0:
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 100


class Streams:
    """Where a command writes. ``quiet`` 1 keeps data only, 2 keeps the exit code only.

    What is said on standard error passes ``redactor``, which learns every credential that is read.
    """

    def __init__(self, *, quiet: int = 0, verbose: int = 0, json_errors: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self.json_errors = json_errors
        self.redactor = Redactor()

    def data(self, text: str) -> None:
        """Write the result; a missing final newline is added."""
        if self.quiet >= 2 or not text:
            return
        stream = sys.stdout
        encoding = stream.encoding or "utf-8"
        whole = text if text.endswith("\n") else text + "\n"
        stream.write(whole.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()

    def note(self, text: str) -> None:
        """Say something on standard error that ``-q`` silences."""
        if not self.quiet:
            self._say(text)

    def detail(self, text: str, level: int = 1) -> None:
        """Say something that needs ``-v`` (level 1) or ``-vv`` (level 2)."""
        if self.verbose >= level:
            self._say(text)

    def warn(self, text: str) -> None:
        """Warn on standard error."""
        if self.quiet < 2:
            self._say(f"warning: {text}")

    def error(self, error: RevoctlError) -> None:
        """Three lines: what failed, why, what to do; one JSON object under ``-o json``."""
        if self.quiet >= 2:
            return
        if self.json_errors:
            import json

            body = {"code": error.code, "what": error.what, "why": error.why, "fix": error.fix}
            sys.stderr.write(self.redactor(json.dumps({"error": body})) + "\n")
            return
        self._say(f"error: {error.what}")
        self._say(f"  why: {error.why or 'see above'} [{error.code}]")
        self._say(f"  fix: {error.fix or 'see revoctl help runbook'}")

    def _say(self, text: str) -> None:
        encoding = sys.stderr.encoding or "utf-8"
        line = printable(self.redactor(text)).encode(encoding, "backslashreplace").decode(encoding)
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
