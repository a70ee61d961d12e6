"""TLS: what is verified, what is only marked, and what never hangs."""

import ssl
import time

import pytest

from revoctl.errors import RevoctlError
from tests.servers.scripted import Scripted, echoes, header, mute, sends

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"
PAGE = sends(OK)


def test_a_good_certificate_is_verified(take, certificates):
    """The session is described: version, issuer, subject's end."""
    with Scripted(PAGE, certificates.good()) as server:
        hop = take(f"https://localhost:{server.port}/", ca_file=certificates.ca_file).final
    assert hop.tls.verified
    assert hop.tls.version == "TLSv1.3"
    assert hop.tls.error == ""
    assert hop.tls.issuer
    assert hop.tls.not_after.year > 2025
    assert hop.body.text == "<html>"


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("expired", "certificate has expired"),
        ("wrong_host", "mismatch"),
        ("unknown_authority", "unable to get local issuer certificate"),
    ],
)
def test_a_bad_certificate_is_a_result(kind, why, take, certificates):
    """The answer is there, marked as unverified, with the reason, on the second connection."""
    with Scripted(PAGE, getattr(certificates, kind)()) as server:
        hop = take(f"https://127.0.0.1:{server.port}/", ca_file=certificates.ca_file).final
        assert server.connections == 2
    assert hop.status == 200
    assert not hop.tls.verified
    assert why in hop.tls.error


def test_an_origin_that_was_not_trusted_is_not_asked_to_be_again(take, certificates):
    """Of two hops to it, only the first costs a second connection."""
    script = sends(b"HTTP/1.1 302 F\r\nLocation: /b\r\n\r\n")
    with Scripted(script, certificates.expired()) as server:
        snapshot = take(server.url, ca_file=certificates.ca_file)
        assert server.connections == 3
    assert [hop.tls.verified for hop in snapshot.hops] == [False, False]


def test_an_old_server_still_answers(take, certificates):
    """TLS 1.0 or 1.1 is refused by browsers; here it is reported."""
    try:
        context = certificates.old_protocol()
    except ssl.SSLError:
        pytest.skip("this OpenSSL has no TLS 1.1")
    with Scripted(PAGE, context) as server:
        hop = take(f"https://localhost:{server.port}/", ca_file=certificates.ca_file).final
    assert hop.tls.version in ("TLSv1", "TLSv1.1")
    assert not hop.tls.verified
    assert "protocol" in hop.tls.error


@pytest.mark.parametrize("greeting", [OK, b"<html>bad request"])
def test_a_plain_port_says_so(greeting, take):
    """A handshake that is answered in plain HTTP fails at once, and says why."""
    with Scripted(sends(greeting), greedy=True) as server, pytest.raises(RevoctlError) as caught:
        take(server.url.replace("http:", "https:"))
    assert caught.value.code == "target.tls"
    assert caught.value.why == "it answers in plain HTTP"


@pytest.mark.parametrize("noise", [b"", b"SSH-2.0-x\r\n"])
def test_a_port_without_tls_fails_clearly(noise, take):
    """A closed connection or another protocol gives target.tls."""
    with Scripted(sends(noise), greedy=True) as server, pytest.raises(RevoctlError) as caught:
        take(server.url.replace("http:", "https:"))
    assert caught.value.code == "target.tls"


def test_a_mute_port_does_not_hang(take):
    """The handshake ends with the deadline."""
    with Scripted(mute, greedy=True) as server:
        started = time.monotonic()
        with pytest.raises(RevoctlError) as caught:
            take(server.url.replace("http:", "https:"), timeout=0.6)
        assert time.monotonic() - started < 1.1
    assert caught.value.code == "target.timeout"
    assert "TLS" in caught.value.why


def test_tls_at_a_plain_request_is_told(take):
    """A TLS alert in answer to plain HTTP suggests https."""
    with (
        Scripted(sends(b"\x15\x03\x03\x00\x02\x02\x46")) as server,
        pytest.raises(RevoctlError) as caught,
    ):
        take(server.url)
    assert (caught.value.code, caught.value.fix) == ("target.not-http", "try https://")


def test_a_bare_host_is_asked_over_https_first(take, certificates):
    """And over http only if there is no TLS, which the snapshot says."""
    with Scripted(PAGE, certificates.good()) as server:
        snapshot = take(f"localhost:{server.port}", ca_file=certificates.ca_file)
    assert snapshot.target.startswith("https://localhost:")
    assert snapshot.notes == ()
    with Scripted(PAGE) as server:
        snapshot = take(f"localhost:{server.port}")
    assert snapshot.target.startswith("http://localhost:")
    assert "no scheme was given" in snapshot.notes[0]


def test_a_bare_host_whose_tls_is_mute_is_asked_over_http(take):
    """A server that waits for a line it understands does not use up the time of its answer."""

    def waits(connection, request):
        if request[:1] == b"\x16":
            mute(connection, request)
        connection.sendall(OK)

    def script(connection, request):
        waits(connection, connection.recv(65536))

    with Scripted(script, greedy=True) as server:
        snapshot = take(f"127.0.0.1:{server.port}", timeout=2.0)
    assert snapshot.final.status == 200
    assert snapshot.target.startswith("http://")


def test_a_refused_bare_host_is_refused(take):
    """Where nothing listens, http on the same port is not tried."""
    with Scripted(PAGE) as server:
        port = server.port
    with pytest.raises(RevoctlError) as caught:
        take(f"127.0.0.1:{port}")
    assert caught.value.code == "target.refused"


def test_credentials_are_withheld_from_an_untrusted_server(take, certificates):
    """Unless the operator says otherwise; a note says it."""
    headers = (("Authorization", "Bearer verysecret"),)
    with Scripted(echoes, certificates.unknown_authority()) as server:
        snapshot = take(server.url, headers=headers)
        assert header(server.requests[-1], "Authorization") is None
        assert "withheld" in snapshot.notes[0]
        take(server.url, headers=headers, trust_unverified=True)
        assert header(server.requests[-1], "Authorization") == "Bearer verysecret"


def test_a_client_certificate_that_is_asked_for_is_a_tls_error(take, certificates):
    """The alert after the handshake is not mistaken for an empty answer."""
    context = certificates.good()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certificates.ca_file)
    with Scripted(PAGE, context) as server, pytest.raises(RevoctlError) as caught:
        take(f"https://localhost:{server.port}/", ca_file=certificates.ca_file)
    assert caught.value.code == "target.tls"
    assert "certificate required" in caught.value.why


def test_an_unusable_file_of_authorities_is_named(take, certificates, tmp_path):
    """Before anything is sent."""
    (tmp_path / "bad.pem").write_text("nothing")
    with Scripted(PAGE, certificates.good()) as server, pytest.raises(RevoctlError) as caught:
        take(server.url, ca_file=str(tmp_path / "bad.pem"))
    assert caught.value.code == "target.invalid"
    assert "bad.pem" in caught.value.what
