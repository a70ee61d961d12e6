"""Violation reports: read from anything, grouped in bounded memory, never believed blindly."""

import json
import socket
import time
import tracemalloc
import urllib.error
import urllib.request

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from revoctl.cli.app import run
from revoctl.errors import RevoctlError
from revoctl.headers.csp_reports import Collector, Reader, allowed, document, parts
from revoctl.headers.csp_reports.collect import MOST_GROUPS
from revoctl.headers.csp_reports.listen import LARGEST_BODY, listening
from revoctl.headers.csp_reports.model import Summary, Violation
from revoctl.headers.csp_reports.pieces import LARGEST, Pieces
from revoctl.headers.syntax.csp import parse
from revoctl.render import FORMATS, render

PAGE = "https://www.example.com/shop?id=1"
POLICY = "default-src 'self'; script-src 'self'; report-uri /r"


def old(blocked: str, directive: str = "img-src", **more: object) -> dict:
    """A report-uri report."""
    body = {
        "document-uri": PAGE, "blocked-uri": blocked, "effective-directive": directive,
        "violated-directive": directive, "original-policy": POLICY, "disposition": "enforce",
        **{key.replace("_", "-"): value for key, value in more.items()},
    }  # fmt: skip
    return {"csp-report": body}


def new(blocked: str, directive: str = "img-src", **more: object) -> dict:
    """A Reporting API report."""
    body = {"documentURL": PAGE, "blockedURL": blocked, "effectiveDirective": directive,
            "originalPolicy": POLICY, "disposition": "report", **more}  # fmt: skip
    return {"type": "csp-violation", "age": 1, "url": PAGE, "user_agent": "x", "body": body}


def read(data: bytes) -> tuple[list[Violation], Reader]:
    import io

    reader = Reader()
    return list(reader.read(parts(io.BytesIO(data)))), reader


def grouped(*reports: dict, trust: tuple[str, ...] = ()) -> Summary:
    collector, reader = Collector(), Reader()
    lines = [json.dumps(report).encode() + b"\n" for report in reports]
    collector.add_all(reader.read(lines))
    return collector.summary(trust, other=reader.other, unread=reader.unread)


def dumped(*reports: dict, indent: int | None = None, array: bool = False) -> bytes:
    if array:
        return json.dumps(list(reports), indent=indent).encode()
    return "\n".join(json.dumps(report, indent=indent) for report in reports).encode()


@pytest.mark.parametrize("indent", [None, 0, 2])
@pytest.mark.parametrize("array", [False, True])
def test_every_layout_is_read(indent: int | None, array: bool) -> None:
    """Lines, arrays, one object, pretty or not, of both formats side by side."""
    data = dumped(old('https://a.example/{x}"\\'), new("inline"), indent=indent, array=array)
    found, reader = read(data)
    assert [v.blocked for v in found] == ['https://a.example/{x}"\\', "inline"]
    assert [v.enforced for v in found] == [True, False]
    assert {v.page for v in found} == {PAGE}
    assert reader.unread == 0


def test_older_browsers_are_understood() -> None:
    """A violated directive with its sources, Safari's names, a missing document."""
    body = {"document-uri": PAGE, "violated-directive": "SCRIPT-SRC 'self'", "blocked-uri": ""}
    odd = {"type": "csp-violation", "url": PAGE, "body": {"blockedURI": "x", "lineNumber": 7}}
    found, _ = read(dumped({"csp-report": body}, odd))
    assert [(v.directive, v.page, v.line) for v in found] == [
        ("script-src", PAGE, 0), ("", PAGE, 7)
    ]  # fmt: skip


def test_a_broken_line_costs_one_report() -> None:
    """Cut off anywhere, or with a line break in a string; the next line is read."""
    good = json.dumps(old("https://a.example/")).encode()
    for end in range(1, len(good)):
        found, reader = read(good[:end] + b"\n" + good + b"\n")
        assert len(found) == 1, good[:end]
        assert reader.unread == 1
    found, reader = read(b"2026-11-01 10.0.0.1 " + good + b" 204\n" + good)
    assert len(found) == 2


def test_other_reports_and_other_json_are_counted() -> None:
    """Deprecation reports are other reports; what is none of these is unread."""
    found, reader = read(dumped({"type": "deprecation", "body": {}}, {"a": 1}))
    assert found == []
    assert (reader.other, reader.unread) == (1, 1)


def test_one_line_without_end_is_read_in_bounded_memory() -> None:
    """A huge array on one line gives its reports; a huge report is passed over."""
    huge = old("https://a.example/" + "x" * (LARGEST + 1))
    data = b"[" + b",".join(
        [json.dumps(old("https://b.example/")).encode()] * 3000 + [json.dumps(huge).encode()]
    ) + b"]"  # fmt: skip
    tracemalloc.start()
    reader = Reader()
    stream = (data[at : at + 65536] for at in range(0, len(data), 65536))
    count = sum(1 for _ in reader.read(stream))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, reader.unread) == (3000, 1)
    assert peak < 3 * LARGEST


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200) | st.text('{}[]",:\\\n ab', max_size=99).map(str.encode))
def test_any_bytes_are_read(data: bytes) -> None:
    """Whatever is in a file, there are violations and counts."""
    read(data)


NAMES = ("csp-report", "body", "type", "blocked-uri", "effective-directive", "document-uri")
KEYS = st.sampled_from((*NAMES, "source-file", "original-policy", "line-number"))
SCALARS = st.none() | st.integers() | st.text(max_size=12) | st.just("csp-violation")
ENTRIES = st.dictionaries(KEYS, SCALARS | st.dictionaries(KEYS, SCALARS), max_size=5)


@settings(max_examples=150, deadline=None)
@given(st.lists(ENTRIES, max_size=5))
def test_any_report_has_a_verdict_and_a_page(entries: list[dict]) -> None:
    """And the edited policy reads back."""
    summary = grouped(*entries)
    render("table", document(summary))
    edited = allowed(summary)
    assert parse(edited).problems == ()


@pytest.mark.parametrize("piece", [b"{", b'"', b'{"', b"}", b"\\", b"{\n", b'{"a":"\\', b"[{\n"])
def test_time_is_linear(piece: bytes) -> None:
    """Ten times the bytes take about ten times as long."""

    def seconds(times: int) -> float:
        data = piece * times
        start = time.process_time()
        pieces = Pieces()
        for at in range(0, len(data), 4096):
            list(pieces.feed(data[at : at + 4096]))
        return time.process_time() - start

    assert seconds(200_000) < 30 * max(seconds(20_000), 0.002)


@pytest.mark.parametrize(
    ("report", "verdict", "source"),
    [
        (old("https://www.example.com/a.png"), "allow", "'self'"),
        (old("https://img.example.com/a.png"), "allow", "https://img.example.com"),
        (old("wss://www.example.com/s", "connect-src"), "allow", "wss://www.example.com"),
        (old("data", source_file=PAGE), "allow", "data:"),
        (old("data:image/png,x", source_file="https://www.example.com/a.css"), "allow", "data:"),
        (old("blob", "worker-src", source_file=PAGE), "allow", "blob:"),
        (old("http://www.example.com/a.png"), "unexplained", ""),
        (old("https://evil.example/x.js", "script-src-elem"), "unexplained", ""),
        (old("https://fonts.gstatic.com/x", "font-src"), "unexplained", ""),
        (old("https://evil.example", "frame-ancestors"), "unexplained", ""),
        (old("https://www.example.com", "frame-ancestors"), "allow", "'self'"),
        (old("inline", "script-src-elem", source_file=PAGE), "unexplained", ""),
        (old("inline", "style-src-attr"), "injected", ""),
        (old("eval", "script-src", source_file=PAGE), "unexplained", ""),
        (old("eval", "script-src", source_file="chrome-extension"), "injected", ""),
        (old("data", "script-src", source_file=PAGE), "unexplained", ""),
        (old("data", "font-src"), "injected", ""),
        (old("moz-extension://abc/x.js", "script-src"), "injected", ""),
        (old("moz-extension", "script-src"), "injected", ""),
        (old("chrome-extension", "script-src"), "injected", ""),
        (old("safari-web-extension://x", "script-src"), "injected", ""),
        (old("about", "frame-src"), "injected", ""),
        (old("about:blank", "frame-src"), "injected", ""),
        (old("https://www.example.com/x.js", "script-src", source_file="moz-extension://a/b"),
         "injected", ""),
        (old("inline", "script-src", source_file="user-script:1"), "injected", ""),
        (old("https://gc.kis.v2.scr.kaspersky-labs.com/x/main.js", "script-src-elem"),
         "injected", ""),
        (old("", "script-src"), "injected", ""),
        (old("gopher://x", "script-src"), "unexplained", ""),
        (old("https://user:x@www.example.com/", "img-src"), "unexplained", ""),
    ],
)  # fmt: skip
def test_each_kind_has_its_verdict(report: dict, verdict: str, source: str) -> None:
    """Own places are allowed, extensions and injectors named, all else left to people."""
    (group,) = grouped(report).groups
    assert (group.verdict, group.source) == (verdict, source)
    assert group.why


def test_a_known_service_counts_on_several_pages() -> None:
    """Three pages for a known one; any number for one that nobody knows, unless trusted."""

    def on(host: str) -> list[dict]:
        return [
            old(f"https://{host}/x.js", "script-src-elem", document_uri=f"https://a.example/{n}")
            for n in range(3)
        ]

    (known,) = grouped(*on("js.stripe.com")).groups
    assert (known.verdict, known.party, known.pages) == ("allow", "Stripe", 3)
    (foreign,) = grouped(*on("cdn.foreign.example")).groups
    assert foreign.verdict == "unexplained"
    (trusted,) = grouped(*on("cdn.foreign.example"), trust=("cdn.foreign.example",)).groups
    assert trusted.verdict == "allow"
    same = grouped(*[old("https://js.stripe.com/x", document_uri=f"{PAGE}&{n}") for n in range(9)])
    assert [g.verdict for g in same.groups] == ["unexplained"]  # a query makes no other page


def test_sites_on_one_public_suffix_are_strangers() -> None:
    """Two users of a hosting domain are not one party."""
    report = old("https://evil.github.io/x.js", "script-src", document_uri="https://a.github.io/")
    (group,) = grouped(report).groups
    assert group.verdict == "unexplained"


def test_the_edited_policy_adds_what_is_allowed_where_it_counts() -> None:
    """To the governing directive; from default-src a directive of its own is made."""
    summary = grouped(
        old("https://img.example.com/a.png", "img-src"),
        old("https://js.example.com/a.js", "script-src-elem"),
        old("https://evil.example/x.js", "script-src-elem"),
    )
    assert allowed(summary) == (
        "default-src 'self'; script-src 'self' https://js.example.com; report-uri /r; "
        "img-src 'self' https://img.example.com"
    )
    assert allowed(summary, "img-src 'none'") == "img-src https://img.example.com"


def test_a_forged_policy_cannot_smuggle_text() -> None:
    """What no browser could have read is left out of the edited policy."""
    forged = "default-src 'self' \x1b[31m; \x1b]0;x\x07 y; font-src ü; img-src 'none'"
    report = old("https://www.example.com/a.png", original_policy=forged)
    assert allowed(grouped(report)) == "default-src 'self'; img-src 'self'"


def test_memory_is_bounded_under_a_flood_and_what_is_frequent_stays() -> None:
    """Forty thousand invented origins leave the real group and a count."""
    collector = Collector()
    real = Violation("img-src", "https://img.example.com/x", PAGE)
    for number in range(40_000):
        collector.add(Violation("img-src", f"https://h{number}.evil.example/", PAGE))
        if number % 10 == 0:
            collector.add(real)
    summary = collector.summary()
    assert len(summary.groups) <= MOST_GROUPS
    (found,) = [g for g in summary.groups if g.verdict == "allow"]
    assert found.count == 4000
    assert summary.rare + sum(g.count for g in summary.groups) == 44_000


@pytest.mark.parametrize("form", [n for n, f in FORMATS.items() if "document" in f.accepts])
def test_hostile_texts_stay_text(form: str) -> None:
    """Control characters, markup and formulas in every field of a report."""
    evil = "=cmd|' \x1b[31m<script>x\u202e"
    report = old(f"https://a.example/{evil}", f"img-src{evil}", document_uri=evil,
                 source_file=evil, script_sample=evil, original_policy=evil)  # fmt: skip
    text = render(form, document(grouped(report, old(evil, evil))))
    assert "\x1b[31m" not in text
    assert "\u202e" not in text
    assert form != "html" or "<script>" not in text


def post(port: int, body: bytes, kind: str = "application/csp-report") -> int:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/r", body, {"Content-Type": kind}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_collector_takes_reports_and_refuses_the_rest() -> None:
    """Report types only, bounded bodies, a preflight answered, nothing to GET."""
    bodies: list[bytes] = []
    with listening(0, bodies.append) as port:
        assert post(port, b"{}") == 204
        assert post(port, b"[]", "application/reports+json; charset=utf-8") == 204
        assert post(port, b"x", "text/plain") == 415
        assert post(port, b"x" * (LARGEST_BODY + 1)) == 413
        for method, status in (("OPTIONS", 204), ("GET", 405)):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/", method=method)
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    assert answer.status == status
                    assert answer.headers["Access-Control-Allow-Headers"] == "content-type"
            except urllib.error.HTTPError as error:
                with error:
                    assert error.code == status
    assert bodies == [b"{}", b"[]"]


def test_the_collector_listens_on_loopback_only_and_says_if_it_cannot() -> None:
    """A port that is taken is an error with a code."""
    with listening(0, lambda body: None) as port:
        with pytest.raises(RevoctlError) as caught, listening(port, lambda body: None):
            pass
        assert caught.value.code == "listen.refused"
        with socket.socket() as probe:
            probe.settimeout(1)
            assert probe.connect_ex(("127.0.0.1", port)) == 0


def test_silent_clients_do_not_keep_others_out() -> None:
    """Ten connections that say nothing delay no report."""
    bodies: list[bytes] = []
    with listening(0, bodies.append) as port:
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(10)]
        start = time.monotonic()
        assert post(port, b"{}") == 204
        assert time.monotonic() - start < 3
        for connection in idle:
            connection.close()


def test_the_command_groups_files(tmp_path, capsys) -> None:
    """Several files make one summary; --allow prints the policy alone."""
    (tmp_path / "a.jsonl").write_bytes(dumped(old("https://img.example.com/a.png")))
    (tmp_path / "b.json").write_bytes(dumped(new("inline", "style-src-attr"), array=True))
    files = [str(tmp_path / "a.jsonl"), str(tmp_path / "b.json")]
    assert run(["headers", "csp", "report", *files, "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [g["verdict"] for g in found["groups"]] == ["allow", "injected"]
    assert run(["headers", "csp", "report", *files, "--allow"]) == 0
    edited = capsys.readouterr().out
    assert edited == POLICY + "; img-src 'self' https://img.example.com\n"
    assert run(["headers", "csp", "report", *files, "--allow", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["edited"] == edited.strip()
    assert run(["headers", "csp", "report", *files, "-o", "name"]) == 0
    first, _ = capsys.readouterr().out.splitlines()
    assert first == "allow img-src https://img.example.com"
    assert run(["headers", "csp", "report", *files]) == 0
    assert "To allow" in capsys.readouterr().out


def test_the_command_collects_for_a_while(capsys) -> None:
    """Without reports the summary is empty and says so."""
    assert run(["headers", "csp", "report", "--listen", "0", "--duration", "100ms"]) == 0
    streams = capsys.readouterr()
    assert "0 reports" in streams.out
    assert "collecting on http://127.0.0.1:" in streams.err


@pytest.mark.parametrize(
    ("content", "code"), [(b"", 3), (b"no reports here", 3), (b'{"a": 1}', 3), (None, 2)]
)
def test_nothing_to_read_is_an_error(content: bytes | None, code: int, tmp_path, capsys) -> None:
    """A file that holds no report, or is missing."""
    path = tmp_path / "reports.json"
    if content is not None:
        path.write_bytes(content)
    assert run(["headers", "csp", "report", str(path)]) == code
    assert capsys.readouterr().out == ""
