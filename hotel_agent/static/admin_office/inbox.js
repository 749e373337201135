"use strict";
// The list of threads: j and k walk it, Enter opens, x ticks; every few seconds it asks whether it has changed.
document.addEventListener("DOMContentLoaded", () => {
  const EVERY_MS = 8000;
  const rows = document.getElementById("rows");
  const selected = document.getElementById("selected");
  const said = document.getElementById("said");
  if (!rows) return;

  const links = () => [...rows.querySelectorAll("[data-row] > a")];
  const here = () => links().findIndex((one) => one.parentElement.contains(document.activeElement));
  const remember = () => sessionStorage.setItem("desk-list", JSON.stringify({ at: location.search, threads: links().map((one) => one.getAttribute("href")) }));
  function walk(step) {
    const all = links();
    if (all.length) all[Math.min(Math.max(here() + step, 0), all.length - 1)].focus();
  }
  deskKeys.on("j", () => walk(1));
  deskKeys.on("k", () => walk(here() < 0 ? 1 : -1));
  deskKeys.on("/", () => document.getElementById("find").select() ?? document.getElementById("find").focus());
  deskKeys.on("n", () => rows.querySelector("[data-next]")?.click());
  deskKeys.on("x", () => links()[here()]?.parentElement.querySelector("[type=checkbox]")?.click());
  for (const chosen of document.querySelectorAll(".ha-find select")) chosen.addEventListener("change", () => chosen.form.requestSubmit());

  function count() {
    const ticked = rows.querySelectorAll("[type=checkbox]:checked").length;
    selected.hidden = ticked === 0;
    selected.querySelector("[data-count]").textContent = ticked;
  }
  rows.addEventListener("change", count);

  async function refresh() {
    if (document.hidden) return;
    const seen = rows.querySelector("[data-fingerprint]")?.dataset.fingerprint ?? "";
    let answer;
    try {
      answer = await fetch(`${rows.dataset.url}&seen=${encodeURIComponent(seen)}`, { credentials: "same-origin", redirect: "error" });
    } catch { return; }
    if (answer.status !== 200) return;
    const focused = links()[here()]?.getAttribute("href");
    const ticked = new Set([...rows.querySelectorAll("[type=checkbox]:checked")].map((one) => one.value));
    rows.innerHTML = await answer.text();
    for (const box of rows.querySelectorAll("[type=checkbox]")) box.checked = ticked.has(box.value);
    if (focused) links().find((one) => one.getAttribute("href") === focused)?.focus({ preventScroll: true });
    said.textContent = said.dataset.new;
    count();
    remember();
  }
  remember();
  count();
  setInterval(refresh, EVERY_MS);
});
