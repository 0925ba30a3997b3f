"""A matplotlib figure as SVG for the inside of a page: no ids that clash, no styles of its own, two sets of colours.

The page's policy allows one style sheet and nothing else, so that whatever a hostile name might smuggle in has no
effect. Matplotlib writes `style` attributes; they become plain attributes here, and each colour of `LIGHT` a class: the
style sheet of `backtest_style` gives its colour for light and for dark screens.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from typing import Any
from xml.etree import ElementTree as ET

# By role: what a chart is drawn with, and what stands for it on a dark screen. All of `LIGHT` differ from each other.
LIGHT = {
    "ink": "#1b2330", "muted": "#5b6675", "line": "#d9dee5", "back": "#ffffff", "cash": "#c6ced8", "bench": "#76808d",
    "loss": "#b3261e", "s0": "#1f5fa8", "s1": "#c2571a", "s2": "#2e7d32", "s3": "#7b3fa0", "s4": "#a67c00",
    "s5": "#00808a", "s6": "#ad1457", "s7": "#6d4c41", "s8": "#5c6bc0", "s9": "#558b2f",
}  # fmt: skip
DARK = {
    "ink": "#e8ecf2", "muted": "#a3adba", "line": "#343c48", "back": "#171b21", "cash": "#465160", "bench": "#98a2b0",
    "loss": "#ff8a80", "s0": "#6eaef5", "s1": "#f2925c", "s2": "#7cc580", "s3": "#c596e3", "s4": "#e3bd4f",
    "s5": "#55c7d1", "s6": "#f07aab", "s7": "#bc9a8d", "s8": "#a0abf0", "s9": "#aed581",
}  # fmt: skip
SERIES = tuple(role for role in LIGHT if role[0] == "s" and role[1:].isdigit())
DASHES = ("-", (0, (6, 2)), (0, (2, 1.5)), (0, (6, 2, 2, 2)))  # lines told apart without colour, too

ROLES = {colour: role for role, colour in LIGHT.items()}
DROPPED = {"metadata", "style"}
KEPT_STYLES = {
    "fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray",
    "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "opacity", "font-size", "font-weight", "text-anchor",
}  # fmt: skip
KEPT = KEPT_STYLES | {
    "d",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "width",
    "height",
    "transform",
    "clip-path",
    "points",
}
LONG_NUMBER = re.compile(r"-?\d+\.\d\d+")
PIXELS = re.compile(r"[\d.]+px")
REFERENCE = re.compile(r"#([\w.-]+)")
UNTURNED = "rotate(-0 "  # how matplotlib says that a text is upright
LONGEST = 28


@contextmanager
def drawing() -> Iterator[None]:
    """Settings for charts: text stays text, a `$` in a name is a `$`, and the same figures give the same bytes."""
    import warnings  # noqa: PLC0415

    import matplotlib as mpl  # noqa: PLC0415 -- an optional extra, and slow to import

    ours: dict[Any, Any] = {
        "svg.fonttype": "none", "svg.hashsalt": "allocator", "text.parse_math": False, "axes.unicode_minus": True,
        "font.size": 10, "text.color": LIGHT["ink"], "axes.labelcolor": LIGHT["muted"], "xtick.color": LIGHT["muted"],
        "ytick.color": LIGHT["muted"], "axes.edgecolor": LIGHT["line"], "grid.color": LIGHT["line"],
        "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "axes.grid": True,
        "figure.facecolor": LIGHT["back"], "axes.facecolor": "none", "savefig.facecolor": LIGHT["back"],
        "xtick.major.size": 0, "ytick.major.size": 0, "xtick.minor.size": 0, "ytick.minor.size": 0,
        "axes.titlelocation": "left", "axes.titlesize": 11, "legend.frameon": False, "legend.fontsize": 9,
        "grid.linewidth": 0.7,
    }  # fmt: skip
    with mpl.rc_context(ours), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")  # the page's fonts may have it
        yield


def shown(name: str, longest: int = LONGEST) -> str:
    """A name that can be drawn: printable characters, cut to `longest`, never empty, and never hidden from a legend."""
    clean = " ".join("".join(each if each.isprintable() else " " for each in name).split()) or "?"
    clean = clean if len(clean) <= longest else clean[: longest - 1] + "…"
    return f" {clean}" if clean.startswith("_") else clean


def inline_svg(figure: Any, *, name: str, label: str) -> str:  # noqa: ANN401 -- matplotlib is untyped
    """The figure as an `<svg>` element of a page, drawn within `drawing()`.

    `name` is a word that no other chart of the page has: it keeps their ids apart. `label` is what a reader who cannot
    see the chart is told.
    """
    written = io.BytesIO()
    figure.savefig(written, format="svg", metadata={"Date": None}, transparent=True)
    root = ET.fromstring(written.getvalue())  # noqa: S314 -- written by matplotlib a line above, which escapes text
    _, _, width, height = root.attrib["viewBox"].split()
    used = {found for each in root.iter() for value in each.attrib.values() for found in REFERENCE.findall(value)}
    body = "".join(_element(child, name, used) for child in root)
    box = f"0 0 {float(width):g} {float(height):g}"
    return f'<svg class="chart" role="img" viewBox="{box}" aria-label="{escape(label)}">{body}</svg>'


def _element(node: ET.Element, name: str, used: set[str]) -> str:
    """The element and what is in it, without what a page has no use for."""
    tag = node.tag.rpartition("}")[2]
    if tag in DROPPED:
        return ""
    inside = escape(node.text or "", quote=False) if tag == "text" else ""
    inside += "".join(_element(child, name, used) for child in node)
    attributes = _attributes(node.attrib, name, used)
    unseen = ' fill="none"' in attributes and "stroke" not in attributes and " class" not in attributes
    if not inside and (tag in {"g", "defs"} or unseen):
        return ""
    return f"{inside}" if tag == "g" and not attributes else f"<{tag}{attributes}>{inside}</{tag}>"


def _attributes(given: Mapping[str, str], name: str, used: set[str]) -> str:
    values, classes = {}, []
    for key, value in (*_styles(given.get("style", "")), *given.items()):
        role = ROLES.get(value.lower())
        if key in {"fill", "stroke"} and role is not None:
            classes.append(f"{key[0]}-{role}")
        elif key in KEPT and not value.startswith(UNTURNED):
            values[key] = LONG_NUMBER.sub(_tenth, " ".join(value.split())).replace("url(#", f"url(#{name}-")
        elif key == "id" and value in used:
            values["id"] = f"{name}-{value}"
        elif key.endswith("href") and value.startswith("#"):
            values["href"] = f"#{name}-{value[1:]}"
    if classes:
        values["class"] = " ".join(classes)
    return "".join(f' {key}="{escape(value)}"' for key, value in values.items())


def _tenth(found: re.Match[str]) -> str:
    """A length to a tenth of a point, which is less than a pixel."""
    return f"{float(found[0]):.1f}".removesuffix(".0")


def _styles(style: str) -> Iterator[tuple[str, str]]:
    for declaration in style.split(";"):
        key, _, value = declaration.partition(":")
        if key.strip() in KEPT_STYLES:
            yield key.strip(), value.strip()
        elif key.strip() == "font" and (size := PIXELS.search(value)):  # how matplotlib 3.8 says the size
            yield "font-size", size[0]
