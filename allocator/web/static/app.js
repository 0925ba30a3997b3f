// What the pages do beyond HTML: the token of forms, toasts; charts.js draws. No inline script anywhere.
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

// The menu of a phone goes once a page is chosen from it or the screen has room for all of it.
matchMedia("(width >= 80rem)").addEventListener("change", () => document.getElementById("menu")?.hidePopover?.());

// What happens, as it happens: <p data-stream="status"> shows what the loop does; every [data-refresh~="NAME"] with an id is
// read anew when the page NAME shows other things now; [data-job="NAME"] shows how far that job is, in its <progress> and
// [data-said]. Scripts of pages hear "allocator:status", "allocator:changed" and "allocator:job" on the document.
// Hidden tabs do not listen: a browser has few connections to one server.
let stream = null;
let missed = false;
const stale = new Set();

// What somebody is at work on is not taken away: it is read anew when that is over.
const busy = (part) =>
  (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea")) ||
  part.querySelector("details[open] form") !== null;

function reread(names) {
  for (const part of document.querySelectorAll("[data-refresh][id]")) {
    if (part.dataset.refresh.split(/\s+/).some((name) => names.has(name))) stale.add(part.id);
  }
  window.clearTimeout(reread.soon);
  reread.soon = window.setTimeout(() => {
    for (const id of [...stale]) {
      const part = document.getElementById(id);
      if (part && busy(part)) continue;
      stale.delete(id);
      if (part) htmx.ajax("GET", location.pathname + location.search, { source: part, target: part, select: `#${CSS.escape(id)}`, swap: "outerHTML", headers: REREAD });
    }
  }, 300);
}
const REREAD = { "X-Reread": "yes" };
for (const over of ["focusout", "toggle"]) document.addEventListener(over, () => { if (stale.size) reread(new Set()); }, true);
// An answer that was on its way when the work began comes too late.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (requestConfig?.headers["X-Reread"] && busy(target)) { event.detail.shouldSwap = false; stale.add(target.id); }
});

function hear(kind, act) {
  stream.addEventListener(kind, (event) => {
    const said = JSON.parse(event.data);
    act(said);
    document.dispatchEvent(new CustomEvent(`allocator:${kind}`, { detail: said }));
  });
}

function listen() {
  if (stream || document.hidden || !document.getElementById("status")) return;
  stream = new EventSource("/stream");
  hear("status", (said) => {
    for (const line of document.querySelectorAll('[data-stream="status"]')) if (line.textContent !== said.text) line.textContent = said.text;
  });
  hear("changed", (said) => reread(new Set(said.pages)));
  hear("job", (said) => {
    for (const box of document.querySelectorAll(`[data-job="${CSS.escape(said.job)}"]`)) {
      const bar = box.querySelector("progress");
      if (bar && said.total) { bar.max = said.total; bar.value = said.done ?? 0; }
      const words = box.querySelector("[data-said]");
      if (words && said.doing != null) words.textContent = said.doing;
      if (said.over && box.closest("[data-refresh][id]")) reread(new Set(box.closest("[data-refresh][id]").dataset.refresh.split(/\s+/)));
    }
  });
  stream.onerror = () => { missed = true; };
  stream.onopen = () => { if (missed) everything(); missed = false; };
}

// After a time in which nothing was heard, anything may have changed.
function everything() {
  reread(new Set([...document.querySelectorAll("[data-refresh]")].flatMap((part) => part.dataset.refresh.split(/\s+/))));
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) { stream?.close(); stream = null; missed = true; } else listen();
});
document.addEventListener("DOMContentLoaded", listen);
window.addEventListener("pagehide", () => { stream?.close(); stream = null; });
window.addEventListener("pageshow", listen);
