"""How long who guesses waits."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from allocator.web.throttle import ALL, FORGOTTEN_S, ONE, Throttle, name_of_mark, network_of, new_mark


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def mistakes(throttle: Throttle, clock: Clock, count: int, who: str = "10.0.0.1") -> None:
    """So many, each as early as it may be."""
    for _ in range(count):
        wait = throttle.begin(who, marked=False)
        if wait:
            clock.now += wait
            assert 0.0 == throttle.begin(who, marked=False)


def test_a_few_mistakes_are_free_and_then_each_costs_twice() -> None:
    """The wait doubles from a second on."""
    clock = Clock()
    throttle = Throttle(clock)
    mistakes(throttle, clock, ONE.free)
    waits = []
    for _ in range(4):
        waits.append(throttle.begin("10.0.0.1", marked=False))
        mistakes(throttle, clock, 1)
    assert [1.0, 2.0, 4.0, 8.0] == waits


def test_what_comes_too_early_does_not_prolong_the_wait() -> None:
    """Hammering leaves the owner's next turn where it was."""
    clock = Clock()
    throttle = Throttle(clock)
    mistakes(throttle, clock, ONE.free + 3)
    wait = throttle.begin("10.0.0.1", marked=False)
    for _ in range(100):
        throttle.begin("10.0.0.1", marked=False)
    assert wait == throttle.begin("10.0.0.1", marked=False)


@given(st.integers(1, 400))
def test_nobody_waits_for_ever(count: int) -> None:
    """However many mistakes: the wait of one address, and that of all strangers, has an end."""
    clock = Clock()
    throttle = Throttle(clock)
    mistakes(throttle, clock, count)
    assert throttle.begin("10.0.0.1", marked=False) <= ONE.longest_s
    assert throttle.begin("10.0.0.2", marked=False) <= ALL.longest_s


def test_guesses_from_many_addresses_slow_each_other_down() -> None:
    """A thousand addresses do not get a thousand times the guesses."""
    clock = Clock()
    throttle = Throttle(clock)
    done = sum(throttle.begin(f"10.0.{n // 250}.{n % 250}", marked=False) == 0 for n in range(1000))
    assert ALL.free == done


def test_a_guesser_does_not_keep_a_known_browser_out() -> None:
    """The browser of an earlier login waits for its own mistakes alone."""
    clock = Clock()
    throttle = Throttle(clock)
    for n in range(1000):
        throttle.begin(f"10.0.{n // 250}.{n % 250}", marked=False)
    assert 0.0 == throttle.begin("mark", marked=True)


def test_the_right_password_clears_the_mistakes_of_its_address() -> None:
    """After a login everything is free again."""
    clock = Clock()
    throttle = Throttle(clock)
    mistakes(throttle, clock, ONE.free - 1)
    throttle.begin("10.0.0.1", marked=False)
    throttle.succeeded("10.0.0.1", marked=False)
    started = clock.now
    mistakes(throttle, clock, ONE.free)
    assert started == clock.now


def test_mistakes_are_forgotten_after_an_hour() -> None:
    """One mistake a day never costs anything."""
    clock = Clock()
    throttle = Throttle(clock)
    for _ in range(ONE.free * 3):
        assert 0.0 == throttle.begin("10.0.0.1", marked=False)
        clock.now += FORGOTTEN_S


def test_an_address_of_ipv6_stands_for_its_subnet() -> None:
    """Whoever has one has 2**64 of them."""
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert "10.0.0.1" == network_of("::ffff:10.0.0.1")
    assert "10.0.0.1" == network_of("10.0.0.1")


def test_a_mark_is_ours_or_none() -> None:
    """A made up mark, and one of an older password, names nobody."""
    mark = new_mark("hash")
    assert mark.partition(".")[0] == name_of_mark("hash", mark)
    assert name_of_mark("another", mark) is None
    assert name_of_mark("hash", "x" + mark) is None
    assert name_of_mark("hash", "." + mark.partition(".")[2]) is None
    assert name_of_mark("hash", "ы.ы") is None
    assert name_of_mark("hash", None) is None
