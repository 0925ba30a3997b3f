"""A store with accounts, bars and a forecast: what advice is worked out from, and what its pages show."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from recommending import NOW, filled, written

from allocator import config
from allocator.app.accounts_portfolio import apart
from allocator.core.accounts import NEW, Policy
from allocator.store import StoredViews, open_store

ACCOUNTS = {  # together they are recommending.INI
    "IIS": "[have]\nBAD = 400\nDULL = 200\n[cash]\nhave = 2 500\n",
    "Broker": "[have]\nWORSE = 100\nDULL = 800\n[cash]\nhave = 7 500\n",
}
REST = """
[options]
commission = 0.05%
provider = FILE {quotes}
[forecast]
risk aversion = 1
"""


def with_accounts(
    folder: Path,
    said: StoredViews | None = None,
    *,
    exclude: tuple[str, ...] = (),
    age: int | None = None,
    **store: object,
) -> Path:
    """The path of a store with two accounts, their quotes in a file of its folder; a forecast may be `age` days old."""
    written(folder)
    path = filled(folder / "store.db", said, **store)  # type: ignore[arg-type]
    rest = REST.format(quotes=folder / "quotes.csv") + (f"maximum age = {age}\n" if age else "")
    with open_store(str(path)) as opened, opened.transaction() as tx:
        policy = Policy()
        for name, content in ACCOUNTS.items():
            wants = "\n".join(["[want]", *(f"{line.split()[0]} = 0" for line in content.splitlines()[1:3])])
            whole = content.replace("[cash]", f"{wants}\n[cash]")
            account, policy = apart(config.parse(whole + rest, folder / f"{name}.ini"), name)
            tx.accounts.put(replace(account, version=NEW), NOW)
        tx.accounts.put_policy(replace(policy, exclude=exclude, version=NEW), NOW)
    return path


def bought(path: Path, account: str, ticker: str, units: str) -> None:
    """As if a person had written down a deal."""
    with open_store(str(path)) as opened, opened.transaction() as tx:
        found = tx.accounts.get(account)
        assert found is not None
        held = tuple(
            replace(each, units=each.units + Decimal(units)) if each.ticker == ticker else each
            for each in found.holdings
        )
        tx.accounts.put(replace(found, holdings=held), NOW)
