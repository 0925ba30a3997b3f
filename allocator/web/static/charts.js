// Charts: <div class="chart" data-chart="ID"> beside a block of JSON with that id (see `data()` in templating.py):
// {"x": "time" or the name of the axis, "labels": [one for each line], "data": [[x...], [y...], ...] (times: seconds since
// 1970 UTC, of days midnight), "unit": "money" | "percent" | "", "xunit": likewise, "points": true for dots on the lines,
// "hidden": true to show the shape without amounts}.
"use strict";

const lang = document.documentElement.lang;
const RUSSIAN = {
  MMMM: ["Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь", "Октябрь", "Ноябрь", "Декабрь"],
  MMM: ["янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек"],
  WWWW: ["Воскресенье", "Понедельник", "Вторник", "Среда", "Четверг", "Пятница", "Суббота"],
  WWW: ["вс", "пн", "вт", "ср", "чт", "пт", "сб"],
};
const DAYS = [  // the form of dates along an axis, by how far apart its marks are, in seconds; years first, as in tables
  [31536e3, "{YYYY}", null, null, null, null, null, null, 1],
  [2419200, "{MMM}", "\n{YYYY}", null, null, null, null, null, 1],
  [86400, "{MM}-{DD}", "\n{YYYY}", null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
];

// Colours as the theme has them now: a canvas knows no custom properties, an element does.
function colours() {
  const probe = document.body.appendChild(document.createElement("i"));
  const named = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const found = { lines: [1, 2, 3, 4, 5].map((n) => named(`series-${n}`)), text: named("text-2"), grid: named("line") };
  probe.remove();
  return found;
}

function writer(unit, hidden) {
  const full = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
  const short = new Intl.NumberFormat(lang, { maximumFractionDigits: 2, notation: "compact" });
  return (value, brief = false) => {
    if (value == null) return "–";
    if (hidden) return brief ? "" : "•••";
    if (unit === "percent") return `${brief ? full.format(value * 100) : (value * 100).toFixed(2)}%`;
    return (brief ? short : full).format(value);
  };
}

function optionsOf(said) {
  const { lines, text, grid } = colours();
  const time = said.x === "time";
  const whole = !said.xunit && said.data[0].every(Number.isInteger) ? { incrs: [1, 2, 5, 10, 20, 50, 100, 1000, 1e4] } : {};
  const ofX = writer(said.xunit ?? "", said.hidden && said.xunit === "money");
  const ofY = writer(said.unit, said.hidden);
  const font = "12px system-ui, sans-serif";
  const axis = { font, stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 } };
  const day = (_, v) => (v == null ? "–" : new Date(v * 1000).toISOString().slice(0, v % 86400 ? 16 : 10).replace("T", " "));
  const dashes = [[], [6, 4], [2, 3], [10, 4, 2, 4], [1, 4]];  // colour is not the only sign
  return {
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    fmtDate: (form) => uPlot.fmtDate(form, lang === "ru" ? RUSSIAN : undefined),
    series: [
      { label: !time ? said.x : lang === "ru" ? "Дата" : "Date", value: time ? day : (_, v) => ofX(v) },
      ...said.labels.map((label, n) => ({
        label, stroke: lines[n % 5], width: 2, dash: dashes[n % 5], points: { show: Boolean(said.points), size: 6 },
        value: (_, v) => ofY(v),
      })),
    ],
    axes: [
      time ? { ...axis, values: DAYS } : { ...axis, ...whole, values: (_, ticks) => ticks.map((v) => ofX(v, true)) },
      { ...axis, size: said.hidden ? 12 : 64, values: (_, ticks) => ticks.map((v) => ofY(v, true)) },
    ],
    scales: { x: { time } },
    legend: { live: true },
    cursor: { drag: { x: true, y: false }, points: { size: 7 } },
  };
}

function draw(box) {
  const block = document.getElementById(box.dataset.chart);
  if (!block || typeof uPlot === "undefined") return;
  const said = JSON.parse(block.textContent);
  box.replaceChildren();
  // The plot gets what the legend, of one line or more, leaves of the box.
  const size = () => ({
    width: Math.max(box.clientWidth, 200),
    height: Math.max(box.clientHeight - (box.querySelector(".u-legend")?.offsetHeight ?? 0), 100),
  });
  const plot = new uPlot({ ...optionsOf(said), ...size() }, said.data, box);
  box.resized?.disconnect();
  box.resized = new ResizeObserver(() => plot.setSize(size()));
  box.resized.observe(box);
}

const drawAll = (root) => [root, ...root.querySelectorAll("*")].filter((each) => each.matches?.("[data-chart]")).forEach(draw);
document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("htmx:load", (event) => event.detail.elt !== document.body && drawAll(event.detail.elt));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll(document));
