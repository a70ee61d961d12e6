"""Entry of the console script: the quick answers first, then the command line."""

from __future__ import annotations

import gc
import sys

from revoctl import __version__


def main() -> None:
    """Run the command line and leave with its exit code."""
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        sys.stdout.write(f"revoctl {__version__}\n")
        return
    gc.set_threshold(50_000)  # imports make objects that stay: looking for garbage is waste
    from revoctl.cli.app import run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
