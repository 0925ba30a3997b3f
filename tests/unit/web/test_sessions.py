"""Who is signed in, and until when."""

from __future__ import annotations

from allocator.web.csrf import is_visit
from allocator.web.door import Door
from allocator.web.sessions import IDLE_S, LONGEST_S, MOST, Sessions, cookie_of, new_cookie


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_when_it_is_told_to() -> None:
    """A name that was never given, or was signed out, is nobody's."""
    sessions = Sessions(Clock())
    visit = sessions.begin()
    assert is_visit(visit)
    assert sessions.holds(visit)
    assert not sessions.holds(visit[:-1] + ("A" if visit[-1] != "A" else "B"))
    sessions.end(visit)
    assert not sessions.holds(visit)


def test_a_session_that_is_idle_for_too_long_is_over() -> None:
    """Each request keeps it; without any it ends."""
    clock = Clock()
    sessions = Sessions(clock)
    visit = sessions.begin()
    for _ in range(3):
        clock.now += IDLE_S
        assert sessions.holds(visit)
    clock.now += IDLE_S + 1
    assert not sessions.holds(visit)


def test_no_session_lasts_for_ever() -> None:
    """Even one that is used all the time ends."""
    clock = Clock()
    sessions = Sessions(clock)
    visit = sessions.begin()
    while clock.now + IDLE_S <= LONGEST_S:
        clock.now += IDLE_S
        assert sessions.holds(visit)
    clock.now = LONGEST_S + 1
    assert not sessions.holds(visit)


def test_sessions_do_not_fill_the_memory() -> None:
    """With too many the one that was idle longest goes."""
    clock = Clock()
    sessions = Sessions(clock)
    visits = []
    for n in range(MOST + 1):
        clock.now = float(n)
        visits.append(sessions.begin())
    assert [False, True, True] == [sessions.holds(visits[n]) for n in (0, 1, MOST)]


def test_cookies_are_of_one_server_and_out_of_reach() -> None:
    """Two servers of a machine keep theirs apart by the port; scripts and other sites see none."""
    door = Door(port=5001)
    header = new_cookie("visit", "abc", door, "http", 60)
    assert header.startswith("visit_5001=abc;")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=60"} <= set(header.split("; "))
    assert "Secure" not in header
    assert "Secure" in new_cookie("visit", "abc", door, "https", 60)
    assert "Secure" in new_cookie("visit", "abc", Door(https=True), "http", 60)
    assert "abc" == cookie_of("visit_5000=x; visit_5001=abc", "visit", door)
