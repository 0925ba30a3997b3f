"""Backtests that pages begin: their states, their folders, whose turn it is, and what a restart finds."""

from __future__ import annotations

import errno
import json
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.app.desk import Busy, Gone
from allocator.app.loop.child import Stopped
from allocator.app.loop.place import Place
from allocator.app.runs import MOST_WAITING, Runs, check
from allocator.app.runs_files import CONFIG, STATE, Figures, Run, Shelf, Stage, State
from allocator.app.runs_work import Order, Outcome
from allocator.core.errors import AllocatorError, ConfigError, ForecastError, StoreError, UsageError
from allocator.core.text import text

INI = "[backtest]\ntitle = Leaders\nfrom = 2018-07-02\ntickers = SBER\n[strategy equal]\nkind = equal\n"
NOON = datetime(2026, 3, 3, 9, tzinfo=UTC)
OUTCOME = Outcome(text("{name} grew", name="equal"), (Figures("equal", 0.1, 0.2, 0.5, -0.1, 1.1),), (text("a note"),))


class FakeChild:
    """A process that ends when the test says so."""

    def __init__(self, order: Order, report, done) -> None:
        self.order, self.report, self._done = order, report, done
        self._future: Future[Outcome] = Future()
        self._future.add_done_callback(lambda _: self._done(self))

    def result(self, timeout: float | None = None) -> Outcome:
        return self._future.result(timeout)

    def end(self, found: Outcome | Exception) -> None:
        if isinstance(found, Exception):
            self._future.set_exception(found)
        else:
            self._future.set_result(found)

    def stop(self) -> None:
        if not self._future.done():
            self.end(Stopped())


class Office:
    """Runs over a folder, their children, and a clock that goes on by a second a look."""

    def __init__(self, folder: Path, **asked) -> None:
        self.children: list[FakeChild] = []
        self.told: list[Run] = []
        self._now = NOON
        self.runs = Runs(folder, Place(), self.now, start=self.start, told=self.told.append, **asked)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    def start(self, call: str, arguments: tuple[Order], *, report, done) -> FakeChild:
        assert "allocator.app.runs_work:work" == call
        self.children.append(FakeChild(arguments[0], report, done))
        return self.children[-1]


@pytest.fixture
def office(tmp_path: Path):
    made = Office(tmp_path)
    yield made
    made.runs.close()


def stages(office: Office) -> list[Stage]:
    """The oldest first."""
    return [run.state.stage for run in reversed(office.runs.all())]


def test_a_run_from_its_beginning_to_its_end(office: Office) -> None:
    """It says what it does, and at the end what came of it; the text is kept as it was."""
    run = office.runs.begin(INI)
    assert ("Leaders", Stage.RUNNING) == (run.state.title, run.state.stage)
    [child] = office.children
    assert (run.name, office.runs.shelf.folder) == (child.order.name, child.order.folder)
    child.report(text("testing {strategy}", strategy="equal"), 1, 3)
    going = office.runs.get(run.name).state
    assert ("testing equal", 1, 3) == (str(going.doing), going.done, going.total)
    child.end(OUTCOME)
    state = office.runs.get(run.name).state
    assert (Stage.DONE, OUTCOME.figures, OUTCOME.notes) == (state.stage, state.figures, state.notes)
    assert "equal grew" == str(state.verdict)
    assert state.asked < state.began < state.ended
    assert INI == office.runs.shelf.text_of(run.name)
    assert Stage.DONE is office.told[-1].state.stage


def test_a_wrong_text_leaves_nothing_behind(office: Office) -> None:
    """It is refused with all that is wrong in it; neither a folder nor a process is begun."""
    with pytest.raises(ConfigError) as refused:
        office.runs.begin("[backtest]\nfrom = yesterday\n")
    assert ["backtest.ini: ", "backtest.ini:2"] == [str(message)[:14] for message, _ in refused.value.lines]
    assert ([], []) == (office.runs.all(), office.children)


def test_a_text_that_names_a_file_is_refused(office: Office) -> None:
    """Whatever the file: a page reads none of this machine."""
    with pytest.raises(ConfigError, match="reads no file of this machine"):
        office.runs.begin(INI.replace("tickers = SBER", "portfolio = /etc/passwd"))


def test_one_at_a_time_the_others_in_their_order(office: Office) -> None:
    """The one that has waited longest is next, whatever became of the one before it."""
    names = [office.runs.begin(INI).name for _ in range(3)]
    assert [Stage.RUNNING, Stage.WAITING, Stage.WAITING] == stages(office)
    office.children[0].end(ForecastError(text("no forecast"), text("Train first.")))
    assert [Stage.FAILED, Stage.RUNNING, Stage.WAITING] == stages(office)
    [line] = office.runs.get(names[0]).state.errors
    assert ("no forecast", "Train first.") == (str(line.message), str(line.hint))
    office.children[1].end(OUTCOME)
    assert names == [child.order.name for child in office.children]


def test_not_too_many_wait_and_not_too_many_are_kept(tmp_path: Path) -> None:
    """Each cap has its word; who deletes has room again."""
    office = Office(tmp_path / "waiting")
    for _ in range(1 + MOST_WAITING):
        office.runs.begin(INI)
    with pytest.raises(Busy):
        office.runs.begin(INI)
    office.runs.close()
    office = Office(tmp_path / "kept", most_kept=1)
    run = office.runs.begin(INI)
    office.children[0].end(OUTCOME)
    with pytest.raises(UsageError, match="1 runs are kept"):
        office.runs.begin(INI)
    office.runs.remove(run.name)
    office.runs.begin(INI)
    office.runs.close()


def test_stopping_one_that_goes_on_and_one_that_waits(office: Office) -> None:
    """The one is told so, the other never begins; one that is over stays what it is."""
    one, two, three = (office.runs.begin(INI).name for _ in range(3))
    assert Stage.STOPPED is office.runs.stop(two).state.stage
    assert Stage.STOPPED is office.runs.stop(one).state.stage
    assert [one, three] == [child.order.name for child in office.children]
    office.children[1].end(OUTCOME)
    assert Stage.DONE is office.runs.stop(three).state.stage


def test_removing_one_that_goes_on(office: Office) -> None:
    """It is stopped, its folder is gone, and the next has its turn."""
    one, two = (office.runs.begin(INI).name for _ in range(2))
    office.runs.remove(one)
    assert [two] == [run.name for run in office.runs.all()]
    assert Stage.RUNNING is office.runs.get(two).state.stage
    with pytest.raises(Gone):
        office.runs.get(one)


def test_a_folder_that_vanished_keeps_nobody_from_their_turn(office: Office) -> None:
    """The end of a run cannot be written down then, and the next one begins all the same."""
    one, two = (office.runs.begin(INI).name for _ in range(2))
    folder = office.runs.shelf.of(one)
    for each in folder.iterdir():
        each.unlink()
    folder.rmdir()
    office.children[0].end(OUTCOME)
    assert Stage.RUNNING is office.runs.get(two).state.stage


@pytest.fixture
def full(office: Office, monkeypatch: pytest.MonkeyPatch):
    """Fills the disk at the write after so many more, and empties it again when called without a number."""
    write = Path.write_bytes

    def fill(after: int | None = None) -> None:
        left = iter(range(0 if after is None else after))

        def refuse(path: Path, content: bytes) -> int:
            if after is None or next(left, None) is not None:
                return write(path, content)
            write(path, content[:1])
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(Path, "write_bytes", refuse)

    return fill


@pytest.mark.parametrize("writes", [0, 1])
def test_a_run_that_is_refused_leaves_nothing(office: Office, full, writes: int) -> None:
    """Whether the disk is full for its text or for its state: no folder, nothing that counts, no process."""
    full(writes)
    with pytest.raises(StoreError, match="No space left"):
        office.runs.begin(INI)
    assert ([], [], []) == (office.runs.all(), list(office.runs.shelf.folder.iterdir()), office.children)
    full()
    assert Stage.RUNNING is office.runs.begin(INI).state.stage


def test_a_run_whose_beginning_cannot_be_written_down_has_failed(office: Office, full) -> None:
    """It says why, it can be deleted, and whoever comes next is served."""
    full(2)
    run = office.runs.begin(INI)
    assert (Stage.FAILED, []) == (run.state.stage, office.children)
    assert ["state.json: No space left on device."] == [str(line.message) for line in run.state.errors]
    full()
    assert Stage.RUNNING is office.runs.begin(INI).state.stage
    office.runs.remove(run.name)
    assert [Stage.RUNNING] == stages(office)


@pytest.mark.parametrize(
    ("came", "stage", "said"),
    [
        (OUTCOME, Stage.FAILED, ["state.json: No space left on device."]),
        (StoreError(text("chart full")), Stage.FAILED, ["chart full", "state.json: No space left on device."]),
        (Stopped(), Stage.STOPPED, ["state.json: No space left on device."]),
    ],
)
def test_an_end_that_cannot_be_written_down_is_known_all_the_same(
    office: Office, full, came: object, stage: Stage, said: list[str]
) -> None:
    """Nothing is said to go on without a process; the reasons are told, and the next one has its turn."""
    one, two, three = (office.runs.begin(INI).name for _ in range(3))
    full(0)
    office.children[0].end(came)
    found = office.runs.get(one).state
    assert (stage, said) == (found.stage, [str(line.message) for line in found.errors])
    assert [Stage.FAILED, Stage.FAILED] == [office.runs.get(each).state.stage for each in (two, three)]
    full()
    assert Stage.RUNNING is office.runs.begin(INI).state.stage
    office.runs.close()
    again = Office(office.runs.shelf.folder.parent).runs
    assert stage is again.get(one).state.stage
    again.close()


def test_the_next_has_its_turn_though_an_end_was_not_written_down(office: Office, caplog) -> None:
    """The disk had no room for the one, and has it for the other; nobody finds a traceback of it."""
    one, two = (office.runs.begin(INI).name for _ in range(2))
    write, refused = office.runs.shelf.put, []

    def put(name: str, state: State) -> None:
        if name == one:
            refused.append(name)
            raise StoreError(text("full"))
        write(name, state)

    office.runs.shelf.put = put
    office.children[0].end(OUTCOME)
    assert [Stage.FAILED, Stage.RUNNING] == [office.runs.get(each).state.stage for each in (one, two)]
    assert ([one], []) == (refused, caplog.records)


def test_one_that_waits_is_stopped_though_the_disk_is_full(office: Office, full) -> None:
    """It never begins."""
    _, two = (office.runs.begin(INI).name for _ in range(2))
    full(0)
    assert Stage.STOPPED is office.runs.stop(two).state.stage
    assert Stage.STOPPED is office.runs.stop(two).state.stage
    full()
    office.children[0].end(OUTCOME)
    assert 1 == len(office.children)


@pytest.mark.parametrize("error", [AllocatorError("no process"), RuntimeError("can't start new thread")])
def test_one_for_which_no_process_can_be_started_has_failed(office: Office, monkeypatch, error: Exception) -> None:
    """And says why."""

    def start(*_: object, **__: object) -> FakeChild:
        raise error

    monkeypatch.setattr(office.runs, "_start", start)
    state = office.runs.begin(INI).state
    assert Stage.FAILED is state.stage
    assert str(error) in str(state.errors[0].message)


def test_one_that_is_deleted_while_all_are_listed_is_left_out(office: Office, monkeypatch) -> None:
    """The others are shown."""
    one, two = (office.runs.begin(INI).name for _ in range(2))
    monkeypatch.setattr(office.runs.shelf, "names", lambda: iter([two, "20260101-000000-00000000", one]))
    assert [two, one] == [run.name for run in office.runs.all()]


def test_a_restart_says_what_was_cut_short(tmp_path: Path) -> None:
    """Whatever went on or waited when the server ended; what was done stays done, with all that is known of it."""
    before = Office(tmp_path)
    done, going, waiting = (before.runs.begin(INI).name for _ in range(3))
    before.children[0].end(OUTCOME)
    before.runs._owner.release()  # as when the process is killed
    after = Office(tmp_path)
    assert [Stage.DONE, Stage.CUT, Stage.CUT] == stages(after)
    assert OUTCOME.figures == after.runs.get(done).state.figures
    assert [waiting, going, done] == [run.name for run in after.runs.all()]
    after.runs.close()


def test_a_server_that_ends_cuts_short(tmp_path: Path) -> None:
    """A clean end is no less honest than a kill."""
    office = Office(tmp_path)
    name = office.runs.begin(INI).name
    office.runs.close()
    assert Stage.CUT is Office(tmp_path).runs.get(name).state.stage


def test_of_two_servers_one_works(tmp_path: Path) -> None:
    """The other shows what there is, calls nothing cut short, and begins nothing."""
    first, second = Office(tmp_path), Office(tmp_path)
    name = first.runs.begin(INI).name
    assert Stage.RUNNING is second.runs.get(name).state.stage
    with pytest.raises(Busy, match="Another server"):
        second.runs.begin(INI)
    first.runs.close()


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"title": 7}', b"\xff\xfe", None])
def test_a_damaged_state_is_a_run_that_was_cut_short(office: Office, damage: bytes | None) -> None:
    """It can still be looked at, and deleted; the others are as they were."""
    run = office.runs.begin(INI)
    office.children[0].end(OUTCOME)
    path = office.runs.shelf.of(run.name) / STATE
    path.unlink() if damage is None else path.write_bytes(damage)
    found = office.runs.get(run.name)
    assert (Stage.CUT, run.state.asked.replace(microsecond=0)) == (found.state.stage, found.state.asked)
    office.runs.remove(run.name)
    assert [] == office.runs.all()


@given(st.text(max_size=60) | st.sampled_from(["..", ".", "", "../runs", "/etc", CONFIG, "20260101-000000-0000000g"]))
def test_no_other_name_leads_anywhere(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    """Only names that were made here are looked up at all."""
    shelf = Shelf(tmp_path_factory.getbasetemp())
    for look in (shelf.get, shelf.of, shelf.remove, shelf.text_of):
        with pytest.raises(Gone):
            look(name)


def test_no_file_but_those_that_are_made(office: Office) -> None:
    """Neither the state nor anything beside it can be had by its name, nor a folder that is a link."""
    name = office.runs.begin(INI).name
    for file in (STATE, "../" + name + "/" + CONFIG, "/etc/passwd", "", "lock", "result.csv"):
        with pytest.raises(Gone):
            office.runs.shelf.read(name, file)
    elsewhere = office.runs.shelf.folder / "20260101-000000-00000000"
    elsewhere.symlink_to("/etc")
    with pytest.raises(Gone):
        office.runs.shelf.of(elsewhere.name)


def test_the_state_is_read_back_as_it_was(tmp_path: Path) -> None:
    """Times, figures, sentences: all of it, as JSON that others can read, too."""
    state = State("A", Stage.DONE, NOON, NOON, NOON, None, 3, 3, OUTCOME.verdict, OUTCOME.figures, OUTCOME.notes)
    shelf = Shelf(tmp_path)
    shelf.add("20260303-090000-0123abcd", INI, state)
    assert state == shelf.get("20260303-090000-0123abcd").state
    assert "done" == json.loads((tmp_path / "20260303-090000-0123abcd" / STATE).read_text())["stage"]


def test_a_check_names_tickers_that_the_store_lacks(web_store) -> None:
    """Before minutes of work, not after; a sound text is summed up."""
    unknown = check(INI.replace("SBER", "SBER, NOPE"), web_store)
    assert "not in the store: NOPE" == str(unknown.mistakes[0].message)
    assert ["Strategies: equal."] == [str(each) for each in check(INI, web_store).words]
    wrong = check("[backtest]\nfrom = 2018-01-01\nfee = 5\n", web_store)
    assert [3, None] == sorted((each.line for each in wrong.mistakes), key=lambda line: line is None)
