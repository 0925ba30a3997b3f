"""The local exchange answers as the real one does, so that what passes here has met the truth."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from fixtures_iss import LocalIss
from iss_server import FAULTS, PHASES, Block, recorded

BOARD = "/engines/stock/markets/shares/boards/TQBR/securities"


def get(address: str) -> tuple[str, bytes]:
    with build_opener(ProxyHandler({})).open(address, timeout=10) as response:
        return response.headers["Content-Type"], response.read()


def blocks(iss: LocalIss, path: str) -> dict:
    return json.loads(get(iss.url + path)[1])


def test_the_whole_market_is_the_recorded_one(iss: LocalIss):
    """To the letter, metadata and all."""
    assert recorded() == blocks(iss, "/engines/stock/markets/shares/securities.json")


def test_a_board_and_a_ticker_cut_it(iss: LocalIss):
    """By the path, or by `securities=`; an unknown ticker is an empty block, not an error."""
    assert 247 == len(blocks(iss, f"{BOARD}.json")["marketdata"]["data"])
    assert 1 == len(blocks(iss, f"{BOARD}/SBER.json")["securities"]["data"])
    assert 2 == len(blocks(iss, f"{BOARD}.json?securities=SBER,GAZP")["securities"]["data"])
    assert [] == blocks(iss, f"{BOARD}/NOPE.json")["securities"]["data"]


def test_a_query_cuts_blocks_and_columns(iss: LocalIss):
    """`iss.only`, `BLOCK.columns` and `iss.meta=off`."""
    answer = blocks(iss, f"{BOARD}/SBER.json?iss.only=securities&securities.columns=SECID,LOTSIZE&iss.meta=off")
    assert {"securities": {"columns": ["SECID", "LOTSIZE"], "data": [["SBER", 10]]}} == answer


def test_extended_json_is_a_list_of_objects(iss: LocalIss):
    """The form that other clients ask for."""
    answer = blocks(iss, f"{BOARD}/SBER.json?iss.only=securities&securities.columns=SECID,LOTSIZE&iss.json=extended")
    assert [{"charsetinfo": {"name": "utf-8"}}, {"securities": [{"SECID": "SBER", "LOTSIZE": 10}]}] == answer


def test_a_wrong_path_is_a_page(iss: LocalIss):
    """Of status 200, as the real one has it."""
    assert get(f"{iss.url}/engines/nowhere.json")[0].startswith("text/html")


def test_a_route_may_be_added(iss: LocalIss):
    """For what later tests ask of the exchange."""

    def candles(exchange: object, where: dict, query: dict):
        return {"candles": Block(["open", "ticker"], [{"open": 1, "ticker": where["ticker"]}])}

    iss.exchange.add("/engines/stock/markets/shares/securities/(?P<ticker>[^/]+)/candles", candles)
    answer = blocks(iss, "/engines/stock/markets/shares/securities/SBER/candles.json?candles.columns=ticker")
    assert [["SBER"]] == answer["candles"]["data"]


@pytest.mark.parametrize("phase", PHASES)
def test_each_hour_of_the_exchange_has_its_shape(iss: LocalIss, phase: str):
    """No book before the opening and after the close, a crossed one in the auction, prices of the close after it."""
    iss.phase(phase)
    answer = blocks(iss, f"{BOARD}/SBER.json")["marketdata"]
    row = dict(zip(answer["columns"], answer["data"][0], strict=True))
    shape = (row["TRADINGSTATUS"], row["BID"] is None, row["LAST"] is None, row["LCLOSEPRICE"] is None)
    assert {
        "recorded": ("T", False, False, True),
        "before": ("N", True, True, True),
        "opening": ("S", False, True, True),
        "closed": ("N", True, False, False),
    }[phase] == shape
    if phase == "opening":
        assert row["BID"] > row["OFFER"]


def test_the_names_of_faults_are_told(iss: LocalIss):
    """A misspelled fault would test nothing."""
    with pytest.raises(AssertionError):
        iss.fail("bussy")
    assert {"slow", "too many", "busy", "truncated", "missing columns", "empty", "null prices"} <= set(FAULTS)


def test_it_runs_by_itself():
    """For a trial by hand: it prints what to set, and answers."""
    script = Path(__file__).parents[2] / "iss_server.py"
    command = [sys.executable, str(script), "--port", "0", "--phase", "closed"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            name, _, url = process.stdout.readline().strip().partition("=")
            assert "ALLOCATOR_ISS_URL" == name
            assert b"SBER" in get(f"{url}{BOARD}/SBER.json")[1]
        finally:
            process.kill()
    assert process.returncode != 0 or os.name == "nt"
