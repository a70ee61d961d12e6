"""Env files as a home of secrets: ``dotenv:PATH#NAME``, in plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from revoctl.secret import Secret
from revoctl.secrets.backends.interface import Abilities, Backend, Stored
from revoctl.secrets.dotenv import file
from revoctl.secrets.errors import Refused, conflict, missing, unsupported
from revoctl.secrets.reference import Reference

if TYPE_CHECKING:
    from revoctl.secrets.dotenv.dialects import Dialect


class DotenvBackend(Backend):
    """Files relative to ``base`` (the working directory if None), read and written in a dialect.

    ``environment`` is what expansions see besides the file; None is the process's own.
    """

    scheme = "dotenv"
    abilities = Abilities(write=True, check_and_set=True)

    def __init__(
        self,
        dialect: str = "python",
        base: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._dialect_name = dialect
        self._base = base
        self._environment = environment

    def read(self, at: Reference, version: int | None = None) -> Stored:
        """The value as a program of the dialect sees it. A missing file is a missing secret.

        Raises ``Refused`` ``secret.unreadable`` where the program would see something that
        cannot be told without running it, or programs would differ.
        """
        content = file.read(self._path(at))
        if version not in (None, content.version):
            raise unsupported(at, "a history of a file")
        reading = self._dialect.read(content.text, self._environment)
        entry = reading.last(at.key)
        if entry is None or entry.value is None:
            self._explain(at, content.text)
            why = "the file does not name it" if content.version else "there is no such file"
            raise missing(at, why)
        return Stored(Secret(entry.value), content.version)

    def names(self, under: Reference | None = None) -> Sequence[Reference]:
        """The names in the file of ``under``, ``.env`` if None."""
        path = under.path if under else ".env"
        content = file.read(self._path(Reference("dotenv", path)))
        values = self._dialect.read(content.text, self._environment).values
        return [Reference("dotenv", path, n) for n in sorted(values) if values[n] is not None]

    def write(
        self,
        at: Reference,
        value: Secret,
        expect: int | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> int:
        """Set the value in place, or in a new last line. The version is the whole file's.

        Raises, besides what the interface says, ``Refused`` ``secret.unrepresentable`` and
        ``secret.name``.
        """
        from revoctl.secrets.dotenv.edit import put

        if metadata:
            raise unsupported(at, "metadata in an env file")

        def change(content: file.Content) -> str:
            _expected(at, content, expect)
            return put(content.text, at.key, value.reveal(), self._dialect).text

        return file.rewrite(self._path(at), change)

    def delete(self, at: Reference, expect: int | None = None) -> None:
        """Remove every assignment of the name, with its line and comment. For good."""
        from revoctl.secrets.dotenv.edit import remove

        def change(content: file.Content) -> str:
            _expected(at, content, expect)
            try:
                return remove(content.text, at.key, self._dialect).text
            except KeyError:
                raise missing(at) from None

        if not self._path(at).exists():
            raise missing(at, "there is no such file")
        file.rewrite(self._path(at), change)

    @property
    def _dialect(self) -> Dialect:
        from revoctl.secrets.dotenv.dialects import dialect

        return dialect(self._dialect_name)

    def _path(self, at: Reference) -> Path:
        path = Path(at.path).expanduser()
        return self._base / path if self._base else path

    def _explain(self, at: Reference, text: str) -> None:
        """A name that stands in the file, and that its reader makes nothing of, is not missing."""
        from revoctl.secrets.dotenv.reading import lines_of

        problems = self._dialect.read(text, self._environment).problems
        lines = text.split("\n")
        for number, what in lines_of(text, problems):
            fatal = any(p.fatal for p in problems)
            if fatal or _assigns(lines[number - 1], at.key):
                where = f"line {number}: {what}"
                fix = f"correct the line, or read it in another dialect than {self._dialect_name}"
                raise Refused("secret.unreadable", f"{at} was not read", where, fix)


def _assigns(line: str, name: str) -> bool:
    head = line.lstrip("\ufeff \t").removeprefix("export ").lstrip()
    return head.startswith(name) and head[len(name) :].lstrip()[:1] in ("=", "+", "[")


def _expected(at: Reference, content: file.Content, expect: int | None) -> None:
    if expect is not None and expect != content.version:
        raise conflict(at, "the file was changed since it was read")
