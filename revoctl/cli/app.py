"""The root of the command line, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any

import typer

from revoctl import __version__
from revoctl.cli import exits
from revoctl.cli.factory import Table, group
from revoctl.cli.streams import Streams
from revoctl.errors import RevoctlError

TABLE: Table = {
    "headers": ("revoctl.cli.headers:app", "Audit HTTP security headers; write policies out."),
    "report": ("revoctl.cli.report:app", "Convert, compare, merge and gate saved reports."),
    "explain": ("revoctl.cli.explain:explain", "Say what a rule means and how to mend it."),
    "doctor": ("revoctl.cli.doctor:doctor", "Check this installation and its surroundings."),
    "config": ("revoctl.cli.config:app", "Show, locate, validate and trust settings."),
    "schema": ("revoctl.cli.schema:schema", "Print the JSON Schema of a document."),
    "demo": ("revoctl.cli.demo:demo", "Play the whole story on loopback servers."),
    "completion": ("revoctl.cli.completion:completion", "Print a shell's completion script."),
    "help": ("revoctl.cli.topics:topic", "Read a topic: exit-codes, output, environment, …"),
}

COMPLETION = "_REVOCTL_COMPLETE"

app = group("Audit, operate and score the production readiness of a service.", TABLE)


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"revoctl {__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Audit, operate and score the production readiness of a service."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line and return its exit code; what is understood leaves no traceback."""
    streams = Streams(json_errors=_wants_json(arguments))
    previous = signal.signal(signal.SIGTERM, _terminate)
    try:
        return _invoke(list(arguments))
    except RevoctlError as error:
        streams.error(error)
        return exits.of(error.code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.DONE
    except KeyboardInterrupt:
        streams.note("interrupted")
        return exits.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence: no traceback for operators
        return _own_fault(streams, error)
    finally:
        signal.signal(signal.SIGTERM, previous)


def _invoke(arguments: list[str]) -> int:
    from typer import Abort
    from typer._click.exceptions import ClickException, NoArgsIsHelpError, UsageError
    from typer.main import get_command

    command = get_command(app)
    if COMPLETION in os.environ:
        from typer._completion_classes import completion_init

        completion_init()
    try:
        outcome = command.main(arguments, prog_name="revoctl", standalone_mode=False)
    except UsageError as error:
        place = error.ctx.command_path if error.ctx else "revoctl"
        what = error.format_message().rstrip(".")
        if isinstance(error, NoArgsIsHelpError):
            sys.stderr.write(error.format_message() + "\n")
            return exits.USAGE
        fix = f"see {place} -h"
        raise RevoctlError("usage.command-line", what, f"{place} was not run", fix) from None
    except ClickException as error:
        raise RevoctlError("usage.command-line", error.format_message()) from None
    except Abort:
        raise RevoctlError("operation.declined", "nothing was done", "you declined") from None
    return outcome if isinstance(outcome, int) else exits.DONE


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether errors are JSON, even one in the command line itself that keeps it from parsing."""
    joined = " ".join(arguments) + " "
    words = (" -o json ", " -ojson ", " -o=json ", " --output json ", " --output=json ")
    wanted = any(w in f" {joined}" or w.replace("json ", "jsonl ") in f" {joined}" for w in words)
    return wanted or os.environ.get("REVOCTL_OUTPUT") in ("json", "jsonl")


def _own_fault(streams: Streams, error: Exception) -> int:
    if os.environ.get("REVOCTL_DEBUG") == "1":
        raise error
    why = f"{type(error).__name__} was not expected here"
    fix = "run it again with REVOCTL_DEBUG=1 and report what it prints"
    streams.error(RevoctlError("internal.fault", "revoctl itself failed", why, fix))
    return exits.OUR_FAULT


def _terminate(number: int, frame: FrameType | None) -> Any:
    raise SystemExit(exits.TERMINATED)
