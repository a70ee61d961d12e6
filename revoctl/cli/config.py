"""``revoctl config``: what applies here, where it came from, and what is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from revoctl import config as settings_files
from revoctl.cli.deliver import show
from revoctl.cli.factory import Table, group
from revoctl.cli.options import Changing, Common, takes
from revoctl.cli.run import Run, confirm
from revoctl.errors import RevoctlError

TABLE: Table = {
    "view": ("revoctl.cli.config:view", "Show every setting in force, and where it came from."),
    "path": ("revoctl.cli.config:path", "Show which settings files are read."),
    "validate": ("revoctl.cli.config:validate", "Check the settings files and what they name."),
    "trust": (
        "revoctl.cli.config:trust",
        "Let this project's file run commands and send credentials.",
    ),
}

app = group("Settings: flag > environment > revoctl.yaml > user file > default.", TABLE)


@takes(common=Common)
def view(
    *,
    origin: Annotated[
        bool, typer.Option("--origin", help="Say where each value came from.")
    ] = False,
    common: Common,
) -> int:
    """Show every setting in force, and with --origin where each came from.

    Example: revoctl config view --origin
    """
    run = Run.start(common)
    rows: list[tuple[Any, ...]] = []
    for setting in settings_files.SETTINGS:
        value, source = run.settings.find(setting.key)
        place = f"{source.kind} {source.where}".strip()
        rows.append((setting.key, _plain(value), *([place] if origin else []), setting.help))
    columns = ("setting", "value", *(["origin"] if origin else []), "meaning")
    return show(run, "Settings in force", columns, rows)


@takes(common=Common)
def path(*, common: Common) -> int:
    """Show which settings files are read, the one that wins first.

    Example: revoctl config path
    """
    from revoctl.trust import TrustStore

    run = Run.start(common)
    store = TrustStore(run.environment)
    rows = [
        (layer.kind, str(layer.path), "trusted" if store.holds(layer) else "not trusted")
        for layer in run.settings.layers
    ]
    user = settings_files.user_file(run.environment)
    if not user.is_file():
        rows.append(("user", str(user), "does not exist"))
    return show(run, "Settings files", ("kind", "file", "state"), rows)


@takes(common=Common)
def validate(*, common: Common) -> int:
    """Check the settings files: keys, values, waivers, targets and the profiles they name.

    Example: revoctl config validate
    """
    from revoctl.cli.policies import headers_policy
    from revoctl.cli.targets import check_entry
    from revoctl.report import gate, waivers

    run = Run.start(common)
    waivers.parse(run.settings.find("waivers")[0])
    gate.fail_on(run.settings.find("headers.fail_on")[0])
    for name in run.settings.names("targets"):
        found = run.settings.entry("targets", name)
        if found:
            check_entry(name, found[0], found[1])
    folder = run.settings.folder("headers.profile")
    headers_policy(run.settings.find("headers.profile")[0], folder)
    count = len(run.settings.layers)
    run.streams.note(f"{count} settings {'file' if count == 1 else 'files'} checked: all is well")
    return 0


@takes(common=Common, changing=Changing)
def trust(
    *,
    remove: Annotated[bool, typer.Option("--remove", help="Withdraw trust again.")] = False,
    common: Common,
    changing: Changing,
) -> int:
    """Let this project's revoctl.yaml run the commands and send the credentials that it names.

    Trust holds for the file as it is now: after any change it must be given again.

    Example: revoctl config trust
    """
    from revoctl.trust import TrustStore, digest

    run = Run.start(common)
    store = TrustStore(run.environment)
    if remove:
        return _withdraw(run, store, changing)
    layer = next((x for x in run.settings.layers if x.kind == "project"), None)
    if layer is None:
        why = f"there is no {settings_files.FILE_NAME} from here upwards"
        raise RevoctlError("config.missing", "nothing to trust", why, "go to the project's folder")
    for line in _wants(layer):
        run.streams.note(f"{layer.path} may then {line}")
    if changing.dry_run:
        run.streams.note(f"would trust {layer.path} (sha256 {digest(layer)})")
        return 0
    confirm(run, f"trust {layer.path}?", yes=changing.yes, no_input=changing.no_input)
    store.add(layer)
    run.streams.note(f"trusted {layer.path} (sha256 {digest(layer)})")
    return 0


def _withdraw(run: Run, store: Any, changing: Changing) -> int:
    project = settings_files.find_project(Path.cwd())
    if project is None:
        raise RevoctlError("config.missing", "nothing to withdraw", "there is no project file here")
    if changing.dry_run:
        run.streams.note(f"would withdraw trust from {project}")
    elif store.remove(project):
        run.streams.note(f"withdrew trust from {project}")
    else:
        run.streams.note(f"{project} was not trusted")
    return 0


def _wants(layer: settings_files.Layer) -> list[str]:
    targets = layer.source.data.get("targets") or {}
    lines: list[str] = []
    for name, entry in targets.items():
        for header, value in (entry.get("headers") or {}).items():
            place = f"to {entry.get('url')} as target {name!r}"
            lines.append(f"send {header} from {_source(value)} {place}")
    return lines or ["do nothing that needs trust"]


def _source(value: Any) -> str:
    if isinstance(value, dict):
        return f"the command {value.get('command')}"
    return str(value) if str(value).startswith(("env:", "@")) else "a literal value"


def _plain(value: Any) -> Any:
    if isinstance(value, dict | list):
        return ", ".join(str(v) for v in value) if isinstance(value, dict) else len(value)
    return value
