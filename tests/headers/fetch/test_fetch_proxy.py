"""Through a proxy: tunnels, absolute form, its own failures, its credentials."""

import base64

import pytest

from revoctl.errors import RevoctlError
from tests.servers.proxy import forwards
from tests.servers.scripted import Scripted, echoes, header, mute, sends

TOKEN = "Basic " + base64.b64encode(b"user:pass word").decode()


@pytest.fixture
def plain():
    with Scripted(echoes) as server:
        yield server


def test_http_goes_in_absolute_form(take, plain):
    """The proxy looks the name up."""
    with Scripted(forwards({"site.invalid": plain.port})) as proxy:
        snapshot = take("http://site.invalid/x", proxy=f"http://127.0.0.1:{proxy.port}")
        assert proxy.requests[0].startswith(b"GET http://site.invalid/x HTTP/1.1\r\n")
    assert snapshot.final.status == 200
    assert snapshot.final.address == ""
    assert snapshot.notes == (f"asked through the proxy 127.0.0.1:{proxy.port}",)


def test_https_goes_through_a_tunnel(take, certificates):
    """The certificate is the target's own, and the proxy sees nothing but the name."""
    headers = (("Authorization", "Bearer verysecret"),)
    with Scripted(echoes, certificates.good()) as server:
        with Scripted(forwards({"good.example:443": server.port})) as proxy:
            snapshot = take(
                "https://good.example/",
                proxy=f"127.0.0.1:{proxy.port}",
                ca_file=certificates.ca_file,
                headers=headers,
            )
            assert all(b"verysecret" not in r for r in proxy.requests)
        assert header(server.requests[0], "Authorization") == "Bearer verysecret"
    assert snapshot.final.tls.verified


def test_public_only_pins_the_tunnel(take, plain):
    """The proxy is told the checked address, also for http."""
    with Scripted(forwards({"8.8.8.8:80": plain.port})) as proxy:
        snapshot = take(
            "http://site.invalid/",
            proxy=f"http://127.0.0.1:{proxy.port}",
            public_only=True,
            resolve=("site.invalid:80:8.8.8.8",),
        )
        assert proxy.requests[0].startswith(b"CONNECT 8.8.8.8:80 ")
        assert header(plain.requests[0], "Host") == "site.invalid"
        with pytest.raises(RevoctlError) as caught:
            take("http://127.0.0.1/", proxy=f"http://127.0.0.1:{proxy.port}", public_only=True)
        assert proxy.connections == 1
    assert snapshot.final.address == "8.8.8.8"
    assert caught.value.code == "target.private-address"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_credentials_of_the_proxy_are_for_the_proxy_only(scheme, take, plain, certificates):
    """They reach it, not the target, and are in no note, trace or snapshot."""
    events: list[str] = []
    with Scripted(echoes, certificates.good()) as secure:
        to = {"good.example": plain.port, "good.example:443": secure.port}
        with Scripted(forwards(to, TOKEN)) as proxy:
            url = f"http://user:pass%20word@127.0.0.1:{proxy.port}/"
            snapshot = take(
                f"{scheme}://good.example/",
                proxy=url,
                ca_file=certificates.ca_file,
                on_event=events.append,
            )
            assert header(proxy.requests[0], "Proxy-Authorization") == TOKEN
    assert snapshot.final.status == 200
    text = repr(snapshot) + "\n".join(events)
    assert "pass word" not in text
    assert "pass%20word" not in text
    assert TOKEN.split()[1] not in text


@pytest.mark.parametrize("url", ["http://a.invalid/", "https://a.invalid/"])
def test_a_proxy_that_wants_credentials(url, take):
    """407 is the proxy's fault, not the target's answer."""
    with Scripted(forwards({}, TOKEN)) as proxy, pytest.raises(RevoctlError) as caught:
        take(url, proxy=f"http://user:wrongpass@127.0.0.1:{proxy.port}")
    assert caught.value.code == "target.proxy"
    assert "407" in caught.value.why
    assert "wrongpass" not in str(caught.value) + caught.value.fix


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (forwards({}), "answers 502 to CONNECT"),
        (sends(b""), "closed the connection"),
        (sends(b"nonsense"), "not HTTP"),
    ],
    ids=["502", "closed", "nonsense"],
)
def test_a_proxy_that_fails(script, why, take):
    """It is named, and what it did."""
    with Scripted(script) as proxy, pytest.raises(RevoctlError) as caught:
        take("https://a.invalid/", proxy=f"http://127.0.0.1:{proxy.port}")
    assert caught.value.code == "target.proxy"
    assert why in caught.value.why


def test_a_proxy_that_is_not_there_or_mute(take):
    """Refused is the proxy's fault; silence ends with the deadline."""
    with Scripted(mute) as proxy:
        with pytest.raises(RevoctlError) as caught:
            take("https://a.invalid/", proxy=f"http://127.0.0.1:{proxy.port}", timeout=0.4)
        assert caught.value.code == "target.timeout"
    with pytest.raises(RevoctlError) as caught:
        take("https://a.invalid/", proxy=f"http://127.0.0.1:{proxy.port}")
    assert caught.value.code == "target.proxy"


@pytest.mark.parametrize("proxy", ["socks5://a:1", "https://a:1", "http://", "http://u:pw12@a:0"])
def test_a_proxy_that_is_none(proxy, take):
    """Other kinds and bad addresses are refused without showing a password."""
    with pytest.raises(RevoctlError) as caught:
        take("http://127.0.0.1:1/", proxy=proxy)
    assert caught.value.code == "target.proxy"
    assert "pw12" not in str(caught.value)
