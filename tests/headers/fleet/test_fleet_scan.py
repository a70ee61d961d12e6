"""``headers scan --targets`` as a whole: records, bounds, formats, gate, merge."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from revoctl.cli.app import run
from revoctl.headers.fleet import wire as wires
from revoctl.headers.fleet.limits import affordable
from revoctl.headers.fleet.pacing import Pace, parse_rate
from revoctl.report.saved import load
from tests.servers.scripted import Scripted, drips, mute

SCAN = ["headers", "scan", "--exit-zero", "--targets"]


def records(path: Path) -> list[dict]:
    lines = [json.loads(text) for text in path.read_text().splitlines()]
    assert lines[0]["schema"] == "revoctl.scan/v1"
    return lines[1:]


def journal(folder: Path) -> Path:
    (path,) = (folder / ".revoctl" / "scans").glob("*.jsonl")
    return path


def test_every_entry_has_one_self_contained_record(fleet, folder: Path, capsys) -> None:
    """Verdicts, refused ports and bad lines alike; the journal says how to go on."""
    names = fleet.targets(folder / "t.txt", 12)
    with (folder / "t.txt").open("a") as handle:
        handle.write(f"{names[0]}\nhttp://127.0.0.1:1/\nbad host\n")
    assert run([*SCAN, "t.txt"]) == 0
    streams = capsys.readouterr()
    assert "14 targets" in streams.out
    found = records(journal(folder))
    assert sorted(r["target"] for r in found) == sorted(
        [*names, "http://127.0.0.1:1/", "line 15: bad host"]
    )
    errors = {r["target"]: r["errors"][0]["code"] for r in found if "errors" in r}
    assert set(errors.values()) == {"target.refused", "target.invalid"}
    assert all(r["scan"] == found[0]["scan"] for r in found)
    broken = {f["rule"] for f in found[0].get("findings", [])}
    assert broken == {rule["id"] for rule in found[0].get("rules", [])}
    assert f"revoctl headers scan --resume .revoctl/scans/{journal(folder).name}" in streams.err


def test_targets_are_not_probed_unless_asked(fleet, folder: Path, capsys) -> None:
    """One request a target by default; --probe cors adds the cross-origin ones."""
    fleet.targets(folder / "t.txt", 3)
    assert run([*SCAN, "t.txt", "-o", "name"]) == 0
    assert len(fleet.asked) == 3
    assert run([*SCAN, "t.txt", "-o", "name", "--probe", "cors"]) == 0
    assert len(fleet.asked) > 9


def test_jsonl_on_standard_output_is_the_journal(fleet, folder: Path, capfdbinary) -> None:
    """The same bytes, header included, so that a pipe can be resumed and merged too."""
    fleet.targets(folder / "t.txt", 5)
    assert run([*SCAN, "t.txt", "-o", "jsonl"]) == 0
    assert capfdbinary.readouterr().out == journal(folder).read_bytes()


@pytest.mark.parametrize(
    "name", ["json", "csv", "yaml", "name", "sarif", "junit", "html", "gitlab"]
)
def test_every_format_has_every_target(name: str, fleet, folder: Path, capsys) -> None:
    """On standard output and in a saved file; pages show the fleet instead of each target."""
    names = fleet.targets(folder / "t.txt", 4)
    assert run([*SCAN, "t.txt", "-o", name, "--save", f"{name}:out.txt"]) == 0
    out = capsys.readouterr().out
    assert out == (folder / "out.txt").read_text()
    if name == "html":
        assert "Hosts that differ" in out or "most frequent findings" in out
    else:
        assert all(target in out for target in names)
    if name == "json":
        assert len(load(folder / "out.txt")) == 4


def test_markdown_and_table_show_the_fleet(fleet, folder: Path, capsys) -> None:
    """Grades, the most frequent findings, and what gave no verdict."""
    fleet.targets(folder / "t.txt", 4)
    with (folder / "t.txt").open("a") as handle:
        handle.write("http://127.0.0.1:1/\n")
    assert run([*SCAN, "t.txt", "-o", "markdown"]) == 0
    out = capsys.readouterr().out
    assert "Grades" in out
    assert "The most frequent findings" in out
    assert "target.refused" in out


def test_the_gate_counts_the_fleet(fleet, folder: Path, capsys) -> None:
    """Findings fail as of one target, errors beyond --max-errors are partial."""
    fleet.targets(folder / "t.txt", 9)
    with (folder / "t.txt").open("a") as handle:
        handle.write("http://127.0.0.1:1/\n")
    scan = ["headers", "scan", "--targets", "t.txt", "-o", "name", "--fail-on"]
    assert run([*scan, "never"]) == 10
    assert "1 of 10 targets gave no verdict" in capsys.readouterr().err
    assert run([*scan, "never", "--max-errors", "10%"]) == 0
    assert run([*scan, "never", "--max-errors", "1"]) == 0
    assert run([*scan, "low", "--max-errors", "1"]) == 1


def test_waivers_and_baseline_hold_for_a_fleet(fleet, folder: Path, capsys) -> None:
    """A journal is a baseline as any saved report is; a waiver covers all that its globs match."""
    fleet.targets(folder / "t.txt", 3)
    scan = ["headers", "scan", "--targets", "t.txt", "-o", "name", "--fail-on", "info"]
    assert run(scan) == 1
    baseline = ["--baseline", str(journal(folder))]
    assert run([*scan, *baseline]) == 0
    (folder / "revoctl.yaml").write_text(
        'waivers: [{rule: "*", subject: "http://127.*", reason: r, owner: o, expires: 2999-01-01}]'
    )
    assert run(scan) == 0


def test_shards_make_a_whole(fleet, folder: Path, capsys) -> None:
    """Three journals, merged: every target once, and a missing shard is named."""
    names = fleet.targets(folder / "t.txt", 24)
    for part in (1, 2, 3):
        code = run([*SCAN, "t.txt", "--shard", f"{part}/3", "--resume", f"{part}.jsonl", "-q"])
        assert code in (0, 3)
    parts = [f"{n}.jsonl" for n in (1, 2, 3)]
    capsys.readouterr()
    assert run(["report", "merge", *parts, "--targets", "t.txt", "-o", "jsonl"]) == 0
    streams = capsys.readouterr()
    (folder / "all.jsonl").write_text(streams.out)
    assert sorted(r["target"] for r in records(folder / "all.jsonl")) == sorted(names)
    assert "no record" not in streams.err
    assert run(["report", "gate", parts[0], "--targets", "t.txt", "--fail-on", "never"]) == 10
    assert "targets of the list have no record" in capsys.readouterr().err


def test_resume_retries_errors_and_nothing_else(fleet, folder: Path, capsys) -> None:
    """What has a verdict is not asked again; the gate sees old and new."""
    fleet.targets(folder / "t.txt", 6)
    with (folder / "t.txt").open("a") as handle:
        handle.write("http://127.0.0.1:1/\n")
    assert run([*SCAN, "t.txt", "--resume", "j.jsonl", "-o", "name"]) == 0
    asked = len(fleet.asked)
    capsys.readouterr()
    assert run(["headers", "scan", "--resume", "j.jsonl", "--fail-on", "never"]) == 10
    streams = capsys.readouterr()
    assert len(fleet.asked) == asked
    assert "Audit of 7 targets" in streams.out
    assert "1 of 7 targets gave no verdict" in streams.err
    assert [r["target"] for r in records(folder / "j.jsonl")].count("http://127.0.0.1:1/") == 2


def test_a_changed_profile_is_a_usage_error(fleet, folder: Path, capsys) -> None:
    """A journal holds verdicts under one policy."""
    fleet.targets(folder / "t.txt", 1)
    assert run([*SCAN, "t.txt", "--resume", "j.jsonl", "-q"]) == 0
    assert run(["headers", "scan", "--resume", "j.jsonl", "--profile", "api"]) == 2
    assert "scan.changed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--targets", "none.txt"], 2),
        (["--targets", "t.txt", "x.example"], 2),
        (["--targets", "t.txt", "--rate", "x"], 2),
        (["--targets", "t.txt", "--shard", "3/2"], 2),
        (["--targets", "t.txt", "--column", "nope"], 2),
        (["--targets", "t.txt", "--before", "t.txt"], 2),
        (["--targets", "empty.txt"], 3),
        (["--resume", "none.jsonl"], 2),
        (["--resume", "t.txt"], 2),
    ],
    ids=lambda a: " ".join(a) if isinstance(a, list) else str(a),
)
def test_what_cannot_be_meant(arguments: list[str], code: int, folder: Path, capsys) -> None:
    """It is refused before anything is asked."""
    (folder / "t.txt").write_text("a,b\nx.example\n")
    (folder / "empty.txt").write_text("# nothing\n")
    assert run(["headers", "scan", *arguments]) == code


def test_the_rate_is_held(fleet, folder: Path, capsys) -> None:
    """Requests come no faster than asked for, however many could be under way."""
    fleet.targets(folder / "t.txt", 12)
    assert run([*SCAN, "t.txt", "--rate", "20", "-q", "-o", "name"]) == 0
    times = sorted(at for at, _, _ in fleet.asked)
    assert len(times) == 12
    assert times[-1] - times[0] >= 10 / 20


def test_workers_share_the_rate_and_the_list(fleet, folder: Path, capsys) -> None:
    """Two processes ask no faster together, and every target is asked once."""
    names = fleet.targets(folder / "t.txt", 16)
    assert run([*SCAN, "t.txt", "--rate", "20", "--workers", "2", "-q", "-o", "name"]) == 0
    times = sorted(at for at, _, _ in fleet.asked)
    assert times[-1] - times[0] >= 13 / 20  # 7 gaps of a tenth in each, less a late first
    assert sorted(r["target"] for r in records(journal(folder))) == sorted(names)


def test_bounds_are_held(fleet, folder: Path, capsys) -> None:
    """Never more than --concurrency in all, nor more than --per-host on one host."""
    fleet.wait = 0.03
    fleet.targets(folder / "t.txt", 64)
    bounds = ["--concurrency", "6", "--per-host", "1"]
    assert run([*SCAN, "t.txt", *bounds, "-q", "-o", "name"]) == 0
    assert fleet.most_at_once <= 6 + 1  # the server may learn of an end a moment later
    assert max(fleet.most.values()) <= 1 + 1
    assert fleet.most_at_once >= 4


def test_hostile_targets_do_not_slow_the_rest(fleet, folder: Path, capsys) -> None:
    """A hang, a drip and hundreds of refused ports take their own places and time out."""
    head = b"HTTP/1.1 200 OK\r\n"
    with Scripted(mute) as hangs, Scripted(drips([head] + [b"X"] * 60, 0.5)) as slow:
        names = [hangs.url.replace("127.0.0.1", "127.0.0.1"), slow.url]
        good = [fleet.url(n) for n in range(80)]
        refused = [f"http://127.0.0.{n % 200 + 9}:1/{n}" for n in range(300)]
        (folder / "t.txt").write_text("\n".join([*names, *refused, *good]) + "\n")
        began = time.monotonic()
        options = ["--timeout", "2s", "--per-host", "10", "-o", "name", "-q"]
        assert run([*SCAN, "t.txt", *options]) == 0
        took = time.monotonic() - began
    at = [when for when, _, _ in fleet.asked]
    assert len(at) == 80
    assert took < 8
    codes = [r["errors"][0]["code"] for r in records(journal(folder)) if "errors" in r]
    assert codes.count("target.refused") == 300
    assert codes.count("target.timeout") >= 1


def test_one_faulty_target_does_not_end_the_scan(
    fleet, folder: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of our own on one page is an error record of that target."""
    from revoctl.headers.fleet import examine

    fleet.targets(folder / "t.txt", 4)
    real = examine.audit

    def faulty(snapshot, *arguments, **options):
        if snapshot.target.endswith("/2"):
            raise ZeroDivisionError
        return real(snapshot, *arguments, **options)

    monkeypatch.setattr(examine, "audit", faulty)
    assert run([*SCAN, "t.txt", "-o", "name"]) == 0
    errors = [r["errors"][0]["code"] for r in records(journal(folder)) if "errors" in r]
    assert errors == ["internal.fault"]


def test_a_full_disk_ends_the_scan_with_an_error(
    fleet, folder: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 5, and what stands in the journal can be resumed."""
    from revoctl.headers.fleet import journal as journals

    fleet.targets(folder / "t.txt", 30)
    real = journals.Journal.append

    def append(self, lines: bytes) -> None:
        if self.size > 1000:
            monkeypatch.setattr(journals.os, "write", full)
        real(self, lines)

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(journals.Journal, "append", append)
    arguments = ["--resume", "j.jsonl", "--concurrency", "1", "-q", "-o", "name"]
    assert run([*SCAN, "t.txt", *arguments]) == 5
    assert "No space left" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    assert run([*SCAN, "t.txt", "--resume", "j.jsonl", "-q", "-o", "name"]) == 0
    assert len({r["target"] for r in records(folder / "j.jsonl")}) == 30


def test_names_are_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many targets of a name ask the resolver once, at the same time or after each other."""
    from revoctl.headers.fetch.deadline import Deadline

    asked = []

    def look_up(host, port, done):
        asked.append(host)
        done(("127.0.0.1",) if host == "a.example" else OSError(-2, "unknown"))

    monkeypatch.setattr(wires, "start_look_up", look_up)

    async def main() -> None:
        book = wires.Directory()
        both = [book.addresses("a.example", 80, Deadline(2)) for _ in range(5)]
        assert await asyncio.gather(*both) == [("127.0.0.1",)] * 5
        assert await book.addresses("a.example", 80, Deadline(2)) == ("127.0.0.1",)
        for _ in range(2):
            with pytest.raises(OSError, match="unknown"):
                await book.addresses("b.example", 80, Deadline(2))

    asyncio.run(main())
    assert asked == ["a.example", "b.example"]


def test_the_directory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Old names go when there are too many."""
    from revoctl.headers.fetch.deadline import Deadline

    monkeypatch.setattr(wires, "MOST_NAMES", 10)
    monkeypatch.setattr(wires, "start_look_up", lambda host, port, done: done(("127.0.0.1",)))

    async def main() -> int:
        book = wires.Directory()
        for n in range(50):
            await book.addresses(f"h{n}.example", 80, Deadline(2))
        return len(book._known)

    assert asyncio.run(main()) == 10


@pytest.mark.parametrize(
    ("wanted", "limit", "given"), [(50, 1024, 50), (5000, 1024, 480), (5, 8, 1)]
)
def test_file_descriptors_bound_the_concurrency(wanted: int, limit: int, given: int) -> None:
    """A low limit makes a scan slower, not fail."""
    assert affordable(wanted, limit) == given


def test_a_pace_counts_from_now() -> None:
    """A pause is not made up for by a burst."""
    pace = Pace(10)
    assert pace._reserve(100.0) == 0
    assert pace._reserve(100.0) == pytest.approx(0.1)
    assert pace._reserve(200.0) == 0
    assert pace._reserve(200.0) == pytest.approx(0.1)
    assert parse_rate("") == 0


def test_a_mute_resolver_holds_up_only_who_asks_it(
    fleet, folder: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that are never answered for time out beside targets that need none."""
    monkeypatch.setattr(wires, "start_look_up", lambda host, port, done: None)
    good = [fleet.url(n) for n in range(40)]
    mute_names = [f"http://h{n}.example/" for n in range(20)]
    (folder / "t.txt").write_text("\n".join([*mute_names, *good]) + "\n")
    began = time.monotonic()
    assert run([*SCAN, "t.txt", "--timeout", "1s", "--per-host", "10", "-q", "-o", "name"]) == 0
    assert time.monotonic() - began < 6
    codes = [r["errors"][0]["code"] for r in records(journal(folder)) if "errors" in r]
    assert codes == ["target.timeout"] * 20


def test_targets_of_standard_input_can_be_resumed(
    fleet, folder: Path, capsys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list is kept beside the journal."""
    import io
    from types import SimpleNamespace

    names = fleet.targets(folder / "t.txt", 3)
    data = io.BytesIO((folder / "t.txt").read_bytes() + b"http://127.0.0.1:1/\n")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=data))
    assert run([*SCAN, "-", "-q", "-o", "name"]) == 0
    (folder / "t.txt").unlink()
    path = journal(folder)
    assert run(["headers", "scan", "--resume", str(path), "--exit-zero", "-q", "-o", "name"]) == 0
    targets = [r["target"] for r in records(path)]
    assert sorted(set(targets)) == sorted([*names, "http://127.0.0.1:1/"])
    assert targets.count("http://127.0.0.1:1/") == 2


def test_credentials_are_in_no_journal(
    fleet, folder: Path, capfd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header that is sent to every target is written nowhere, workers or not."""
    monkeypatch.setenv("KEY", "Bearer c4n4ry-c4n4ry")
    fleet.targets(folder / "t.txt", 4)
    for workers in ("1", "2"):
        options = ["--header", "Authorization=env:KEY", "--workers", workers, "-o", "jsonl"]
        assert run([*SCAN, "t.txt", *options]) == 0
    streams = capfd.readouterr()
    written = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    assert b"c4n4ry" not in written
    assert "c4n4ry" not in streams.out + streams.err


def test_a_list_can_be_a_pipe(fleet, folder: Path, capsys) -> None:
    """``--targets <(command)`` is read once and kept, so that it can be resumed."""
    import os
    import threading

    names = fleet.targets(folder / "t.txt", 3)
    os.mkfifo(folder / "pipe")
    text = (folder / "t.txt").read_bytes()
    threading.Thread(target=lambda: (folder / "pipe").write_bytes(text)).start()
    assert run([*SCAN, "pipe", "-q", "-o", "name"]) == 0
    assert sorted(r["target"] for r in records(journal(folder))) == sorted(names)
