"""Advice for the accounts of a store: worked out, kept, and known to be outdated."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from advising import bought, with_accounts
from recommending import NOW, QUOTES, SETTINGS, forecast, verdict, views
from web_site import LAST_DAY, daily_bars

from allocator.app import wire
from allocator.app.advice import FACT, Advice, advise, considered, kept_advice
from allocator.app.advice_quotes import Closes
from allocator.app.forecast_storing import stored_forecast
from allocator.core.accounts import Account, Policy
from allocator.core.bars import Interval
from allocator.core.errors import ForecastError, MarketError, PlanError, UsageError
from allocator.core.instrument import Instrument, Kind
from allocator.report.recommendation import Action
from allocator.store import open_store


def advised(path: Path) -> Advice:
    with open_store(str(path)) as store:
        return advise(store, SETTINGS, wire.rebalancer(), lambda: NOW)


def kept(path: Path) -> Advice | None:
    with open_store(str(path)) as store, store.reading() as tx:
        return kept_advice(tx)


def deals(advice: Advice) -> dict[tuple[str, str], int]:
    return {(each.account, deal.ticker): deal.lots for each in advice.split.accounts for deal in each.deals}


class TestAdvise:
    def test_who_sells_what_is_held_where(self, tmp_path: Path) -> None:
        """The whole sells its bad holdings; each account sells its own, and buys with its own money."""
        advice = advised(with_accounts(tmp_path))
        assert (("GOOD",), {"BAD", "WORSE"}) == (advice.buy, {"BAD", "WORSE"} & set(advice.sell))
        found = deals(advice)
        assert (-40, -100) == (found["IIS", "BAD"], found["Broker", "WORSE"])
        assert {("IIS", "GOOD"), ("Broker", "GOOD")} <= set(found)
        planned = {row.ticker: row.lots for row in advice.rows if row.lots}
        assert planned["GOOD"] == found["IIS", "GOOD"] + found["Broker", "GOOD"]
        for each in advice.split.accounts:
            assert each.cash_before + sum(deal.cash for deal in each.deals) == each.cash_after >= 0
        assert Decimal(60000) == advice.wealth  # 20 000 of each, at bid, less a third, and 10 000
        assert advice.proven
        assert () == advice.closes

    def test_what_is_kept_is_what_was_advised(self, tmp_path: Path) -> None:
        """Every digit of it comes back from the store, and nothing has changed yet."""
        path = with_accounts(tmp_path)
        assert kept(path) is None
        advice = advised(path)
        assert advice == kept(path)
        assert not advice.outdated

    def test_what_another_version_kept_is_no_advice(self, tmp_path: Path) -> None:
        """It is worked out anew rather than guessed at."""
        path = with_accounts(tmp_path)
        with open_store(str(path)) as store, store.transaction() as tx:
            tx.facts.set(FACT, '{"made": "yesterday"}')
        assert kept(path) is None

    def test_nothing_to_deal(self, tmp_path: Path) -> None:
        """Of a forecast that proves nothing no account deals; their cash is told all the same."""
        advice = advised(with_accounts(tmp_path, judged=verdict(0.0, p=0.6)))
        assert not advice.dealing
        assert {"IIS": Decimal(2500), "Broker": Decimal(7500)} == {
            each.account: each.cash_after for each in advice.split.accounts
        }
        assert {Action.NONE} == {row.action for row in advice.rows}

    def test_what_is_excluded_is_not_bought(self, tmp_path: Path) -> None:
        """Though no account names it."""
        advice = advised(with_accounts(tmp_path, exclude=("GOOD",)))
        assert () == advice.buy
        assert "BAD" in advice.sell

    def test_the_horizon_is_that_of_the_trades(self, tmp_path: Path) -> None:
        """Not that of the targets: who has just begun to deal keeps what he buys for a day."""
        assert 1 == advised(with_accounts(tmp_path)).horizon


class TestOutdated:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        made = with_accounts(tmp_path)
        advised(made)
        return made

    def test_by_an_account(self, path: Path) -> None:
        """Which is named; advised anew it is not outdated any more."""
        bought(path, "IIS", "BAD", "10")
        found = kept(path)
        assert found is not None
        assert ["changed since: IIS"] == list(map(str, found.changed))
        assert not advised(path).outdated

    def test_by_an_account_that_came_or_went(self, path: Path) -> None:
        """Both are changes of the whole."""
        with open_store(str(path)) as store, store.transaction() as tx:
            tx.accounts.put(Account("New", cash=Decimal(1)), NOW)
            gone = tx.accounts.get("IIS")
            assert gone is not None
            tx.accounts.remove(gone, NOW)
        found = kept(path)
        assert found is not None
        assert ["changed since: IIS, New"] == list(map(str, found.changed))

    def test_by_the_targets_and_by_a_newer_forecast(self, path: Path) -> None:
        """Each says so."""
        with open_store(str(path)) as store, store.transaction() as tx:
            policy = tx.accounts.policy()
            tx.accounts.put_policy(replace(policy, exclude=("GOOD",)), NOW)
            said = views()
            made = forecast(said, judged=verdict())
            keys = tuple(f"model{n}" for n in range(len(said.mean)))
            tx.forecasts.put(stored_forecast(made, Interval.DAY, keys, NOW, views=said))
        found = kept(path)
        assert found is not None
        assert ["the targets or options have changed since", "there is a newer forecast"] == list(
            map(str, found.changed)
        )

    def test_a_forecast_of_other_bars_is_another_matter(self, path: Path) -> None:
        """Advice by daily bars stays when an hourly forecast comes."""
        with open_store(str(path)) as store, store.transaction() as tx:
            said = views()
            keys = tuple(f"model{n}" for n in range(len(said.mean)))
            tx.forecasts.put(stored_forecast(forecast(said, judged=verdict()), Interval.HOUR, keys, NOW, views=said))
        found = kept(path)
        assert found is not None
        assert not found.outdated


class TestPrices:
    def test_without_a_source_closes_stand_in(self, tmp_path: Path) -> None:
        """Marked, with their day; the reason is told."""
        path = with_accounts(tmp_path)
        (tmp_path / "quotes.csv").unlink()
        advice = advised(path)
        assert "STORE" == advice.provider
        assert {"BAD", "WORSE", "DULL"} <= {ticker for ticker, _ in advice.closes}
        assert {date(2024, 5, 2)} == {day for _, day in advice.closes}
        with open_store(str(path)) as store, store.reading() as tx:
            close = tx.bars.read("BAD", Interval.DAY).close[-1]
        (bad,) = (row for row in advice.rows if row.ticker == "BAD")
        assert Decimal(f"{close:.12g}") == bad.price
        assert any("gives no quotes, and so prices are the last closes" in str(note) for note in advice.notes)

    def test_lots_that_nobody_knows_are_told_of(self, tmp_path: Path) -> None:
        """As of bars from files: one unit is taken for a lot, not without a word."""
        with open_store(str(tmp_path / "store.db")) as store:
            with store.transaction() as tx:
                tx.instruments.put([Instrument("SBER", Kind.SHARE), Instrument("GAZP", Kind.SHARE, lot_size=10)])
                for ticker in ("SBER", "GAZP"):
                    tx.bars.put(ticker, Interval.DAY, daily_bars(0, 300.0))
            quotes = Closes(store, lambda: date.fromisoformat(LAST_DAY)).quotes(["GAZP", "SBER"])
        assert {"GAZP": 10, "SBER": 1} == {ticker: each.lot_size for ticker, each in quotes.by_ticker.items()}
        (note,) = map(str, quotes.notes)
        assert note.startswith("The store does not know the lots of SBER: one unit is a lot")

    def test_what_is_held_and_has_no_quote_is_worth_its_close(self, tmp_path: Path) -> None:
        """The others keep their quotes."""
        path = with_accounts(tmp_path)
        (tmp_path / "quotes.csv").write_text(QUOTES.replace("DULL", "OTHER"))
        advice = advised(path)
        assert ["DULL"] == [ticker for ticker, _ in advice.closes]
        prices = {row.ticker: row.price for row in advice.rows}
        assert Decimal(50) == prices["BAD"]
        assert "no quote, and so at the last close: DULL" in list(map(str, advice.notes))

    def test_what_is_not_held_is_not_dealt_in_at_an_old_price(self, tmp_path: Path) -> None:
        """It is left out, by name."""
        path = with_accounts(tmp_path)
        (tmp_path / "quotes.csv").write_text(QUOTES.replace("GOOD", "OTHER"))
        advice = advised(path)
        assert "GOOD" not in {row.ticker for row in advice.rows}
        assert "without a quote, and so not recommended: GOOD" in list(map(str, advice.notes))

    def test_what_has_no_price_anywhere_is_left_out(self, tmp_path: Path) -> None:
        """And named; the rest is advised on."""
        path = with_accounts(tmp_path)
        with open_store(str(path)) as store, store.transaction() as tx:
            found = tx.accounts.get("IIS")
            assert found is not None
            tx.accounts.put(
                replace(found, holdings=(replace(found.holdings[0], ticker="BOND"), *found.holdings[1:])), NOW
            )
        advice = advised(path)
        assert any("without a price anywhere" in str(note) and "BOND" in str(note) for note in advice.notes)
        assert "WORSE" in advice.sell

    def test_a_person_at_the_keyboard_is_told_instead(self, tmp_path: Path) -> None:
        """Whoever asked for these quotes wants these, and not others without a word."""
        path = with_accounts(tmp_path)
        (tmp_path / "quotes.csv").unlink()
        with open_store(str(path)) as store, pytest.raises(MarketError, match=r"quotes\.csv"):
            considered(store, SETTINGS, wire.rebalancer(), lambda: NOW)


class TestRefusals:
    def test_no_accounts(self, tmp_path: Path) -> None:
        """With what to type."""
        with (
            open_store(str(tmp_path / "new.db")) as store,
            pytest.raises(UsageError, match="allocator accounts import"),
        ):
            advise(store, SETTINGS, wire.rebalancer(), lambda: NOW)

    def test_empty_accounts(self, tmp_path: Path) -> None:
        """Nothing can be dealt with nothing."""
        with open_store(str(tmp_path / "new.db")) as store:
            with store.transaction() as tx:
                tx.accounts.put(Account("Empty"), NOW)
                tx.accounts.put_policy(Policy(), NOW)
            with pytest.raises(PlanError, match="The accounts hold nothing"):
                advise(store, SETTINGS, wire.rebalancer(), lambda: NOW)

    def test_no_forecast(self, tmp_path: Path) -> None:
        """The command is that for the accounts, not for a file that is none."""
        with open_store(str(tmp_path / "new.db")) as store:
            with store.transaction() as tx:
                tx.accounts.put(Account("Mine", cash=Decimal(10)), NOW)
            with pytest.raises(ForecastError, match=r"Type: allocator forecast --accounts"):
                advise(store, SETTINGS, wire.rebalancer(), lambda: NOW)
