"""Every rule outside CSP fires on what it is about, keeps quiet otherwise, explains itself."""

import pytest

from revoctl.headers import catalogue
from revoctl.headers.rules.rule import HeaderRule, Skip
from revoctl.report.model import Kind
from tests.headers.rules.cases import CASES
from tests.headers.rules.pages import page

OWN = {key: a for key, a in catalogue.FAMILIES.items() if not key.startswith("csp")}


def own_rules() -> list[HeaderRule]:
    """All rules but those of CSP."""
    return [one for address in OWN.values() for one in catalogue._load(address)]


RULES = {one.rule.id: one for one in own_rules()}


def test_the_table_has_every_rule() -> None:
    """No rule is without an example that fires and one that does not."""
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("id", CASES)
def test_a_rule_fires(id: str) -> None:
    """The example fails the rule, says what is wrong, where it was seen, and what to change."""
    verdict = RULES[id].judge(CASES[id][0]())
    assert not isinstance(verdict, Skip), verdict
    assert verdict
    for problem in verdict:
        assert problem.detail
        assert len(problem.detail) <= 300
        assert problem.evidence
        assert problem.fix


@pytest.mark.parametrize("id", CASES)
def test_a_rule_keeps_quiet(id: str) -> None:
    """The neighbouring example, which is fine in this respect, does not fail the rule."""
    verdict = RULES[id].judge(CASES[id][1]())
    assert isinstance(verdict, Skip) or not verdict


@pytest.mark.parametrize("id", RULES)
def test_a_rule_explains_itself(id: str) -> None:
    """It says what an attacker gains, what to change, and where that is written."""
    rule = RULES[id].rule
    assert len(rule.why) > 30
    assert len(rule.fix) > 5
    assert rule.references
    assert all(address.startswith("https://") for address in rule.references)
    assert rule.title == rule.title.strip(".")


@pytest.mark.parametrize("id", RULES)
def test_a_plain_page_under_no_policy_fails_nothing(id: str) -> None:
    """A response that says nothing, under a policy that asks nothing, has no findings."""
    verdict = RULES[id].judge(page())
    assert isinstance(verdict, Skip) or not verdict


def test_deviations_and_weaknesses_are_told_apart() -> None:
    """What compares with the policy is a deviation, everything else a weakness."""
    deviating = {id for id, one in RULES.items() if one.rule.kind is Kind.DEVIATION}
    assert deviating == {
        id for id in RULES if id.endswith(("-missing", "-deviates", "header-unwanted"))
    } - {id for id in RULES if id.startswith(("cookie-", "cors-", "sri-", "redirect-"))}
