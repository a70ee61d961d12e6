"""One target into one report, whatever happens on the way."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from revoctl.errors import RevoctlError
from revoctl.headers import catalogue
from revoctl.headers.audit import SCHEMA, audit
from revoctl.headers.fetch.engine import take
from revoctl.headers.fetch.request import Request
from revoctl.headers.fetch.wire import Wire
from revoctl.headers.fleet.targets import Aim, BadLine, Entry
from revoctl.headers.preload import PreloadList
from revoctl.policy.headers import HeadersPolicy
from revoctl.report.journal import Header, failure
from revoctl.report.model import Failure, Report


class Examiner:
    """Scans and judges targets one like the other: the request's template, policy and journal."""

    def __init__(
        self,
        header: Header,
        request: Request,
        policy: HeadersPolicy,
        preloaded: PreloadList | None = None,
    ) -> None:
        self.header = header
        self._request = request
        self._policy = policy
        self._preloaded = preloaded

    def prepare(self) -> None:
        """Load every rule now, rather than when the first answer is there to be judged."""
        catalogue.metadata()

    async def examine(self, entry: Entry, wire: Wire) -> Report:
        """The report of an entry; what failed is in its errors. Raises nothing but cancellation."""
        if isinstance(entry, BadLine):
            return self.refuse(entry)
        try:
            return await self._examine(entry, wire)
        except RevoctlError as error:
            failed = Failure(entry.text, error.code, error.what, error.why, error.fix)
        except Exception as error:  # noqa: BLE001 - one target must not end the scan of all others
            why = f"{type(error).__name__} was not expected here"
            fix = f"revoctl headers scan {entry.text} with REVOCTL_DEBUG=1 shows where"
            failed = Failure(entry.text, "internal.fault", "revoctl itself failed", why, fix)
        return failure(self.header, failed, entry.text, datetime.now(UTC), SCHEMA)

    def refuse(self, line: BadLine) -> Report:
        """The error record of a line that holds no target."""
        failed = Failure(line.name, line.code, line.what, line.why, line.fix)
        return failure(self.header, failed, line.name, datetime.now(UTC), SCHEMA)

    async def _examine(self, aim: Aim, wire: Wire) -> Report:
        snapshot = await take(msgspec.structs.replace(self._request, target=aim.text), wire)
        report = audit(
            snapshot,
            self._policy,
            tool=self.header.tool,
            finished=datetime.now(UTC),
            digest=self.header.profile.digest,
            preloaded=self._preloaded,
        )
        return self._record(report, aim)

    def _record(self, report: Report, aim: Aim) -> Report:
        """The report as one line of many: of the rules' own texts only those that are needed."""
        broken = {finding.rule for finding in report.findings}
        return msgspec.structs.replace(
            report,
            rules=tuple(rule for rule in report.rules if rule.id in broken),
            scan=self.header.scan,
            target=aim.text,
        )
