"use strict";
// Writing to a guest: drafts survive a closed page, prepared answers, the 24-hour countdown, changing a suggestion.
document.addEventListener("DOMContentLoaded", () => {
  const compose = document.getElementById("compose");
  const form = document.getElementById("composer");
  const text = document.getElementById("reply");
  const ends = document.getElementById("window");
  if (!compose) return;
  const draft = `desk-draft-${document.getElementById("desk").dataset.id}`;

  const tabs = [...compose.querySelectorAll("[role=tab]")];
  function choose(tab, focus = true) {
    for (const one of tabs) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", chosen);
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !chosen;
    }
    if (focus) document.getElementById(tab.getAttribute("aria-controls")).querySelector("textarea, select")?.focus();
  }
  for (const tab of tabs) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      choose(next, false);
      next.focus();
    });
  }
  deskKeys.on("r", () => choose(tabs[0]));

  function countDown() {
    if (!ends) return;
    const left = new Date(ends.dataset.ends) - Date.now();
    const hours = Math.floor(left / 3600000), minutes = Math.floor(left / 60000) % 60;
    ends.textContent = left > 0 ? ends.dataset.left.replace("{left}", hours ? `${hours} h ${minutes} min` : `${minutes} min`) : ends.dataset.over;
    ends.className = `ha-window ${left <= 3600000 ? "ha-danger" : left <= 4 * 3600000 ? "ha-warning" : "ha-soft"}`;
    if (left <= 0 && form && !form.dataset.over && !compose.querySelector(".ha-warning.ha-small")) {
      form.dataset.over = "1";
      location.reload();  // the server says what can still be sent; the draft is kept
    }
  }
  countDown();
  setInterval(countDown, 15000);

  const template = document.getElementById("template");
  function preview() {
    const chosen = template.selectedOptions[0];
    document.getElementById("template-body").textContent = chosen.dataset.body;
    document.getElementById("template-text").hidden = !chosen.dataset.words;
  }
  if (template) { template.addEventListener("change", preview); preview(); }

  for (const field of compose.querySelectorAll("textarea")) {
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); field.form.requestSubmit(); }
    });
  }
  if (!form) return;

  if (!text.value) text.value = localStorage.getItem(draft) ?? "";
  text.addEventListener("input", () => { if (text.value) localStorage.setItem(draft, text.value); else localStorage.removeItem(draft); });
  form.addEventListener("submit", () => {
    localStorage.removeItem(draft);
    setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
  });
  const file = form.querySelector("[type=file]");
  file?.addEventListener("change", () => { form.querySelector("[data-name]").textContent = file.files[0]?.name ?? ""; });

  function insert(words) {
    text.setRangeText(words, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input"));
    text.focus();
    const place = /\{[a-z_]+\}/.exec(text.value);
    if (place) text.setSelectionRange(place.index, place.index + place[0].length);
  }
  const canned = document.getElementById("canned");
  if (canned) {
    const find = document.getElementById("canned-find");
    const shown = () => [...canned.querySelectorAll("li:not([hidden]) button")];
    const plain = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    find.addEventListener("input", () => {
      for (const one of canned.querySelectorAll("li")) one.hidden = !plain(one.textContent).includes(plain(find.value));
    });
    canned.addEventListener("toggle", () => { if (canned.open) { find.value = ""; find.dispatchEvent(new Event("input")); find.focus(); } });
    canned.addEventListener("click", (event) => {
      const button = event.target.closest("[data-text]");
      if (button) { canned.open = false; insert(button.dataset.text); }
    });
    canned.addEventListener("keydown", (event) => {
      const all = shown(), at = all.indexOf(document.activeElement);
      if (event.key === "Enter" && document.activeElement === find) { event.preventDefault(); all[0]?.click(); }
      if (event.key === "ArrowDown") { event.preventDefault(); all[Math.min(at + 1, all.length - 1)]?.focus(); }
      if (event.key === "ArrowUp") { event.preventDefault(); (at > 0 ? all[at - 1] : find).focus(); }
    });
    text.addEventListener("keydown", (event) => {
      if (event.key === "/" && !text.value) { event.preventDefault(); canned.open = true; }
    });
  }

  const editing = document.getElementById("editing");
  function edit(row, words) {
    form.elements.suggestion.value = row;
    editing.hidden = !row;
    text.value = words;
    choose(tabs[0]);
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-edit]");
    if (button) edit(button.dataset.edit, button.closest("li").querySelector(".ha-text").textContent.trim());
    if (event.target.closest("[data-cancel]")) edit("", "");
  });
});
