"""A backtest as a page of HTML and as a PNG: sound, self-contained, and deaf to what hostile names say."""

from __future__ import annotations

import base64
import hashlib
import math
import re
import sys
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import backtest_results as given
import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from allocator.core.errors import UsageError
from allocator.core.text import text
from allocator.report.backtest_style import policy, style_sheet, themed

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from allocator.report.backtest_charts import MOST_PIECES, draw_weights, roles_of, turns
from allocator.report.backtest_page import backtest_page
from allocator.report.backtest_picture import backtest_picture
from allocator.report.backtest_svg import DARK, LIGHT, shown

VOID = {"meta", "br", "hr", "img", "input", "link", "base", "source"}
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></style><link rel=stylesheet href=//evil>",
    "$\\frac{$_hidden",
    "_legendless",
    "\x00\x1b[31m\u202e&lt;b&gt;",
    "\N{GRINNING FACE} 中文",
    "",
)


class Reader(HTMLParser):
    """What a page is made of, and whether its tags are balanced."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.wrong: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        self.wrong += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, name: str, tag: str | None = None) -> list[str]:
        return [value for owner, key, value in self.attributes if key == name and tag in {None, owner}]

    @property
    def said(self) -> str:
        return re.sub("[ \n]+", " ", " ".join(self.words))


def rich() -> str:
    happened = (given.event("2023-02-01", text("{ticker} left", ticker="TICK1")),)
    return backtest_page(
        given.result(
            given.run(events=happened, names=14, tuned=given.grid().best),
            given.run("Equal weight", seed=2),
            grid=given.grid(),
            notes=(text("yes"),),
        )
    )


@pytest.fixture(scope="module")
def page() -> str:
    return rich()


@pytest.fixture(scope="module")
def plain() -> str:
    """The page of two strategies and nothing else."""
    return backtest_page(given.result())


@pytest.fixture(scope="module")
def read(page: str) -> Reader:
    return Reader(page)


@pytest.fixture(scope="module")
def attacked() -> Reader:
    """Every word that a result can have is an attack, in turn."""
    runs = []
    for at, name in enumerate((*HOSTILE[:2], "".join(HOSTILE[2:]))):
        made = given.path(name, seed=at + 1, periods=4, names=len(HOSTILE), tickers=HOSTILE, benchmark_name=HOSTILE[1])
        events = (given.event("2023-01-04", text("{x}", x=name)),)
        runs.append(replace(given.run(name, periods=4), name=name, path=replace(made, events=events)))
    said = text("{x}", x="".join(HOSTILE))
    grid = given.grid(row_name=HOSTILE[0], column_name=HOSTILE[3], notes=(said,))
    whole = given.result(*runs, title=HOSTILE[2], settings=((said, said),), notes=(said,), verdict=said, grid=grid)
    return Reader(backtest_page(whole))


@pytest.mark.parametrize("which", ["read", "attacked"])
def test_it_is_sound(which: str, request: pytest.FixtureRequest) -> None:
    """Tags are balanced, ids are unique, and each reference has its target."""
    found: Reader = request.getfixturevalue(which)
    ids = found.all("id")
    assert [] == found.wrong
    assert [] == [each for each, times in Counter(ids).items() if times > 1]
    used = [value[5:-1] for value in found.all("clip-path")] + [value[1:] for value in found.all("href")]
    assert set() == set(used) - set(ids)


@pytest.mark.parametrize("which", ["read", "attacked"])
def test_it_needs_nothing_else_and_runs_nothing(which: str, request: pytest.FixtureRequest) -> None:
    """No script, no picture, no form, no request, no handler, no style but its own sheet; links stay on the page."""
    found: Reader = request.getfixturevalue(which)
    known = {
        "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "nav", "a", "main", "div",
        "table", "thead", "tbody", "tr", "th", "td", "small", "span", "figure", "figcaption", "ul", "li", "time",
        "footer", "svg", "g", "path", "text", "defs", "use", "clippath", "rect",
    }  # fmt: skip
    assert set() == set(found.tags) - known
    names = {name for _, name, _ in found.attributes}
    assert set() == {name for name in names if name.startswith("on")} | (names & {"src", "style", "srcset", "action"})
    assert [] == [value for value in found.all("href") if not value.startswith("#")]
    assert [] == [value for _, _, value in found.attributes if "javascript:" in value]
    assert "url(" not in style_sheet()
    assert "@import" not in style_sheet()


def test_its_policy_lets_only_its_own_sheet_apply(page: str) -> None:
    """By hash, and everything else is refused."""
    sheet = re.search(r"<style>(.*?)</style>", page, re.DOTALL)
    said = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert sheet
    assert said
    digest = base64.b64encode(hashlib.sha256(sheet[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'" == said[1]
    assert page.index("Content-Security-Policy") < page.index("<style>")


def test_hostile_names_are_read_as_they_are(attacked: Reader) -> None:
    """As words of the page: in the table of figures, in the notes and in the alternative text of charts."""
    assert "<script>alert(1)</script>" in attacked.said
    assert '"><img src=x onerror=alert(1)>' in attacked.said
    assert "$\\frac{$_hidden" in attacked.said
    assert any("<script>alert(1)</script>" in label for label in attacked.all("aria-label"))
    assert [] == [each for each in attacked.said if not each.isprintable() and each != "\u00a0"]


def test_what_cannot_be_seen_is_told(read: Reader) -> None:
    """Each chart has words with its figures; what only decorates is hidden; tables have their headings."""
    charts = [value for value in read.all("class", "svg") if value == "chart"]
    labels = read.all("aria-label", "svg")
    assert 8 == len(charts) == len(labels) == read.all("role", "svg").count("img")
    assert all("%" in label or "₽" in label or "λ" in label for label in labels)
    assert read.tags["svg"] == len(charts) + read.all("aria-hidden", "svg").count("true")
    assert {"col", "row", "rowgroup"} == set(read.all("scope", "th"))
    assert read.tags["th"] == len(read.all("scope", "th"))


def test_it_is_for_any_screen_and_paper(page: str) -> None:
    """A viewport, colours for light and dark that no chart mixes, and rules for print and for telephones."""
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in page
    assert '<meta name="color-scheme" content="light dark">' in page
    for rule in ("@media screen and (prefers-color-scheme:dark)", "@media print", "@media (max-width:40rem)"):
        assert rule in page
    drawn = set(re.findall(r'(?:fill|stroke)="(#[0-9a-f]{6})"', page))
    assert set() == drawn & set(LIGHT.values())
    used = {name for value in re.findall(r'class="([^"]+)"', page) for name in value.split() if name[1:2] == "-"}
    assert set() == {name for name in used if f".{name}{{" not in page}


def contrast(one: str, other: str) -> float:
    """By WCAG 2.2, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stand_out(colours: dict[str, str]) -> None:
    """Words by 4.5 to 1 from their ground, lines of charts by 3 to 1, and no two roles are alike."""
    assert set(LIGHT) == set(colours)
    assert len(set(colours.values())) == len(colours)
    assert 4.5 <= min(contrast(colours[role], colours["back"]) for role in ("ink", "muted"))
    lines = [role for role in colours if role not in {"back", "line", "cash"}]
    assert 3 <= min(contrast(colours[role], colours["back"]) for role in lines)


def test_figures_and_formulas(read: Reader) -> None:
    """What is printed adds up here too, each figure with its formula, and what the grid is worth."""
    cells = dict(re.findall(r"(Initial value, ₽|Final value, ₽|Profit, ₽) .*? (−?[\d\u00a0]+\.\d\d)", read.said))
    number = {name: float(cell.replace("\u00a0", "").replace("−", "-")) for name, cell in cells.items()}
    assert number["Final value, ₽"] == pytest.approx(number["Initial value, ₽"] + number["Profit, ₽"])
    assert "Sharpe ratio the average excess return / (the excess volatility" in read.said
    assert "Deflated Sharpe ratio: 31.0% is the probability" in read.said
    assert "Probability of backtest overfitting: 42.0%" in read.said
    assert "2023-02-01 SPO: TICK1 left" in read.said


def test_the_same_result_is_the_same_page(page: str) -> None:
    """To the byte: no time, no chance."""
    assert page == rich()


def test_it_speaks_russian():
    """In its language attribute, headings, charts and figures."""
    found = Reader(backtest_page(given.result(given.run(), grid=given.grid()), lang="ru"))
    assert ["ru"] == found.all("lang", "html")
    assert "Очищенный коэффициент Шарпа" in found.said
    assert "Стоимость, тыс. ₽" in found.said


def test_no_figure_is_nan():
    """One that is not known is a dash."""
    run = given.run(periods=5)
    run = replace(run, metrics=replace(run.metrics, sharpe_ratio=math.nan))
    sharpe = given.grid().sharpe
    sharpe[0, 0] = np.nan
    page = backtest_page(given.result(run, grid=given.grid(sharpe=sharpe)))
    assert "nan" not in Reader(page).said.lower()
    assert '<td class="none">–</td>' in page


@pytest.mark.parametrize(
    "changed",
    [
        {"periods": 1},
        {"periods": 3, "every": 100, "benchmark": False},
        {"periods": 1500, "names": 1},
        {"periods": 30, "value": np.geomspace(1e6, 1e-3, 31)},
    ],
    ids=["one period", "no benchmark", "long", "broke"],
)
def test_any_path_can_be_drawn(changed: dict[str, object]) -> None:
    """However short, long or ruinous."""
    whole = given.result(given.run(**changed))
    assert [] == Reader(backtest_page(whole)).wrong
    assert b"\x89PNG" == backtest_picture(whole)[:4]


def test_without_any_strategy():
    """The grid alone is shown: a tuning that ended before the test."""
    whole = replace(given.result(grid=given.grid()), runs=())
    assert [] == Reader(backtest_page(whole)).wrong
    assert b"\x89PNG" == backtest_picture(whole)[:4]


def test_of_many_strategies_the_first_are_detailed(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how many are not is said."""
    monkeypatch.setattr("allocator.report.backtest_page.MOST_DETAILED", 1)
    runs = [given.run(f"S{n}", seed=n, periods=3, names=2) for n in range(4)]
    found = Reader(backtest_page(given.result(*runs)))
    assert 1 == found.tags["h3"]
    assert "Strategies whose weights are not drawn: 3." in found.said


@drawn(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=40), st.integers(0, 3000))
def test_a_long_line_keeps_its_turns(some: list[float], more: int) -> None:
    """Both ends, the lowest and the highest are still there, in order; a short line is left alone."""
    values = np.concatenate([some, np.sin(np.arange(more))])
    kept = turns(values)
    assert (0, len(values) - 1) == (kept[0], kept[-1])
    assert (values.min(), values.max()) == (values[kept].min(), values[kept].max())
    assert len(kept) <= 2 * MOST_PIECES + 2
    assert (np.diff(kept) > 0).all()
    assert len(values) > MOST_PIECES or len(kept) == len(values)


@pytest.mark.parametrize(
    ("expected", "name"), [(" _a", "_a"), ("a b", "a\n\x1bb"), ("?", "\x00"), ("aaaaaaa…", "a" * 20), ("$x$", "$x$")]
)
def test_names_that_can_be_drawn(expected: str, name: str) -> None:
    """Printable, of bounded length, and never hidden from a legend."""
    assert expected == shown(name, 8)


@pytest.mark.parametrize("make", [backtest_page, backtest_picture])
def test_without_matplotlib(make: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The usual hint, as for every picture."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UsageError) as caught:
        make(given.result())  # type: ignore[operator]
    assert "pip install matplotlib" in str(caught.value.hint)


def test_security_has_one_colour_in_all_charts_of_weights() -> None:
    """Whatever order the charts have, a security keeps its colour; in one chart no two have the same."""
    shares = ([0.5, 0.3, 0.2, 0.0], [0.0, 0.2, 0.3, 0.5], [0.1, 0.0, 0.6, 0.3])
    paths = [given.path(f"S{n}", names=4, weights=np.tile(each, (61, 1))) for n, each in enumerate(shares)]
    roles = roles_of(paths)
    drawn_as = [{name: role for role, name in draw_weights(Figure().subplots(), each, "en", roles)} for each in paths]
    assert len(set(roles.values())) == 4
    assert all(roles[name] == role for each in drawn_as for name, role in each.items() if name != "Cash")
    assert [4, 4, 4] == [len(each) for each in drawn_as]


def test_bands_of_a_chart_differ_even_when_there_are_more_securities_than_colours() -> None:
    """Of 42 securities nine are named in each chart: no chart shows two of them alike."""
    rng = np.random.default_rng(3)
    paths = [given.path(f"S{n}", names=42, weights=np.tile(rng.dirichlet(np.ones(42)), (61, 1))) for n in range(6)]
    roles = roles_of(paths)
    for each in paths:
        used = [role for role, _ in draw_weights(Figure().subplots(), each, "en", roles)]
        assert len(used) == len(set(used)) == 11


@pytest.mark.parametrize(("theme", "media"), [("dark", "@media screen{"), ("light", "@media not all{")])
def test_a_page_in_the_theme_of_its_frame(theme: str, media: str, plain: str) -> None:
    """The colours no longer follow the screen, the policy names the new sheet, and nothing else differs."""
    changed = themed(plain, theme)
    sheet = re.search("<style>(.*?)</style>", changed, re.DOTALL)[1]
    assert media in sheet
    assert "prefers-color-scheme" not in changed
    assert policy(sheet) in changed
    assert plain == changed.replace(sheet, style_sheet()).replace(policy(sheet), policy(style_sheet()))


@pytest.mark.parametrize("theme", ["system", "", "<b>"])
def test_any_other_theme_is_that_of_the_screen(theme: str, plain: str) -> None:
    """The page stays as it was, and so does what is no such page."""
    assert plain == themed(plain, theme)
    assert "no page" == themed("no page", "dark")
