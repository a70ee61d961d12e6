"""The README is true: its rules are the catalogue's, its commands exist, its topics are there."""

import re
from pathlib import Path

from revoctl.cli.app import run
from revoctl.cli.explain import all_rules
from revoctl.cli.topics import TOPICS
from revoctl.profiles import shipped
from tests.cli.test_grammar import LEAVES

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def rule_table() -> str:
    """The rule list of the README, made of the same table as everything else."""
    lines = ["| rule | severity | kind | what |", "|---|---|---|---|"]
    for _, rule in all_rules():
        title = rule.title.replace("|", "\\|")
        lines.append(f"| `{rule.id}` | {rule.severity} | {rule.kind} | {title} |")
    return "\n".join(lines)


def test_the_rule_list_is_the_catalogue() -> None:
    """Every rule stands in the README as it is; `python -m tests.test_readme` writes the list."""
    listed = README.partition("<!-- rules -->")[2].partition("<!-- /rules -->")[0].strip()
    assert listed == rule_table()


def test_every_command_in_it_parses(capsys) -> None:
    """Each revoctl command shown has its verb and its options."""
    plain = README.replace("convert|diff|merge|gate", "gate")
    shown = re.findall(r"(?:`|^\$ |&& )revoctl ([a-z][^\n`#|]*)", plain, re.MULTILINE)
    assert len(shown) > 10
    leaves = {" ".join(path) for path in LEAVES}
    for command in shown:
        words = command.split()
        verb = next((words[:n] for n in (3, 2, 1) if " ".join(words[:n]) in leaves), None)
        assert verb, f"{command} is no command"
        assert run([*verb, "-h"]) == 0
        text = capsys.readouterr().out
        for option in re.findall(r"(?<!\S)--[a-z-]+", command):
            assert option in text, f"{command}: {option}"


def test_profiles_and_topics_it_names_exist() -> None:
    """The policies of the table are those that ship, and help topics are there."""
    table = README.partition("## Policies")[2].partition("## Settings")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(shipped("headers"))
    assert set(re.findall(r"revoctl help ([a-z-]+)", README)) <= set(TOPICS)


if __name__ == "__main__":
    head, _, rest = README.partition("<!-- rules -->")
    tail = rest.partition("<!-- /rules -->")[2]
    text = f"{head}<!-- rules -->\n{rule_table()}\n<!-- /rules -->{tail}"
    (ROOT / "README.md").write_text(text)
