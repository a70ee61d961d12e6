"""The errors of a fetch, each with its stable code: what failed, why, and what to do next."""

from __future__ import annotations

from revoctl.errors import RevoctlError


def invalid(text: str, why: str) -> RevoctlError:
    """What the operator typed is not a target."""
    return RevoctlError(
        "target.invalid",
        f"{text[:100]!r} is not a target",
        why,
        "give a host, host:port, or an http:// or https:// URL",
    )


def unresolvable(host: str, why: str) -> RevoctlError:
    """The name has no address."""
    return RevoctlError(
        "target.unresolvable",
        f"{host} has no address",
        why,
        "check the spelling and the resolver, or give --resolve HOST:PORT:ADDRESS",
    )


def private(host: str, address: str, why: str) -> RevoctlError:
    """The address is not public, and only public ones were allowed."""
    return RevoctlError(
        "target.private-address",
        f"{host} is not a public target",
        f"{address} is {why}",
        "leave out --public-only if this target is meant",
    )


def refused(where: str) -> RevoctlError:
    """Nothing listens there."""
    return RevoctlError(
        "target.refused",
        f"{where} refused the connection",
        "nothing listens on that port, or a firewall rejects it",
        "check that the service runs and that the port is right",
    )


def unreachable(where: str, why: str) -> RevoctlError:
    """There is no way to the address."""
    return RevoctlError(
        "target.unreachable",
        f"{where} cannot be reached",
        why,
        "check the network between here and the target",
    )


def timed_out(where: str, phase: str, seconds: float) -> RevoctlError:
    """The deadline struck. ``phase`` says during what."""
    return RevoctlError(
        "target.timeout",
        f"{where} did not answer within {seconds:g} s",
        f"time ran out while {phase}",
        "check that the service responds, or give a longer --timeout",
    )


def tls(where: str, why: str) -> RevoctlError:
    """No TLS session came about, verified or not."""
    return RevoctlError(
        "target.tls",
        f"{where} gives no TLS session",
        why,
        "check the server's certificate and protocol versions",
    )


def plain_http(where: str) -> RevoctlError:
    """The port was asked for TLS and answers in plain HTTP."""
    return RevoctlError(
        "target.tls", f"{where} gives no TLS session", "it answers in plain HTTP", "try http://"
    )


def not_http(where: str, start: bytes) -> RevoctlError:
    """What came back is not HTTP. ``start`` are its first bytes."""
    if start[:2] in (b"\x15\x03", b"\x16\x03"):
        why, fix = "it answers in TLS", "try https://"
    else:
        why, fix = f"the answer begins with {ascii(start[:40])[1:]}", "check the port"
    return RevoctlError("target.not-http", f"{where} does not speak HTTP/1", why, fix)


def empty_answer(where: str, why: str = "") -> RevoctlError:
    """The connection ended before the first byte of an answer."""
    return RevoctlError(
        "target.empty-answer",
        f"{where} closed the connection without an answer",
        why or "the server accepted the connection and sent nothing",
        "look at the server's own log; a wrong port or protocol is the usual cause",
    )


def proxy(where: str, why: str, fix: str = "check --proxy") -> RevoctlError:
    """The proxy, not the target, is at fault. ``where`` never holds its credentials."""
    return RevoctlError("target.proxy", f"the proxy {where} failed", why, fix)


def option(what: str, why: str, fix: str) -> RevoctlError:
    """A setting of the request cannot be meant."""
    return RevoctlError("target.invalid", what, why, fix)
