// What the pages do beyond HTML: the token of forms, toasts, live status, charts. No inline script anywhere.
"use strict";

const token = () => document.querySelector('meta[name="csrf"]')?.content ?? "";

// Every change that htmx asks for carries the token of this browser.
document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") event.detail.headers["X-CSRF-Token"] = token();
});

// A toast goes by its button.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) event.target.closest(".toast")?.remove();
});

// A chart: <div class="chart" data-chart="ID"> beside a block of JSON with that id:
// {"x": "time", "labels": [...], "data": [[seconds...], [...], ...], "unit": "money" | "percent" | ""}.
const colours = () => {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  return { line: [1, 2, 3, 4, 5].map((n) => named(`--series-${n}`)), text: named("--text-2"), grid: named("--line") };
};

function draw(box) {
  const block = document.getElementById(box.dataset.chart);
  if (!block || box.firstChild || typeof uPlot === "undefined") return;
  const said = JSON.parse(block.textContent);
  const { line, text, grid } = colours();
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  const digits = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 2, notation: "compact" });
  const value = (_, v) => (v == null ? "–" : said.unit === "percent" ? `${(v * 100).toFixed(2)}%` : digits.format(v));
  const options = {
    width: Math.max(box.clientWidth, 240),
    height: box.clientHeight || 280,
    series: [{ label: said.x === "time" ? "" : said.x }].concat(
      said.labels.map((label, n) => ({ label, stroke: line[n % line.length], width: 2, points: { show: false }, value })),
    ),
    axes: [axis, { ...axis, size: 64, values: (u, ticks) => ticks.map((v) => (said.hidden ? "" : value(u, v))) }],
    scales: { x: { time: said.x === "time" } },
    legend: { show: said.labels.length > 1 },
  };
  const plot = new uPlot(options, said.data, box);
  new ResizeObserver(() => plot.setSize({ width: Math.max(box.clientWidth, 240), height: options.height })).observe(box);
}

const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach(draw);
document.addEventListener("DOMContentLoaded", () => drawAll(document));
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
