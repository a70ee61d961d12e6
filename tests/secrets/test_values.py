"""Generators, validators and the secrets that most services have."""

import base64
import json
import math
import string
import time
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from revoctl.secret import Secret
from revoctl.secrets import generators, validators
from revoctl.secrets.backends.memory import MemoryBackend
from revoctl.secrets.common import (
    EncryptionKeys,
    JwtKeys,
    api_key,
    database_url,
    database_url_of,
)
from revoctl.secrets.errors import Denied, Refused
from revoctl.secrets.generators import SYMBOLS, URL_SAFE_SYMBOLS, Alphabet
from revoctl.secrets.manager import Layer, SecretsManager

CLASSES = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SYMBOLS)


def source(**values: str) -> SecretsManager:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return SecretsManager([Layer(MemoryBackend(named))])


@given(
    length=st.integers(12, 60),
    least=st.tuples(*[st.integers(0, 2)] * 4),
    excluded=st.text(st.sampled_from("lI1O0@:/%'"), max_size=5),
)
def test_a_password_keeps_the_rules(length: int, least: tuple[int, ...], excluded: str) -> None:
    """Length, classes, exclusions and the first character, with a strength below the maximum."""
    rules = Alphabet(CLASSES, least, excluded, string.ascii_letters)
    made = generators.password(length, rules)
    text = made.secret.reveal()
    assert len(text) == length
    assert not set(text) & set(excluded)
    assert text[0] in string.ascii_letters
    for group, count in zip(CLASSES, least, strict=True):
        assert sum(c in group for c in text) >= count
    assert 0 < made.strength <= length * math.log2(len("".join(CLASSES)))


def test_strength_of_a_small_space_is_exact_enough() -> None:
    """Two digits of which one must be even-classed: never more bits than there are values."""
    rules = Alphabet(("01", "23"), (1, 1))
    made = generators.password(2, rules)
    assert made.strength <= math.log2(8)


@pytest.mark.parametrize(
    ("length", "rules"),
    [
        (2, Alphabet(CLASSES)),
        (0, Alphabet()),
        (8, Alphabet(("a",), (1,), "a")),
        (8, Alphabet(("abc",), first="x")),
        (8, Alphabet(("abc",), (1, 1))),
        (5000, Alphabet()),
    ],
)
def test_impossible_rules_are_refused(length: int, rules: Alphabet) -> None:
    """Rather than answered with something that breaks them."""
    with pytest.raises(Refused):
        generators.password(length, rules)


def test_other_values_have_their_form() -> None:
    """Tokens, hexadecimal, UUIDs, JWT and Fernet keys, passphrases, with bits."""
    from cryptography.fernet import Fernet

    assert validators.encoded_key(32)(generators.hexadecimal().secret) is None
    assert validators.encoded_key(32, "base64url")(generators.token().secret) is None
    assert validators.encoded_key(64, "base64url")(generators.jwt_secret("HS512").secret) is None
    Fernet(generators.fernet().secret.reveal())
    assert len(generators.uuid().secret.reveal()) == 36
    phrase = generators.passphrase(8)
    assert len(phrase.secret.reveal().split("-")) == 8
    assert 98 < phrase.strength < 98.2
    assert generators.token(16).strength == 128
    for wrong in (lambda: generators.token(8), lambda: generators.jwt_secret("none"),
                  lambda: generators.passphrase(0), lambda: generators.key_pair("x")):  # fmt: skip
        with pytest.raises(Refused):
            wrong()


@pytest.mark.parametrize("kind", ["ed25519", "ec-p256", "ec-p384", "rsa-2048"])
def test_a_key_pair_loads(kind: str) -> None:
    """The private key loads, and the public one is its own."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    made = generators.key_pair(kind)
    validators.pem_private_key(made.secret)
    key = load_pem_private_key(made.secret.reveal().encode(), None)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert public.decode() == made.public
    assert made.strength >= 112


@pytest.mark.parametrize(
    ("validator", "value"),
    [
        (validators.not_empty, " \n"),
        (validators.not_a_placeholder, "ChangeMe"),
        (validators.not_a_placeholder, "aaaaaaaa"),
        (validators.not_a_placeholder, "<your key>"),
        (validators.length(8), "short"),
        (validators.length(0, 3), "long"),
        (validators.pattern("[a-z]+"), "abc1"),
        (validators.url("https"), "http://h"),
        (validators.url(), "https://"),
        (validators.url(), "https://h:99999"),
        (validators.url(), "https://[::1"),
        (validators.encoded_key(32), "zz"),
        (validators.encoded_key(32), "00" * 31),
        (validators.pem_private_key, "-----BEGIN PRIVATE KEY-----\ncanary"),
        (validators.strength(64), "aaaaaaaaaaaaaaaaaaaaaaab"),
        (validators.every(validators.not_empty, validators.length(5)), "abc"),
    ],
)
def test_a_bad_value_is_refused_and_not_repeated(validator: Any, value: str) -> None:
    """The words of the refusal do not hold the value."""
    with pytest.raises(Refused) as refused:
        validator(Secret(value))
    assert refused.value.code == "secret.invalid"
    assert value not in f"{refused.value} {refused.value.fix}" or len(value) < 3


@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=30))
def test_a_database_url_is_encoded(text: str) -> None:
    """Whatever user, password and name hold, they come out of the URL as they went in."""
    made = database_url(text, Secret(text), "db.example", text, port=5432).reveal()
    parts = urlsplit(made)
    assert parts.hostname == "db.example"
    assert parts.port == 5432
    account = parts.netloc.rpartition("@")[0].split(":")
    assert [unquote(part) for part in account] == [text, text]
    assert unquote(parts.path[1:]) == text


def test_a_database_url_from_its_parts() -> None:
    """From a manager; a whole URL wins; an address in brackets; no host that is more than one."""
    parts = {"database_user": "u", "database_password": "p@/", "database_host": "::1",
             "database_name": "d", "database_port": "5433"}  # fmt: skip
    want = "postgresql://u:p%40%2F@[::1]:5433/d"
    assert database_url_of(source(**parts)).reveal() == want
    assert database_url_of(source(database_url="x://y", **parts)).reveal() == "x://y"
    for wrong in ({"database_host": "h/evil@x"}, {"database_port": "1e3"}, {"database_port": "0"}):
        with pytest.raises(Refused):
            database_url_of(source(**(parts | wrong)))


def test_an_api_key_makes_a_header() -> None:
    """Bearer by default; a key with a line break is refused."""
    assert api_key(source(mail_api_key="k"), "mail") == {"Authorization": "Bearer k"}
    assert api_key(source(mail_api_key="k"), "mail", "X-Key") == {"X-Key": "k"}
    with pytest.raises(Refused):
        api_key(source(mail_api_key="k\r\nX: y"), "mail")


def test_a_token_survives_one_rotation() -> None:
    """The previous key still verifies, the one before does not."""
    old, middle, new = "o" * 32, "m" * 32, "n" * 32
    token = JwtKeys(source(jwt_key=old)).sign({"sub": "ada"})
    assert JwtKeys(source(jwt_key=middle, jwt_key_previous=old)).verify(token) == {"sub": "ada"}
    with pytest.raises(Denied):
        JwtKeys(source(jwt_key=new, jwt_key_previous=middle)).verify(token)


def test_bad_tokens_are_refused() -> None:
    """Changed, unsigned, of another algorithm, too old, too new, or no token at all."""
    keys, now = JwtKeys(source(jwt_key="k" * 32)), time.time()
    good = keys.sign({"sub": "ada", "exp": now + 60, "nbf": now - 1})
    assert keys.verify(good)["sub"] == "ada"
    head, body, mac = good.split(".")
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    wrong = [f"{head}.{body}.", f"{head}.{body}", f"{none}.{body}.{mac}", f"{head}.e30.{mac}", "",
             "..", "é.é.é", good + "A", keys.sign({"exp": now - 1}), keys.sign({"nbf": now + 60}),
             keys.sign({"exp": "soon"}), keys.sign({"exp": True}),
             JwtKeys(source(jwt_key="k" * 64), algorithm="HS512").sign({})]  # fmt: skip
    for token in wrong:
        with pytest.raises(Denied) as refused:
            keys.verify(token)
        assert refused.value.code == "secret.token"
    with pytest.raises(Refused):
        JwtKeys(source(jwt_key="short")).sign({})


@given(st.text())
def test_any_text_is_judged_as_a_token(text: str) -> None:
    """Denied, never another error."""
    with pytest.raises(Denied):
        JwtKeys(source(jwt_key="k" * 32)).verify(text)


def test_encryption_survives_one_rotation() -> None:
    """The previous key still opens; a key that is none is refused."""
    old, new = (generators.fernet().secret.reveal() for _ in range(2))
    sealed = EncryptionKeys(source(encryption_key=old)).encrypt(b"data")
    both = EncryptionKeys(source(encryption_key=new, encryption_key_previous=old))
    assert both.decrypt(sealed) == b"data"
    with pytest.raises(Denied):
        EncryptionKeys(source(encryption_key=new)).decrypt(sealed)
    with pytest.raises(Refused):
        EncryptionKeys(source(encryption_key="x")).encrypt(b"")


def test_url_safe_symbols_need_no_encoding() -> None:
    """A password of them stands in a URL as it is."""
    rules = Alphabet((string.ascii_letters, URL_SAFE_SYMBOLS), (1, 1))
    text = generators.password(20, rules).secret.reveal()
    assert f":{text}@" in database_url("u", Secret(text), "h", "d").reveal()
