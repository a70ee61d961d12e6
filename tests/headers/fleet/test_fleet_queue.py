"""Who is next: the bound on one host, fairness to the others, and an end that always comes."""

from hypothesis import given
from hypothesis import strategies as st

from revoctl.headers.fleet.queue import Queue
from revoctl.headers.fleet.shard import Shard
from revoctl.headers.fleet.targets import Aim, Share


def queue(hosts: list[str], per_host: int = 1, concurrency: int = 4) -> Queue:
    entries = iter([Aim(f"{host}/{n}", host) for n, host in enumerate(hosts)])
    return Queue(Share(entries, Shard()), per_host, concurrency)


def test_a_busy_host_does_not_hold_up_the_others() -> None:
    """Its targets step aside, and come first when it is free."""
    line = queue(["a", "a", "a", "b"])
    first, second = line.take(), line.take()
    assert [first, second] == [Aim("a/0", "a"), Aim("b/3", "b")]
    assert line.take() is None
    assert not line.exhausted
    line.done(first)
    assert line.take() == Aim("a/1", "a")


def test_what_steps_aside_is_bounded() -> None:
    """Of an endless list of one host only so many are read ahead."""
    count = 0

    def endless():
        nonlocal count
        while True:
            count += 1
            yield Aim(f"a/{count}", "a")

    line = Queue(Share(endless(), Shard()), 2, 10)
    assert isinstance(line.take(), Aim)
    assert isinstance(line.take(), Aim)
    for _ in range(50):
        assert line.take() is None
    assert count < 1100


@given(
    st.lists(st.sampled_from("abcd"), max_size=60),
    st.integers(1, 3),
    st.randoms(use_true_random=False),
)
def test_everything_is_handed_out_once_within_the_bound(hosts, per_host, random) -> None:
    """In whatever order targets finish, each is handed out once and no host has too many."""
    line, under_way, seen = queue(hosts, per_host), [], []
    for _ in range(10 * len(hosts) + 10):
        entry = line.take() if random.random() < 0.6 else None
        if isinstance(entry, Aim):
            under_way.append(entry)
            seen.append(entry)
        elif under_way and random.random() < 0.5:
            line.done(under_way.pop(random.randrange(len(under_way))))
        assert all(sum(e.host == h for e in under_way) <= per_host for h in "abcd")
    while under_way or not line.exhausted:
        entry = line.take()
        if isinstance(entry, Aim):
            under_way.append(entry)
            seen.append(entry)
        elif under_way:
            line.done(under_way.pop())
    assert sorted(e.text for e in seen) == sorted(f"{h}/{n}" for n, h in enumerate(hosts))
