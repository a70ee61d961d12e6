"""Deliver a result that is a page for people, data for machines, and names for scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from revoctl.cli.run import Run


def publish_page(
    run: Run, page: Callable[[], Any], data: Any, names: list[str], show: str | None = None
) -> int:
    """Print and save: a page for people, data for machines, bare texts for ``name``.

    ``show`` is printed in place of the page.
    """
    from revoctl.cli.run import unknown_format
    from revoctl.files import replace
    from revoctl.render import FORMATS, render

    if run.output not in FORMATS:
        unknown_format(run.output, tuple(FORMATS))

    def made(form: str, *, file: bool) -> str:
        if form == "name":
            return render(form, names, run.style(file=file))
        item = data if form in ("json", "jsonl", "yaml") else page()
        return render(form, item, run.style(file=file))

    files = [(path, made(form, file=True)) for form, path in run.saves()]
    for path, text in files:
        replace(path, text.encode("utf-8", "backslashreplace"), what="the result")
    shown = show if show is not None and run.output == "table" else made(run.output, file=False)
    run.streams.data(shown)
    return 0
