// The editor of INI texts: numbers beside its lines, marks where something is wrong, and a way there from each finding.
"use strict";

const wrongLines = () =>
  new Set([...document.querySelectorAll("#findings [data-line]")].map((link) => Number(link.dataset.line)));

function number(box) {
  const gutter = box.querySelector(".gutter");
  const text = box.querySelector("textarea");
  const count = text.value.split("\n").length;
  const wrong = wrongLines();
  const made = `${count}:${[...wrong].join()}`;
  if (gutter.dataset.made === made) return;
  gutter.dataset.made = made;
  gutter.replaceChildren(
    ...Array.from({ length: count }, (_, at) => {
      const line = document.createElement("span");
      line.textContent = at + 1;
      if (wrong.has(at + 1)) line.className = "wrong";
      return line;
    }),
  );
  gutter.scrollTop = text.scrollTop;
}

function goTo(text, line) {
  const before = text.value.split("\n").slice(0, line - 1);
  const start = before.reduce((length, each) => length + each.length + 1, 0);
  const end = text.value.indexOf("\n", start);
  text.focus();
  text.setSelectionRange(start, end < 0 ? text.value.length : end);
  text.scrollTop = Math.max(0, (line - 4) * parseFloat(getComputedStyle(text).lineHeight));
}

const editors = () => document.querySelectorAll("[data-editor]");

document.addEventListener("DOMContentLoaded", () => {
  editors().forEach((box) => {
    const text = box.querySelector("textarea");
    const gutter = box.querySelector(".gutter");
    number(box);
    text.addEventListener("input", () => number(box));
    text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
    text.setAttribute("aria-invalid", String(wrongLines().size > 0));
  });
});

// What was asked for has come: who listens to the page is led to it.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.matches("#answer, #reasons, #frontier")) event.detail.target.focus({ preventScroll: true });
});

// Findings came anew: mark their lines.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "findings") return;
  editors().forEach((box) => {
    number(box);
    box.querySelector("textarea").setAttribute("aria-invalid", String(wrongLines().size > 0));
  });
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("#findings [data-line]");
  const text = document.querySelector("[data-editor] textarea");
  if (link && text) {
    event.preventDefault();
    goTo(text, Number(link.dataset.line));
  }
});

// A button that asks for other prices says so in the form, too, and before htmx reads that.
document.addEventListener("click", (event) => {
  const source = event.target.closest("[data-source]");
  const choice = source && document.querySelector(`#draft [name="source"][value="${source.dataset.source}"]`);
  if (choice) choice.checked = true;
}, true);
