"use strict";
// Keys of the front desk's pages. An element with data-key="r" is used by pressing r; "?" shows them all.
// A page adds its own with `deskKeys.on("j", …)`. Nothing happens while somebody types or holds Ctrl, Alt or Meta.
window.deskKeys = (() => {
  const own = new Map();
  const isTyping = (target) => target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null;
  const help = () => document.getElementById("keys");

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === "Escape" && isTyping(event.target)) { event.target.blur(); return; }
    if (isTyping(event.target) || help()?.open) return;
    if (event.key === "?") { help()?.showModal(); event.preventDefault(); return; }
    const act = own.get(event.key);
    if (act) { if (act(event) !== false) event.preventDefault(); return; }
    const menu = document.querySelector(`[data-key-open="${CSS.escape(event.key)}"]`);
    if (menu) { menu.open = true; menu.querySelector("button, input, select")?.focus(); event.preventDefault(); return; }
    const element = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
    if (element && event.key.length === 1) { element.click(); event.preventDefault(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help()?.showModal();
    for (const menu of document.querySelectorAll("details.ha-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.ha-menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });
  // A form is sent once: the server would take a second one for the first again, but nobody should have to wonder.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || !form.closest(".ha-desk, .ha-inbox")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  window.addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent; });
  return { on: (key, act) => own.set(key, act) };
})();
