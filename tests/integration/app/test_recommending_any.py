"""Any portfolio and any forecast: what is recommended keeps every promise, or the refusal has a name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recommending import NOW, QUOTES, SETTINGS, TICKERS, filled, forecast, verdict, views, written

from allocator import config
from allocator.app import wire
from allocator.app.forecast_storing import stored_forecast
from allocator.app.recommending import Recommender
from allocator.core.bars import Interval
from allocator.core.errors import Infeasible, PlanError
from allocator.optimize.plan import violations
from allocator.report.recommendation import Action, recommendation_csv, recommendation_document, recommendation_text
from allocator.store import Store, open_store

HELD = st.sampled_from(["0", "1", "10.5", "300", "4000"])
MEANS = st.tuples(*[st.sampled_from([-2.0, -0.2, 0.0, 0.1, 0.3, 2.0])] * len(TICKERS))


@st.composite
def files(draw: st.DrawFn) -> str:
    have = "\n".join(f"{ticker} = {draw(HELD)}" for ticker in (*TICKERS, "OTHER"))
    trade = "\n".join(f"{ticker} = {draw(st.sampled_from(['TRADE', 'BUY', 'SELL', 'KEEP']))}" for ticker in TICKERS)
    cash, withdraw = draw(st.sampled_from([0, 100, 50_000])), draw(st.sampled_from([0, 0, 0, 3000]))
    want = draw(st.sampled_from(["", "want = 0", "want = 20000"]))
    options = draw(st.sampled_from(["commission = 0.05%", "commission = 0.3% + 1", "max deals = 1"]))
    rules = draw(st.sampled_from(["", "cap = 30%", "risk aversion = 0.5", "minimum agreement = 90%"]))
    return (
        f"[have]\n{have}\n[want]\nDULL = 100%\n[trade]\n{trade}\n[cash]\nhave = {cash}\nwithdraw = {withdraw}\n{want}\n"
        f"[options]\n{options}\nprovider = FILE quotes.csv\n[forecast]\n{rules}\n"
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("any")
    filled(folder / "store.db")
    written(folder, quotes=f"{QUOTES}OTHER,20,20.5,1\n")
    return folder


@pytest.fixture(scope="module")
def store(place: Path) -> Iterator[Store]:
    with open_store(str(place / "store.db")) as opened:
        yield opened


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    ini=files(),
    mean=MEANS,
    noise=st.sampled_from([0.001, 0.05, 0.5]),
    count=st.integers(1, 7),
    shrink=st.sampled_from([0.0, 0.2, 1.0]),
)
def test_promises(place: Path, store: Store, ini: str, mean: tuple, noise: float, count: int, shrink: float) -> None:
    """Whole lots, no debt, permissions kept; only what is recommended is dealt in; every form can be printed."""
    said = views(mean, models=count, noise=noise)
    made = stored_forecast(
        forecast(said, judged=verdict(shrink)), Interval.DAY, tuple(map(str, range(count))), NOW, views=said
    )
    with store.transaction() as tx:
        tx.forecasts.put(made)
    portfolio = config.parse(ini, place / "p.ini")
    refusal: PlanError | None = None
    try:
        view = Recommender(store, SETTINGS, wire.rebalancer(), now=lambda: NOW).recommend(portfolio)
    except PlanError as error:
        refusal = error
    if refusal is not None:
        in_debt = isinstance(refusal, Infeasible) and portfolio.cash.have < portfolio.cash.withdraw
        assert in_debt or "no value" in str(refusal)
        return
    by_action = {action: {row.ticker for row in view.rows if row.action is action} for action in Action}
    bought = {row.ticker for row in view.rows if row.lots > 0}
    sold = {row.ticker for row in view.rows if row.lots < 0}
    assert bought <= by_action[Action.BUY] | by_action[Action.FREE_CASH]
    assert sold <= by_action[Action.SELL] | by_action[Action.RAISE_CASH]
    assert not (shrink == 0 and (bought or by_action[Action.SELL]))
    assert not (count == 1 and bought)
    if view.plan is not None:
        permissions = {asset.ticker: asset.permission for asset in portfolio.assets}
        assert [] == violations(view.plan.problem, view.plan.lots)
        assert all(permissions[ticker].may_buy for ticker in bought)
        assert all(permissions[ticker].may_sell for ticker in sold)
        assert view.plan.deals == len(bought) + len(sold) <= (portfolio.options.max_deals or len(TICKERS))
        assert view.plan.cash.after >= Decimal(0)
    else:
        assert set() == bought | sold
    for lang in ("en", "ru"):
        assert recommendation_text(view, lang=lang)
        assert recommendation_document(view, lang=lang)
    assert len(view.rows) + 1 == len(recommendation_csv(view).splitlines())
