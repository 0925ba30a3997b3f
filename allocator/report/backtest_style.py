"""The style sheet of a backtest's page: light and dark screens, paper, telephones. No fonts, no pictures, no script."""

from __future__ import annotations

import base64
import hashlib
import re

from allocator.report.backtest_svg import DARK, LIGHT

_BY_SCREEN = "@media screen and (prefers-color-scheme:dark){"
_SHEET = re.compile(r"<style>(.*?)</style>", re.DOTALL)

SHEET = """
*,*::before,*::after{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"Noto Sans","DejaVu Sans",sans-serif;overflow-wrap:break-word}
h3 .key{font-size:1rem}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2.5rem}
footer{padding-top:1rem;padding-bottom:3rem;color:var(--muted);font-size:.85rem}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .25rem;letter-spacing:-.01em}
h2{font-size:1.25rem;line-height:1.3;margin:2.75rem 0 .75rem;letter-spacing:-.005em}
h3{font-size:1rem;margin:1.5rem 0 .35rem}
h2+h3{margin-top:0}
p{margin:.4rem 0;max-width:48rem}
.when{color:var(--muted);margin:0}
.verdict{background:var(--back);border:1px solid var(--line);border-left:.3rem solid var(--s0);border-radius:.5rem;
padding:.9rem 1.1rem;margin:1.4rem 0 0;font-size:1.08rem;max-width:none}
nav{margin:1.1rem 0 0;font-size:.92rem}
nav a{display:inline-block;margin:0 1.1rem .3rem 0}
a{color:var(--s0)}
a:focus-visible,.wide:focus-visible{outline:2px solid var(--s0);outline-offset:2px}
figure{margin:0;background:var(--back);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.1rem;min-width:0}
figcaption{color:var(--muted);font-size:.88rem;margin-top:.5rem}
.charts{display:grid;gap:1.1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,27rem),1fr));margin-top:1.1rem}
.wide{overflow-x:auto;-webkit-overflow-scrolling:touch}
.chart{display:block;width:100%;height:auto;fill:var(--ink);font-family:inherit;stroke-linejoin:round;stroke-linecap:butt}
.hero .chart{min-width:35rem}
.charts .chart{min-width:21rem}
.heat figure{max-width:46rem}
.heat .chart{min-width:26rem}
ul.key{list-style:none;display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:.1rem 0 .6rem;padding:0;font-size:.88rem}
.key svg{fill:none;width:1.7rem;height:.7rem;margin-right:.4rem;vertical-align:baseline}
.sheet{background:var(--back);border:1px solid var(--line);border-radius:.6rem}
table{border-collapse:collapse;width:100%;font-size:.92rem;font-variant-numeric:tabular-nums}
th,td{padding:.42rem .8rem;text-align:right;vertical-align:baseline;border-top:1px solid var(--line);white-space:nowrap}
thead th{border-top:0;vertical-align:bottom;font-weight:600;white-space:normal;min-width:7rem;max-width:16rem}
tbody th{text-align:left;font-weight:400;white-space:normal}
thead th:first-child{text-align:left}
.first th:first-child{position:sticky;left:0;background:var(--back);min-width:10rem;max-width:24rem}
tbody th small{display:block;color:var(--muted);font-size:.78rem;line-height:1.35;max-width:22rem}
tr.group th{font-weight:600;padding-top:1.1rem;color:var(--muted);font-size:.8rem;text-transform:uppercase;
letter-spacing:.05em}
td.none{color:var(--muted)}
.lines{padding:0;margin:.6rem 0 0;list-style:none;max-width:56rem}
.lines li{padding:.45rem 0;border-top:1px solid var(--line)}
.lines li:first-child{border-top:0}
.lines time{color:var(--muted);font-variant-numeric:tabular-nums;margin-right:.7rem}
@media (max-width:40rem){
body{font-size:15px}
header{padding-top:1.4rem}
main,header,footer{padding-left:.85rem;padding-right:.85rem}
h1{font-size:1.5rem}
figure{padding:.75rem .7rem}
th,td{padding:.38rem .55rem}
.first th:first-child{min-width:8.5rem;max-width:11rem}
tbody th small{max-width:10rem}
thead th{min-width:5.5rem}
}
@media print{
@page{margin:1.4cm}
body{background:#fff;font-size:10pt}
main,header,footer{max-width:none;padding:0}
nav{display:none}
.wide{overflow:visible}
.hero .chart,.charts .chart,.heat .chart{min-width:0}
.charts{grid-template-columns:1fr 1fr}
figure,.sheet,.verdict{border-color:#ccc}
figure,tr,.lines li{break-inside:avoid}
h2,h3{break-after:avoid}
thead{display:table-header-group}
.first th:first-child{position:static}
table{font-size:8.5pt}
th,td{padding:.2rem .4rem;white-space:normal}
}
"""


def style_sheet() -> str:
    """The whole sheet: the colours of `LIGHT` and `DARK` as variables, a class for each role, and the layout."""
    return "\n".join(
        [
            ":root{color-scheme:light dark;--page:#f5f6f8;" + _variables(LIGHT) + "}",
            # On paper the light colours stay: `screen` keeps the dark ones from a printer.
            _BY_SCREEN + ":root{--page:#0f1216;" + _variables(DARK) + "}}",
            "".join(f".f-{role}{{fill:var(--{role})}}.s-{role}{{stroke:var(--{role})}}" for role in LIGHT),
            SHEET.strip(),
        ]
    )


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{role}:{colour}" for role, colour in colours.items())


def themed(page: str, theme: str) -> str:
    """A page of this style in one theme, "light" or "dark", whatever the screen prefers; other words change nothing.

    Its policy names the sheet by its hash, so that is made anew.
    """
    found = _SHEET.search(page)
    if theme not in {"light", "dark"} or found is None:
        return page
    sheet = found[1]
    media = "@media screen{" if theme == "dark" else "@media not all{"
    only = sheet.replace(_BY_SCREEN, media).replace("color-scheme:light dark", f"color-scheme:{theme}", 1)
    return page.replace(sheet, only).replace(policy(sheet), policy(only))


def policy(sheet: str) -> str:
    """A Content-Security-Policy under which this one sheet applies and nothing else: no script, no request, no form."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
