"""Options that many commands share, as frozen sets; :func:`takes` adds a set to a command.

Every leaf command takes its options itself, so that they may stand anywhere after its name.
"""

# No postponed annotations here: what typer reads of them would have to be compiled at every start.
import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer


def _formats(incomplete: str) -> list[str]:
    from revoctl.render import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


class Common(msgspec.Struct, frozen=True):
    """What every command takes: format, colour, noise and settings files."""

    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT",
            help="Format on standard output; see help output.",
            autocompletion=_formats,
            show_default=False,
        ),
    ] = None
    save: Annotated[
        list[str],
        typer.Option(
            "--save", metavar="FORMAT:PATH", help="Also write a file, as a whole; may be repeated."
        ),
    ] = ()  # type: ignore[assignment]
    color: Annotated[
        str | None, typer.Option("--color", metavar="auto|always|never", help="Colour.")
    ] = None
    quiet: Annotated[
        int,
        typer.Option(
            "-q",
            "--quiet",
            count=True,
            help="Data only; twice: exit code only.",
            show_default=False,
        ),
    ] = 0
    verbose: Annotated[
        int,
        typer.Option(
            "-v",
            "--verbose",
            count=True,
            help="More on standard error; -vv: HTTP.",
            show_default=False,
        ),
    ] = 0
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="In place of revoctl.yaml.")
    ] = None
    no_config: Annotated[bool, typer.Option("--no-config", help="Read no settings file.")] = False


class Gating(msgspec.Struct, frozen=True):
    """What an audit takes to turn its report into an exit code."""

    fail_on: Annotated[
        str | None,
        typer.Option("--fail-on", metavar="SEVERITY", help="Fail from this severity, or never."),
    ] = None
    fail_under: Annotated[
        str, typer.Option("--fail-under", metavar="SCORE|GRADE", help="Fail below this grade.")
    ] = ""
    max_errors: Annotated[
        str,
        typer.Option("--max-errors", metavar="N|P%", help="Targets that may give no verdict."),
    ] = "0"
    baseline: Annotated[
        Path | None,
        typer.Option("--baseline", metavar="FILE", help="Saved JSON: only new findings fail."),
    ] = None
    before: Annotated[
        Path | None,
        typer.Option("--before", metavar="FILE", help="Saved JSON to compare with; never gates."),
    ] = None
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit 0 whatever the findings are.")
    ] = False


class Changing(msgspec.Struct, frozen=True):
    """What every changing verb takes."""

    dry_run: Annotated[
        bool, typer.Option("-n", "--dry-run", help="Show the plan and change nothing.")
    ] = False
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False
    no_input: Annotated[bool, typer.Option("--no-input", help="Fail rather than ask.")] = False
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit trail.")] = ""


def takes(**sets: type[msgspec.Struct]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the options of each set, which it receives as one keyword argument each."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        own = inspect.signature(function, eval_str=True).parameters
        parameters = [p for name, p in own.items() if name not in sets]
        for kind in sets.values():
            parameters += _parameters(kind)

        @wraps(function)
        def command(**given: Any) -> Any:
            built = {
                name: kind(**{f: given.pop(f) for f in kind.__struct_fields__})
                for name, kind in sets.items()
            }
            return function(**given, **built)

        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {p.name: p.annotation for p in parameters}
        del command.__wrapped__  # typer would follow it to the options it must not see
        return command

    return decorate


def _parameters(kind: type[msgspec.Struct]) -> list[inspect.Parameter]:
    keyword = inspect.Parameter.KEYWORD_ONLY
    hints: dict[str, Any] = {}
    for base in reversed(kind.__mro__):  # a set may extend another
        hints |= inspect.get_annotations(base)
    pairs = zip(kind.__struct_fields__, kind.__struct_defaults__, strict=True)
    return [
        inspect.Parameter(name, keyword, default=_plain(default), annotation=hints[name])
        for name, default in pairs
    ]


def _plain(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default
