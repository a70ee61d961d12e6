"""Secrets that most services have: a database's URL, API keys, signing and encryption keys."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Protocol

from revoctl.secret import Secret
from revoctl.secrets.errors import Denied, Refused


class Source(Protocol):
    """Whatever gives values by name; a ``SecretsManager`` does."""

    def get(self, name: str) -> Secret:
        """The value; raises where there is none."""
        ...

    def find(self, name: str, default: str | None = None) -> Secret | None:
        """The value, or the default where it is missing."""
        ...


def database_url(
    user: str | Secret,
    password: Secret,
    host: str,
    database: str,
    *,
    scheme: str = "postgresql",
    port: int | None = None,
    options: Mapping[str, str] | None = None,
) -> Secret:
    """``scheme://user:password@host:port/database?options``, each part percent-encoded (RFC 3986).

    An IPv6 address is put in brackets. Raises ``Refused`` ``secret.invalid`` for a host that would
    end up as something else.
    """
    from urllib.parse import quote, urlencode

    if not host or any(c in "/@?#%[] \\" or not c.isprintable() for c in host.strip("[]")):
        raise Refused("secret.invalid", "no URL was made", "the host is not a host")
    place = f"[{host.strip('[]')}]" if ":" in host else host
    name = user.reveal() if isinstance(user, Secret) else user
    account = f"{quote(name, safe='')}:{quote(password.reveal(), safe='')}"
    where = f"{place}:{port}" if port is not None else place
    query = f"?{urlencode(dict(options), quote_via=quote)}" if options else ""
    return Secret(f"{scheme}://{account}@{where}/{quote(database, safe='')}{query}")


def database_url_of(source: Source, prefix: str = "database") -> Secret:
    """The URL from ``<prefix>-user``, ``-password``, ``-host``, ``-name`` and, where they are
    given, ``-port`` and ``-scheme``; or ``<prefix>-url`` as it is."""
    whole = source.find(f"{prefix}-url")
    if whole is not None:
        return whole
    port = source.find(f"{prefix}-port")
    number = port.reveal() if port is not None else ""
    if number and not (number.isascii() and number.isdigit() and 0 < int(number[:6]) < 65536):
        raise Refused("secret.invalid", "no URL was made", "the port is not a port")
    return database_url(
        source.get(f"{prefix}-user"),
        source.get(f"{prefix}-password"),
        source.get(f"{prefix}-host").reveal(),
        source.get(f"{prefix}-name").reveal(),
        scheme=(source.find(f"{prefix}-scheme", "postgresql") or Secret("postgresql")).reveal(),
        port=int(number) if number else None,
    )


def api_key(source: Source, service: str, header: str = "Authorization") -> dict[str, str]:
    """The header that a service wants: ``Bearer`` in Authorization, else the bare key.

    Raises ``Refused`` ``secret.invalid`` for a key that would end the header.
    """
    key = source.get(f"{service}-api-key").reveal()
    if not key or not key.isascii() or not key.isprintable():
        raise Refused("secret.invalid", f"{service}-api-key was refused", "no header can hold it")
    return {header: f"Bearer {key}" if header.lower() == "authorization" else key}


class JwtKeys:
    """HMAC keys of JSON Web Tokens (RFC 7515, 7519): the newest signs, the previous still verifies.

    Both are read at each call, so that a rotation needs no restart: ``<name>`` and
    ``<name>-previous``. A key shorter than its hash is refused (RFC 7518 section 3.2).
    """

    def __init__(self, source: Source, name: str = "jwt-key", algorithm: str = "HS256") -> None:
        self._source = source
        self._name = name
        self._algorithm = algorithm
        self._bytes = {"HS256": 32, "HS384": 48, "HS512": 64}[algorithm]

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A compact token whose header names the key by a keyed id."""
        key = self._key(self._source.get(self._name))
        head = {"alg": self._algorithm, "kid": _key_id(key), "typ": "JWT"}
        body = b".".join(_encoded(json.dumps(p, separators=(",", ":"))) for p in (head, claims))
        return b".".join((body, _base64(self._mac(key, body)))).decode()

    def verify(self, token: str, leeway_s: float = 0.0) -> dict[str, Any]:
        """The claims. Raises ``Denied`` ``secret.token`` for a token that neither key signed, of
        another algorithm, past its ``exp`` or before its ``nbf``."""
        try:
            body, _, signature = token.encode("ascii").rpartition(b".")
            head, claims = (json.loads(_unbase64(part)) for part in body.split(b"."))
            mac = _unbase64(signature)
            if head["alg"] != self._algorithm or "crit" in head or not isinstance(claims, dict):
                raise _bad_token("it is of another kind")
        except (ValueError, KeyError, TypeError, RecursionError):
            raise _bad_token("it is not a token") from None
        # All keys are tried, so that the time does not tell which one fits.
        fits = [hmac.compare_digest(self._mac(key, body), mac) for key in self._keys()]
        if not any(fits):
            raise _bad_token("no key of ours signed it")
        _check_times(claims, leeway_s)
        return claims

    def _keys(self) -> list[bytes]:
        previous = self._source.find(f"{self._name}-previous")
        found = [self._source.get(self._name), *([previous] if previous is not None else [])]
        return [self._key(secret) for secret in found]

    def _key(self, secret: Secret) -> bytes:
        key = secret.reveal().encode("utf-8", "surrogatepass")
        if len(key) < self._bytes:
            why = f"it is shorter than the {self._bytes} bytes of {self._algorithm}"
            raise Refused("secret.invalid", f"{self._name} was refused", why)
        return key

    def _mac(self, key: bytes, body: bytes) -> bytes:
        return hmac.digest(key, body, self._algorithm.replace("HS", "sha"))


class EncryptionKeys:
    """Fernet under the newest key, opened with the previous one too: ``<name>``,
    ``<name>-previous``."""

    def __init__(self, source: Source, name: str = "encryption-key") -> None:
        self._source = source
        self._name = name

    def encrypt(self, data: bytes) -> bytes:
        """A Fernet token. Raises ``Refused`` ``secret.invalid`` for a key that is none."""
        return bytes(self._fernet().encrypt(data))

    def decrypt(self, token: bytes, ttl_s: int | None = None) -> bytes:
        """The data; raises ``Denied`` ``secret.token``."""
        from cryptography.fernet import InvalidToken

        try:
            return bytes(self._fernet().decrypt(token, ttl_s))
        except InvalidToken:
            raise _bad_token("no key of ours made it, or its time is over") from None

    def _fernet(self) -> Any:
        from cryptography.fernet import Fernet, MultiFernet

        previous = self._source.find(f"{self._name}-previous")
        found = [self._source.get(self._name), *([previous] if previous is not None else [])]
        try:
            return MultiFernet([Fernet(secret.reveal()) for secret in found])
        except ValueError:
            why = "it is not 32 bytes in base64url"
            raise Refused("secret.invalid", f"{self._name} was refused", why) from None


def _check_times(claims: Mapping[str, Any], leeway_s: float) -> None:
    now = time.time()
    limits = {"exp": now - leeway_s, "nbf": now + leeway_s}
    for name, limit in limits.items():
        if name not in claims:
            continue
        at = claims[name]
        if isinstance(at, bool) or not isinstance(at, (int, float)):
            raise _bad_token(f"its {name} is not a time")
        if (at <= limit) if name == "exp" else (at > limit):
            raise _bad_token("its time is over" if name == "exp" else "its time has not come")


def _key_id(key: bytes) -> str:
    return hmac.digest(key, b"revoctl key id", "sha256")[:8].hex()


def _encoded(text: str) -> bytes:
    return _base64(text.encode())


def _base64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _unbase64(data: bytes) -> bytes:
    return base64.b64decode(data + b"=" * (-len(data) % 4), b"-_", validate=True)


def _bad_token(why: str) -> Denied:
    return Denied("secret.token", "the token was refused", why)
