"""A portfolio file to a `Portfolio`: what each key says, and what the file as a whole must satisfy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TypeVar

from allocator.config import values
from allocator.config.findings import BadValueError, Findings, Place
from allocator.config.layers import layered
from allocator.config.lookup import Lookup
from allocator.config.reading import Read, fetch, read_file
from allocator.config.words import BY_TICKER, PORTFOLIO, did_you_mean
from allocator.core.portfolio import (
    ZERO,
    Asset,
    Auto,
    Cash,
    CashTarget,
    Fee,
    ForecastRules,
    Model,
    Options,
    Percent,
    Permission,
    Portfolio,
    Provider,
    Target,
    Units,
)
from allocator.core.text import Text, text

HUNDRED = Decimal(100)
NEARLY = Decimal("0.5")

T = TypeVar("T")


def load(path: Path) -> Portfolio:
    """The portfolio of a file, with the files that it extends.

    Raises: `ConfigError` with every mistake of these files at once (`others`), each as `file:line: [section] key`.
    """
    try:
        data = fetch(path, read_file)
    except BadValueError as error:
        findings = Findings()
        findings.add(Place(path), error.what, error.hint or text("Type `allocator init` to write a portfolio file."))
        findings.raise_any()
        raise
    return parse(data, path)


def parse(content: str | bytes, path: Path, *, read: Read = read_file) -> Portfolio:
    """The portfolio of a file's content; `read` gives the content of the files that it extends.

    `path` need not exist: it stands in errors, and other paths in the file are relative to it.

    Raises: `ConfigError` with every mistake at once.
    """
    findings = Findings()
    file = _File(layered(content, path, read, findings), findings, PORTFOLIO)
    file.find_strays()
    fee = file.fee()
    assets, cash, options, forecast = file.assets(fee), file.cash(), file.options(), file.forecast()
    notes = file.percentages([*(asset.target for asset in assets), cash.want], forecast.cap)
    if not assets and not findings:
        findings.add(
            Place(path),
            text("there is nothing to rebalance: no asset stands in [have] or [want]"),
            text("Write [want] and under it a line such as SBER = 100%."),
        )
    findings.raise_any()
    return Portfolio(path, assets, cash, options, notes, forecast, fee)


class _File(Lookup):
    """The entries of the merged files."""

    def assets(self, fee: Fee) -> tuple[Asset, ...]:
        """The assets of `[have]` and `[want]` in order of first mention; `fee` is of those that have none."""
        have = self._by_ticker("have", values.held)
        want = self._by_ticker("want", values.target)
        fees = self._by_ticker("commission", values.fee)
        permissions = self._by_ticker("trade", values.permission)
        lots = self._by_ticker("lot", values.lot)
        return tuple(
            Asset(
                ticker,
                have.get(ticker, ZERO),
                want.get(ticker, Units(ZERO)),
                fees.get(ticker, fee),
                permissions.get(ticker, Permission.TRADE),
                lots.get(ticker),
            )
            for ticker in self._tickers("have", "want")
        )

    def fee(self) -> Fee:
        """Of assets that have none of their own."""
        return self.option("options", "commission", values.fee, Fee())

    def cash(self) -> Cash:
        return Cash(
            have=self.option("cash", "have", values.number, ZERO),
            want=self.option("cash", "want", values.cash_target, None),
            withdraw=self.option("cash", "withdraw", values.number, ZERO),
        )

    def options(self) -> Options:
        default = Options()
        return Options(
            use_all_cash=self.option("options", "use all cash", values.yes_or_no, default.use_all_cash),
            max_deals=self.option("options", "max deals", values.limit, default.max_deals),
            provider=self._provider(),
            model=self.option("options", "model", values.model, Model.LAD),
            time_limit_s=self.option("options", "time limit", values.seconds, default.time_limit_s),
            gap=self.option("options", "gap", values.gap, default.gap),
        )

    def forecast(self) -> ForecastRules:
        default = ForecastRules()
        return ForecastRules(
            risk_aversion=self.option("forecast", "risk aversion", values.aversion, default.risk_aversion),
            horizon=self.option("forecast", "horizon", values.days, default.horizon),
            agreement=self.option("forecast", "minimum agreement", values.share, default.agreement),
            cap=self.option("forecast", "cap", values.cap, default.cap),
            shrink=self.option("forecast", "shrink", values.kept, default.shrink),
            fallback=self.option("forecast", "fallback", values.fallback, default.fallback),
            maximum_age=self.option("forecast", "maximum age", values.days, default.maximum_age),
        )

    def find_strays(self) -> None:
        """A ticker that is neither held nor wanted is a misspelling, as a rule."""
        if self._findings.touch():
            return
        known = self._tickers("have", "want")
        for (section, name), entry in self._entries.items():
            if section in BY_TICKER and name not in known:
                self._findings.add(
                    entry.place,
                    text("the ticker stands in neither [have] nor [want]"),
                    did_you_mean(name, known, text("Add it there or delete this line.")),
                )

    def percentages(self, targets: list[Target | CashTarget | None], cap: Decimal | None) -> tuple[Text, ...]:
        """Percentages must share out the percent part, all of it; nearly all is scaled, with a note.

        What they leave is for `auto` assets, each of which gets at most `cap` (a share).
        """
        percents = [target.percent for target in targets if isinstance(target, Percent)]
        autos = sum(isinstance(target, Auto) for target in targets)
        if not (percents or autos) or self._findings.touch("want", "cash"):
            return ()
        total = sum(percents, start=ZERO)
        if autos:
            return self._left_for_auto(autos, total, cap)
        if abs(total - HUNDRED) > NEARLY:
            self._find_percentages(text("the percentages add up to {total:f}%, not 100%", total=total), total)
        elif total != HUNDRED:
            return (text("the percentages add up to {total:f}% and are scaled to 100%", total=total),)
        return ()

    def _left_for_auto(self, autos: int, total: Decimal, cap: Decimal | None) -> tuple[Text, ...]:
        left = HUNDRED - total
        if left < 0:
            self._find_percentages(
                text("the percentages add up to {total:f}% and leave nothing for auto", total=total), total
            )
        elif left == 0:
            return (text("the percentages add up to 100% and leave nothing for auto"),)
        elif cap is not None and cap * HUNDRED * autos < left:
            self._findings.add(
                self._entries["forecast", "cap"].place,
                text(
                    "{count} auto {count:asset|assets} of at most {cap:f}% each cannot take the {left:f}% that are "
                    "left",
                    count=autos,
                    cap=(cap * HUNDRED).normalize(),
                    left=left,
                ),
                text("Write a cap of {least}% or more.", least=_up(left / autos)),
            )
        return ()

    def _find_percentages(self, what: Text, total: Decimal) -> None:
        if total < HUNDRED:
            hint = text("Give out the other {rest:f}%, in [want] or as want in [cash].", rest=HUNDRED - total)
        else:
            hint = text("Take {rest:f}% away, in [want] or from want in [cash].", rest=total - HUNDRED)
        self._findings.add(self._headers.get("want") or self._entries["cash", "want"].place, what, hint)

    def _provider(self) -> Provider:
        known = ("options", "market info provider")
        provider = self.option(*known, values.provider, Provider())
        if provider.path is None:
            return provider
        return replace(provider, path=self._entries[known].place.file.parent / provider.path)

    def _tickers(self, *sections: str) -> Mapping[str, None]:
        return dict.fromkeys(name for section, name in self._entries if section in sections)

    def _by_ticker(self, section: str, read: Callable[[str], T]) -> dict[str, T]:
        there = {
            name: self.read((section, name), entry, read)
            for (where, name), entry in self._entries.items()
            if where == section
        }
        return {name: value for name, value in there.items() if value is not None}


def _up(percent: Decimal) -> Decimal:
    """To whole percents, upwards."""
    return percent.to_integral_value(ROUND_CEILING)
