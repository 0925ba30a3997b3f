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
