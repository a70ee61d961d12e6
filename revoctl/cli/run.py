"""What a command runs with: its settings, its streams and the one way to deliver a result."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from revoctl import config
from revoctl.cli.options import Common
from revoctl.cli.streams import Streams, coloured, width
from revoctl.errors import RevoctlError

if TYPE_CHECKING:
    from revoctl.render.style import Style
    from revoctl.report.details import Snippet


class Run(msgspec.Struct, frozen=True):
    """One invocation: options, effective settings, output streams, environment."""

    options: Common
    settings: config.Settings
    streams: Streams
    environment: Mapping[str, str]
    output: str
    color: str

    @classmethod
    def start(cls, options: Common) -> Run:
        """Read the settings that apply here and check the output options before any work.

        Raises :class:`RevoctlError` ``config.*``, ``usage.command-line``.
        """
        environment = os.environ
        settings = config.load(Path.cwd(), environment, options.config, files=not options.no_config)
        output = str(settings.get("output", options.output))
        color = str(settings.get("color", options.color))
        if color not in ("auto", "always", "never"):
            raise RevoctlError(
                "usage.command-line", f"--color {color} is unknown", "", "auto, always or never"
            )
        streams = Streams(
            quiet=options.quiet, verbose=options.verbose, json_errors=output in ("json", "jsonl")
        )
        return cls(options, settings, streams, environment, output, color)

    def style(self, *, file: bool = False, snippet: Snippet | None = None) -> Style:
        """How to render: for standard output, or for a file (no colour, 100 columns)."""
        from revoctl.render.style import Style

        return Style(
            width=100 if file else width(sys.stdout, self.environment),
            color=not file and coloured(self.color, sys.stdout, self.environment),
            verbose=self.options.verbose,
            snippet=snippet,
        )

    def saves(self, also: Sequence[str] = ()) -> tuple[tuple[str, Path], ...]:
        """The ``--save`` pairs, checked: known formats, existing folders.

        ``also`` names formats that only this command has, such as ``snapshot``. Raises
        :class:`RevoctlError` ``usage.save``.
        """
        return tuple(_save(text, also) for text in self.options.save)


def _save(text: str, also: Sequence[str]) -> tuple[str, Path]:
    from revoctl.render import FORMATS

    name, colon, path = text.partition(":")
    if not colon or not path:
        fix = "write it as --save sarif:findings.sarif"
        raise RevoctlError("usage.save", f"--save {text!r} lacks a path", "", fix)
    if name not in FORMATS and name not in also:
        unknown_format(name, [*FORMATS, *also])
    if not Path(path).parent.is_dir():
        why = f"the folder {Path(path).parent} does not exist"
        raise RevoctlError("usage.save", f"--save {text!r} cannot be written", why, "create it")
    return name, Path(path)


def unknown_format(name: str, known: Sequence[str]) -> None:
    """Raise :class:`RevoctlError` ``output.unknown-format`` with a suggestion."""
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    fix = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
    raise RevoctlError("output.unknown-format", f"no format is called {name!r}", "", fix)


def confirm(run: Run, question: str, *, yes: bool, no_input: bool) -> None:
    """Ask on the terminal. Raises :class:`RevoctlError` ``operation.declined``."""
    if yes:
        return
    if no_input or not sys.stdin.isatty():
        why = "it needs an answer, and there is no terminal to ask on"
        raise RevoctlError("operation.declined", "nothing was done", why, "give --yes")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise RevoctlError("operation.declined", "nothing was done", "you declined", "give --yes")
