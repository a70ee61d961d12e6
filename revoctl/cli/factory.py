"""One factory for every command group: lazy, with cheap help and did-you-mean.

A group is a table ``name → (module:attribute, one line of help)``. Help, suggestions and completion
of names need only the table; a module is imported when one of its commands runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

Table = Mapping[str, tuple[str, str]]

SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"]}


def group(text: str, table: Table) -> typer.Typer:
    """A Typer application made of a table; ``text`` is its help."""
    stubs = {name: TyperCommand(name, help=line) for name, (_, line) in table.items()}

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:
            super().__init__(**{**attributes, "commands": dict(stubs)})

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:
            # A command is real only from here on: help and suggestions are content with its stub.
            name, _, rest = super().resolve_command(ctx, args)
            return name, load(str(name), table[str(name)][0]), rest

    app = typer.Typer(
        cls=LazyGroup,
        help=text,
        context_settings=SETTINGS,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(_nothing)
    return app


def load(name: str, target: str) -> Any:
    """The command or group behind ``module:attribute``, under the name it has in its table."""
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    if not isinstance(found, typer.Typer):
        found = _single(name, found)
    command = typer.main.get_command(found)
    command.name = name
    return command


def _single(name: str, function: Callable[..., Any]) -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False)
    app.command(name, context_settings=SETTINGS)(function)
    return app


def _nothing() -> None:
    return None
