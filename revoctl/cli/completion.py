"""``revoctl completion``: a script for the shell, for packagers and for ``eval``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from revoctl.errors import RevoctlError

SHELLS = ("bash", "zsh", "fish", "powershell")


def completion(
    shell: Annotated[str, typer.Argument(help=f"One of: {', '.join(SHELLS)}.")],
) -> int:
    """Print a shell's completion script.

    Example: eval "$(revoctl completion bash)"
    """
    from typer._completion_shared import get_completion_script

    from revoctl.cli.app import COMPLETION

    if shell not in SHELLS:
        fix = f"one of {', '.join(SHELLS)}"
        raise RevoctlError("usage.command-line", f"{shell!r} has no completion script", "", fix)
    script = get_completion_script(prog_name="revoctl", complete_var=COMPLETION, shell=shell)
    sys.stdout.write(script + "\n")
    return 0
