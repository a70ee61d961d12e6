"""References: parsed strictly, printed so that they parse to themselves."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.errors import RevoctlError
from revoctl.secrets.errors import Refused
from revoctl.secrets.reference import SCHEMES, Reference, is_reference, place_of, reference_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("env:HOME", ("env", "HOME", "")),
        ("dotenv:.env#A", ("dotenv", ".env", "A")),
        ("dotenv:/etc/my%20app/.env#A", ("dotenv", "/etc/my app/.env", "A")),
        ("vault:secret/app/db#password", ("vault", "secret/app/db", "password")),
        ("vault:secret/a%23b#k%3F", ("vault", "secret/a#b", "k?")),
        ("store:payments/stripe", ("store", "payments/stripe", "")),
        ("store:caf%C3%A9", ("store", "café", "")),
        ("memory:x", ("memory", "x", "")),
    ],
)
def test_a_reference_parses(text: str, parts: tuple[str, str, str]) -> None:
    """Scheme, path and key come out decoded, and printing gives the same text back."""
    assert reference_of(text) == parts
    assert str(reference_of(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "", "HOME", "env:", "ftp:x", "ENV:x", "env:A=B", "env:A#b", "store:a#b", "dotenv:.env",
        "dotenv:.env#", "dotenv:#A", "vault:secret#k", "vault:secret/#k", "vault:/secret/a#k",
        "vault:secret/../sys#k", "vault:secret/./a#k", "vault:secret//a#k", "vault:secret/a.#k",
        "vault:secret/%2e%2e/sys#k", "store:%", "store:%4", "store:%zz", "store:%ff", "store:a%00b",
        "store:a\nb", "store:" + "x" * 5000, "store:\ud800", "vault:secret/a",
    ],
)  # fmt: skip
def test_what_is_not_a_reference_is_refused(text: str) -> None:
    """Nothing is guessed: each fault has the same stable code."""
    with pytest.raises(Refused) as refused:
        reference_of(text)
    assert refused.value.code == "secret.reference"


@given(
    st.sampled_from(SCHEMES),
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1),
    st.text(st.characters(exclude_categories=("Cs",))),
)
def test_what_is_printed_parses_to_the_same(scheme: str, path: str, key: str) -> None:
    """Whatever parts make a reference, its text makes the same reference again."""
    try:
        made = place_of(scheme, path, key)
    except Refused:
        return
    assert reference_of(str(made)) == made
    assert str(made).isascii()


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    """Parsing gives a reference or a refusal, nothing else."""
    for candidate in (text, *(f"{scheme}:{text}" for scheme in SCHEMES)):
        try:
            found = reference_of(candidate)
        except RevoctlError as error:
            assert error.code == "secret.reference"
        else:
            assert isinstance(found, Reference)
            assert is_reference(candidate)


def test_a_declared_name_is_no_reference() -> None:
    """Bare names, and names of other schemes, are left to whoever declares them."""
    assert not is_reference("database-password")
    assert not is_reference("http://x")
