"""``revoctl schema``: the JSON Schema of what revoctl writes and reads."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from revoctl.errors import RevoctlError

SCHEMAS = {
    "report": "revoctl.report.model:Report",
    "scan": "revoctl.report.journal:Header",
    "document": "revoctl.report.document:Document",
    "snapshot": "revoctl.headers.snapshot:Snapshot",
    "csp-proposal": "revoctl.headers.csp_build.model:Proposal",
    "csp-reports": "revoctl.headers.csp_reports.model:Summary",
    "emit-diff": "revoctl.headers.emit.difference:Difference",
}


def schema(
    name: Annotated[str | None, typer.Argument(help=f"One of: {', '.join(SCHEMAS)}.")] = None,
) -> int:
    """Print the JSON Schema of a document; without a name, list the names.

    Example: revoctl schema report
    """
    if name is None:
        sys.stdout.write("\n".join(SCHEMAS) + "\n")
        return 0
    if name not in SCHEMAS:
        fix = f"one of {', '.join(SCHEMAS)}"
        raise RevoctlError("schema.unknown", f"there is no schema named {name!r}", "", fix)
    import json

    import msgspec

    module, _, attribute = SCHEMAS[name].partition(":")
    found = msgspec.json.schema(getattr(import_module(module), attribute))
    found["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 0
