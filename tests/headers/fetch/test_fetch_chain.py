"""Redirects hop by hop, who sees the credentials, and what failures are called."""

import pytest

from revoctl.errors import RevoctlError
from revoctl.headers.snapshot import Ending
from tests.servers.scripted import Scripted, echoes, header, path_of, routes, sends

SECRET = "s3cr3t/+&token"
HEADERS = (
    ("Authorization", f"Bearer {SECRET}"),
    ("Cookie", "sid=operators-own"),
    ("X-Api-Key", "key-of-the-operator"),
)


def found(location: str, *more: str, status: int = 302) -> bytes:
    lines = "".join(f"{line}\r\n" for line in (f"Location: {location}", *more))
    return f"HTTP/1.1 {status} X\r\n{lines}Content-Length: 0\r\n\r\n".encode("latin-1")


PAGE = b"HTTP/1.1 200 OK\r\nX-Ok: 1\r\n\r\n"


def test_every_hop_is_recorded(take):
    """Relative and absolute Locations are followed, each answer with its own URL."""
    table = {
        "/": found("a/b"),
        "/a/b": found("../c?x#frag", status=301),
        "/c?x": found("?y", status=303),
        "/c?y": found("./d", status=307),
        "/d": PAGE,
    }
    with Scripted(routes(table)) as server:
        snapshot = take(server.url)
    assert [hop.status for hop in snapshot.hops] == [302, 301, 303, 307, 200]
    paths = [hop.url.removeprefix(server.url) for hop in snapshot.hops]
    assert paths == ["", "a/b", "c?x", "c?y", "d"]
    assert snapshot.ending is Ending.FINAL
    assert all(hop.address == "127.0.0.1" and hop.seconds >= 0 for hop in snapshot.hops)


def test_a_chain_is_cut_after_so_many_redirects(take):
    """The limit counts redirects, and every answer is kept."""

    def further(connection, request):
        connection.sendall(found(f"/{len(path_of(request)) * 'x'}"))

    with Scripted(further) as server:
        snapshot = take(server.url, max_redirects=3)
    assert snapshot.ending is Ending.TOO_MANY
    assert len(snapshot.hops) == 4


def test_a_300_and_a_304_are_pages(take):
    """Browsers do not follow them."""
    for status in (300, 304):
        with Scripted(sends(found("/x", status=status))) as server:
            snapshot = take(server.url)
        assert (len(snapshot.hops), snapshot.ending) == (1, Ending.FINAL)


def test_a_hop_that_fails_ends_the_chain(take):
    """What answered before is kept, and why it ended is said."""
    with Scripted(sends(PAGE)) as gone:
        pass
    with Scripted(sends(found(gone.url))) as server:
        snapshot = take(server.url)
    assert (len(snapshot.hops), snapshot.ending) == (1, Ending.BROKEN)
    assert "refused" in snapshot.ending_detail


def test_public_only_holds_for_every_hop():
    """A redirect to a private address is not followed, the redirect itself is judged."""
    from revoctl.headers.fetch import Request
    from revoctl.headers.fetch.engine import take as take_over
    from revoctl.headers.fetch.wire_blocking import BlockingWire, run

    class Public(BlockingWire):
        async def connect(self, address, port, deadline):
            assert address == "8.8.8.8"
            return await super().connect("127.0.0.1", server.port, deadline)

    with Scripted(sends(found("http://169.254.169.254/latest"))) as server:
        snapshot = run(take_over(Request("http://8.8.8.8/", public_only=True), Public()))
    assert (len(snapshot.hops), snapshot.ending) == (1, Ending.REFUSED_ADDRESS)
    assert "link-local" in snapshot.ending_detail


def test_a_redirect_that_sets_a_cookie_is_not_a_loop(take):
    """The cookie goes back to where it came from, and is not in the snapshot."""

    def gate(connection, request):
        again = header(request, "Cookie") is None
        connection.sendall(found("/", "Set-Cookie: seen=yes-indeed; Path=/") if again else PAGE)

    events: list[str] = []
    with Scripted(gate) as server:
        snapshot = take(server.url, on_event=events.append)
        assert header(server.requests[1], "Cookie") == "seen=yes-indeed"
    assert [hop.status for hop in snapshot.hops] == [302, 200]
    assert "yes-indeed" not in repr(snapshot) + "".join(events)


def test_cookies_of_a_site_stay_there(take):
    """Another origin does not see them."""
    with Scripted(sends(PAGE)) as other:
        first = found(other.url, "Set-Cookie: sid=abcdefgh; Domain=127.0.0.1")
        with Scripted(sends(first)) as server:
            take(server.url)
        assert header(other.requests[0], "Cookie") is None


def test_credentials_go_to_the_target_and_never_further(take):
    """Another port is another origin; back home they are sent again."""
    with Scripted(lambda c, r: c.sendall(found(f"{server.url}back"))) as other:
        with Scripted(routes({"/": found(other.url), "/back": PAGE})) as server:
            snapshot = take(server.url, headers=HEADERS)
            home, back = server.requests
        (away,) = other.requests
    for name, value in HEADERS:
        assert header(home, name) == header(back, name) == value
        assert header(away, name) is None
    assert snapshot.final.status == 200
    assert "were not sent to" in snapshot.notes[0]


def test_echoed_credentials_are_redacted_everywhere(take):
    """In headers, body, URL, reason and trace; plain, percent-encoded and escaped for HTML."""

    def script(connection, request):
        if path_of(request) == "/":
            connection.sendall(
                found("/x?t=s3cr3t%2F%2b%26token&u=s3cr3t/%2B&token", f"X: {SECRET}")
            )
            return
        body = f"<p>{SECRET} s3cr3t/+&amp;token operators-own key-of-the-operator"
        head = f"HTTP/1.1 200 {SECRET}\r\nX-{SECRET}: 1\r\njunk {SECRET}\r\nLocation: /{SECRET}\r\n"
        connection.sendall(f"{head}Content-Type: text/html\r\n\r\n{body}".encode())

    events: list[str] = []
    with Scripted(script) as server:
        snapshot = take(server.url, headers=HEADERS, on_event=events.append)
    assert len(snapshot.hops) == 2
    text = repr(snapshot) + "\n".join(events)
    for secret in ("s3cr3t", "operators-own", "key-of-the-operator"):
        assert secret not in text
    assert snapshot.final.body.text.count("<redacted>") == 4


def test_a_secret_beyond_ascii_is_redacted_in_the_trace(take):
    """It is sent as UTF-8, and not shown, whatever line separators it holds."""
    events: list[str] = []
    headers = (("X-Token", "geheim\u2028niß\x85more"),)
    with Scripted(echoes) as server:
        snapshot = take(server.url, headers=headers, on_event=events.append)
    assert "> X-Token: <redacted>" in events
    for part in ("geheim", "ni", "more"):
        assert part not in "".join(line for line in events if "X-Token" in line)
        assert part not in snapshot.final.body.text.partition("X-Token")[2]


def test_credentials_are_redacted_in_errors(take):
    """An answer that is none may begin with what was sent."""
    with Scripted(sends(b"key-of-the-operator!")) as server, pytest.raises(RevoctlError) as caught:
        take(server.url, headers=HEADERS)
    assert "key-of" not in str(caught.value)


def test_the_operators_headers_replace_ours(take):
    """User-Agent, Accept and Host can be set; each is sent once."""
    headers = (("user-agent", "mine"), ("Host", "virtual.example"), ("Accept-Language", "de"))
    with Scripted(echoes) as server:
        snapshot = take(server.url, headers=headers)
        (request,) = server.requests
    assert request.lower().count(b"user-agent:") == request.lower().count(b"host:") == 1
    assert header(request, "Host") == "virtual.example"
    assert "Accept-Language: de" in snapshot.final.body.text


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"", "target.empty-answer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "target.empty-answer"),
        (b"HTTP/1.1 103 X\r\n\r\n" * 20 + PAGE, "target.empty-answer"),
        (b"+OK", "target.not-http"),
    ],
)
def test_answers_that_are_none(answer, code, take):
    """Each has its own code."""
    with Scripted(sends(answer)) as server, pytest.raises(RevoctlError) as caught:
        take(server.url)
    assert caught.value.code == code
    assert caught.value.what
    assert caught.value.why
    assert caught.value.fix


def test_nothing_listens(take):
    """A refused connection says so."""
    with Scripted(sends(PAGE)) as server:
        url = server.url
    with pytest.raises(RevoctlError) as caught:
        take(url)
    assert caught.value.code == "target.refused"


def test_an_answer_from_a_server_that_does_not_read_is_an_answer(take):
    """A server may answer and close before it has read the request."""
    with Scripted(sends(PAGE), greedy=True) as server:
        assert take(server.url).final.values("x-ok") == ("1",)


def test_the_trace_is_printable(take):
    """Control sequences of a target do not reach a terminal through the trace."""
    events: list[str] = []
    with Scripted(sends(b"HTTP/1.1 200 \x1b[2J\r\nX: \x1b]0;x\x07\x9b\r\n\r\n")) as server:
        take(server.url, on_event=events.append)
    assert any("\\x1b" in event for event in events)
    assert all(event.isprintable() for event in events)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0.0},
        {"timeout": float("nan")},
        {"max_redirects": -1},
        {"probes": frozenset({"nonsense"})},
        {"headers": (("X", "a\r\nHost: evil"),)},
        {"headers": (("X Y", "a"),)},
        {"headers": (("Transfer-Encoding", "chunked"),)},
        {"user_agent": "a\nb"},
        {"resolve": ("nonsense",)},
    ],
)
def test_options_that_cannot_be_meant(options, take):
    """They are refused before anything is sent, and no request can be split by a header."""
    with pytest.raises(RevoctlError) as caught:
        take("http://127.0.0.1:1/", **options)
    assert caught.value.code == "target.invalid"
