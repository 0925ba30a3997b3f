from __future__ import annotations

import answers

from allocator.report import orders


def test_orders() -> None:
    """One line a deal, sales first, in lots and in units, at the price of its side; money before commission."""
    assert orders(answers.moex().plan) == (
        "ticker,side,lots,units,price,money\n"
        "VTBR,sell,10,100000,0.024425,2442.5\n"
        "MTSS,sell,12,120,281.5,33780\n"
        "LKOH,buy,2,2,7288.5,14577\n"
        "SBGB,buy,1200,1200,12.302,14762.4\n"
        "LQDT,buy,30000,30000,1.3463,40389\n"
    )


def test_the_fraction_goes_with_the_last_unit() -> None:
    """Selling all whole units sells the fraction too: four lots, 4.25 units."""
    sold = answers.answer("[have]\nBND = 4.25", answers.US_QUOTES[1:2], (-4,))
    assert "BND,sell,4,4.25,79.58,338.215" in orders(sold.plan).splitlines()


def test_no_orders() -> None:
    """A plan without deals is a header alone, which a program can still read."""
    still = answers.answer(answers.US, answers.US_QUOTES, (0, 0, 0, 0))
    assert "ticker,side,lots,units,price,money\n" == orders(still.plan)
