"""`[options]` and `[forecast]` of a portfolio file as JSON; decimals are text, to the last digit."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.core.accounts import Policy
from allocator.core.portfolio import Fallback, ForecastRules, Model, Options, Provider


def rules_written(policy: Policy) -> dict[str, str]:
    """The columns `rules` and `exclude`."""
    options, forecast = policy.options, policy.forecast
    provider = options.provider
    said = {
        "options": {
            "use_all_cash": options.use_all_cash,
            "max_deals": options.max_deals,
            "provider": [provider.name, None if provider.path is None else str(provider.path)],
            "model": options.model.value,
            "time_limit_s": options.time_limit_s,
            "gap": _text(options.gap),
        },
        "forecast": {
            "risk_aversion": _text(forecast.risk_aversion),
            "horizon": forecast.horizon,
            "agreement": _text(forecast.agreement),
            "cap": _text(forecast.cap),
            "shrink": _text(forecast.shrink),
            "fallback": forecast.fallback.value if forecast.fallback else None,
            "maximum_age": forecast.maximum_age,
        },
    }
    return {"rules": json.dumps(said), "exclude": json.dumps(policy.exclude)}


def rules_read(source: str) -> tuple[Options, ForecastRules]:
    """Raises: `ValueError`, `TypeError`, `KeyError`, `ArithmeticError` for what was not written by `rules_written`."""
    said = json.loads(source)
    options, forecast = said["options"], said["forecast"]
    name, path = options["provider"]
    return (
        Options(
            use_all_cash=bool(options["use_all_cash"]),
            max_deals=options["max_deals"],
            provider=Provider(name, None if path is None else Path(path)),
            model=Model(options["model"]),
            time_limit_s=float(options["time_limit_s"]),
            gap=_decimal(options["gap"]),
        ),
        ForecastRules(
            risk_aversion=Decimal(forecast["risk_aversion"]),
            horizon=int(forecast["horizon"]),
            agreement=Decimal(forecast["agreement"]),
            cap=_decimal(forecast["cap"]),
            shrink=_decimal(forecast["shrink"]),
            fallback=None if forecast["fallback"] is None else Fallback(forecast["fallback"]),
            maximum_age=int(forecast["maximum_age"]),
        ),
    )


def listed(source: str) -> list[str]:
    """Raises: `ValueError`, `TypeError`."""
    found = json.loads(source)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise TypeError(found)
    return found


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: Any) -> Decimal | None:  # noqa: ANN401 -- JSON
    return None if value is None else Decimal(value)
