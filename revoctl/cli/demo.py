"""``revoctl demo``: the whole story on loopback, computed while you watch."""

from __future__ import annotations

from revoctl.cli.options import Common, takes
from revoctl.cli.run import Run


@takes(common=Common)
def demo(*, common: Common) -> int:
    """Scan a weak service, apply a policy, scan it again, and compare; all on loopback.

    Example: revoctl demo
    """
    from revoctl.cli.policies import headers_policy
    from revoctl.demo.story import PROFILE, play
    from revoctl.render import render

    run = Run.start(common)
    policy, profile = headers_policy(PROFILE)
    machine = run.output != "table"

    def say(text: str) -> None:
        if not machine:
            run.streams.data(f"\n── {text}\n")

    def show(item: object) -> None:
        if not machine:
            run.streams.data(render("table", item, run.style()))

    reports = play(say, show, policy, profile.digest)
    if machine:
        run.streams.data(render(run.output, reports, run.style()))
    return 0
