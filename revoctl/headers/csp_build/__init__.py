"""Propose a Content-Security-Policy from what pages load: ``revoctl headers csp build``.

Pages are fetched ones (:func:`of_snapshot`) or those of a HAR archive (:func:`of_har`);
:func:`propose` makes the policy and says why each source is in it. All of it is pure.
"""

from __future__ import annotations

from revoctl.headers.csp_build.archive import of_har
from revoctl.headers.csp_build.document import document
from revoctl.headers.csp_build.model import Load, Proposal
from revoctl.headers.csp_build.page import of_snapshot, of_text, varying
from revoctl.headers.csp_build.propose import propose

__all__ = [
    "Load", "Proposal", "document", "of_har", "of_snapshot", "of_text", "propose", "varying",
]  # fmt: skip
