"""Read an env file as ``docker run --env-file`` does (docker/cli ``pkg/kvfile``).

A line is ``NAME=value`` up to its end, whatever it holds; a name alone takes its value from the
caller's environment; a name with white space, or a line of 64 KiB, fails the whole file. A pair of
equal quotes around a value is taken off, as the recorded verdicts do; because the released
program may keep them, no such value is ever written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from revoctl.secrets.dotenv.reading import Entry, Problem, Reading

LONGEST_LINE = (64 << 10) - 1
"""Bytes of a line: Go's ``bufio.Scanner`` gives up at 64 KiB."""


def read(text: str, environment: Mapping[str, str] | None = None) -> Reading:
    """All entries, or none and one fatal problem. Never raises."""
    known = os.environ if environment is None else environment
    entries: list[Entry] = []
    position = int(text.startswith("\ufeff"))
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        line = text[position:end].removesuffix("\r")
        body = line.lstrip()
        problem = _fault(line, body)
        if problem:
            return Reading([], [Problem(position, problem, fatal=True)])
        if body and not body.startswith("#"):
            entries += _entry(body, position + len(line) - len(body), known)
        position = end + 1
    return Reading(entries, [])


def _fault(line: str, body: str) -> str:
    if len(line.encode("utf-8", "surrogateescape")) > LONGEST_LINE:
        return "a line is longer than 64 KiB, which docker does not read"
    if any("\udc80" <= char <= "\udcff" for char in line) and not line.isascii():
        return "a line is not UTF-8, which docker does not read"
    if not body or body.startswith("#"):
        return ""
    name = body.partition("=")[0]
    if not name:
        return "a line has a value and no name, which docker does not read"
    if any(char in " \t\n\v\f\r\x85\xa0" for char in name):
        return "a name holds white space, which docker does not read"
    return ""


def _entry(body: str, start: int, known: Mapping[str, str]) -> list[Entry]:
    name, equals, value = body.partition("=")
    end = start + len(body)
    if not equals:
        return [Entry(name, known[name], start, end, end, end, True)] if name in known else []
    low = start + len(name) + 1
    return [Entry(name, _unquoted(value), start, end, low, end)]


def _unquoted(value: str) -> str:
    wrapped = len(value) >= 2 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if wrapped else value
