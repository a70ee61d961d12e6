"""``revoctl help TOPIC``: texts made from the same tables that the code uses."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Annotated

import typer

from revoctl.errors import RevoctlError


def topic(
    name: Annotated[str | None, typer.Argument(metavar="TOPIC", help="What to read about.")] = None,
) -> int:
    """Read a topic; without one, list the topics and the commands.

    Example: revoctl help exit-codes
    """
    if name is None:
        sys.stdout.write(_overview())
        return 0
    if name not in TOPICS:
        fix = f"one of {', '.join(TOPICS)}"
        raise RevoctlError("topic.unknown", f"there is no topic {name!r}", "", fix)
    sys.stdout.write(TOPICS[name][1]())
    return 0


def _overview() -> str:
    from revoctl.cli.app import TABLE

    commands = _rows({name: line for name, (_, line) in TABLE.items()})
    topics = _rows({name: line for name, (line, _) in TOPICS.items()})
    return f"Commands (each has -h):\n\n{commands}\nTopics (revoctl help TOPIC):\n\n{topics}"


def _exit_codes() -> str:
    from revoctl.cli import exits

    meanings = _rows({str(code): text for code, text in exits.MEANINGS.items()})
    by_code = _rows({code: str(number) for code, number in sorted(exits.CODES.items())})
    return (
        f"Exit codes:\n\n{meanings}\n"
        "Several outcomes at once give the first of 7, 8, 1, 10; when every target failed alike,\n"
        "the code of that failure.\n\n"
        f"Error codes (on standard error, in brackets or as JSON) and what they exit with:\n\n"
        f"{by_code}"
    )


def _output() -> str:
    from revoctl.render import FORMATS

    kinds = {"data": "any result", "document": "lists and audits", "reports": "audits"}
    rows = {n: f"for {kinds[min(f.accepts, key=list(kinds).index)]}" for n, f in FORMATS.items()}
    return (
        f"Formats of -o and --save FORMAT:PATH:\n\n{_rows(rows)}\n"
        "Data goes to standard output, all else to standard error. --save may be repeated; a file\n"
        "is written whole or not at all. headers scan can also save snapshot:FILE, which holds\n"
        "what the target answered and can be judged again with --from FILE.\n"
        "Colour: --color, then NO_COLOR, then FORCE_COLOR or CLICOLOR_FORCE, then the terminal.\n"
        "-q keeps the data only, -qq the exit code only; -v tells more, -vv each request.\n"
    )


def _environment() -> str:
    from revoctl.config import SETTINGS

    rows = {s.variable: s.help for s in SETTINGS if not isinstance(s.default, dict | list)}
    rows |= {
        "XDG_CONFIG_HOME": "folder of revoctl/config.yaml and revoctl/trust.json (~/.config)",
        "REVOCTL_DEBUG": "1 shows the traceback of a fault of revoctl's own",
        "NO_COLOR, FORCE_COLOR": "as everywhere; see help output",
        "SSL_CERT_FILE, SSL_CERT_DIR": "where OpenSSL finds certificate authorities",
        "COLUMNS": "width of tables",
    }
    return (
        f"Environment:\n\n{_rows(rows)}\nProxies and netrc files of the environment are not used.\n"
    )


def _grading() -> str:
    import textwrap

    from revoctl.headers.grade import EXTRA_CREDIT_FROM, HIGHEST, START, letter
    from revoctl.headers.observatory.corrections import CORRECTIONS

    letters = {f"{points:3}": letter(points) for points in range(100, -1, -5)}
    notes = "".join(
        textwrap.fill(text, 92, initial_indent=f"  {name}: ", subsequent_indent="    ") + "\n"
        for name, text in CORRECTIONS.items()
    )
    return (
        f"A page starts with {START} points; twelve tests take some away, and give some where the\n"
        f"losses alone leave {EXTRA_CREDIT_FROM} or more, up to {HIGHEST}. "
        f"From how many points on:\n\n{_rows(letters)}\n"
        "The scale mdn is the MDN HTTP Observatory's algorithm 6, exactly. The scale owasp has\n"
        f"the same tests, names and points, and differs in this:\n\n{notes}"
    )


def _fleet() -> str:
    from revoctl.cli.fleet_topic import text

    return text()


def _runbook() -> str:
    return _RUNBOOK


TOPICS: dict[str, tuple[str, Callable[[], str]]] = {
    "exit-codes": ("what each exit code means, and which error gives it", _exit_codes),
    "output": ("formats, files, streams and colour", _output),
    "environment": ("variables that revoctl reads", _environment),
    "grading": ("how a page is graded, and where owasp differs from the Observatory", _grading),
    "fleet": ("many targets: lists, bounds, journals, shards on a cluster", _fleet),
    "runbook": ("what to do when a scan fails, a gate blocks, or a verdict surprises", _runbook),
}

_RUNBOOK = """\
A scan gave no verdict (exit 5)
  target.unresolvable   the name has no address here: try the resolver, or --resolve HOST:PORT:ADDR
  target.refused        nothing listens on that port, or a firewall says no
  target.timeout        raise --timeout; -vv shows how far it came
  target.tls            the handshake failed: is it plain HTTP? scan http://HOST:PORT
  target.not-http       something else answers on that port

A gate blocks (exit 1)
  revoctl explain RULE --for SERVER    says what it means and what to paste
  --baseline FILE                      lets known findings pass while they are mended
  waivers in revoctl.yaml              accept one finding, with an owner and an end

A verdict surprises
  --save snapshot:FILE                 keeps what the target answered; --from FILE judges it again
  -v                                   shows each finding's evidence, and what was not evaluated
  revoctl headers profiles show NAME   shows what the target was held to

A project's settings are refused (exit 11)
  revoctl config view --origin         shows where each value came from
  revoctl config trust                 allows the file, as it is now, to send credentials

revoctl itself failed (exit 70)
  REVOCTL_DEBUG=1                      shows where; please report it
"""


def _rows(rows: dict[str, str]) -> str:
    width = max(map(len, rows)) + 2
    return "".join(f"  {name:<{width}}{text}\n" for name, text in rows.items())
