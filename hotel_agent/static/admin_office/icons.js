"use strict";
// The theme writes its icons as words of a font ("arrow_back"), which a screen reader says. Here they are taken out of what is read, and what
// had no other name gets one: a search its field's, a yes or no its title's.
(() => {
  const ICON = ".material-symbols-outlined:not([aria-hidden])";
  const MORE = { es: "Más acciones", en: "More actions", pt: "Mais ações" }[document.documentElement.lang.slice(0, 2)] || "More actions";

  const wordless = (element) => {
    const copy = element.cloneNode(true);
    for (const icon of copy.querySelectorAll(".material-symbols-outlined")) icon.remove();
    return !copy.textContent.trim();
  };
  const named = (icon) => {
    const box = icon.parentElement, control = icon.closest("a, button, summary");
    if (!control) {
      if (box.title && wordless(box)) { box.setAttribute("role", "img"); box.setAttribute("aria-label", box.title); }
      return;
    }
    if (control.title || control.hasAttribute("aria-label") || !wordless(control)) return;
    const field = control.matches("[type=submit]") && (control.form || control.parentElement).querySelector("input[placeholder]");
    if (field) control.setAttribute("aria-label", field.placeholder);
    if (icon.textContent.trim().startsWith("more_")) control.setAttribute("aria-label", MORE);
    // The sign of the house stands beside its name, which leads to the same page.
    if (control.getAttribute("href") === "/admin/") { control.setAttribute("aria-hidden", "true"); control.tabIndex = -1; }
  };
  const quiet = (root) => {
    for (const icon of root.querySelectorAll(ICON)) {
      if (icon.matches("a, button, [tabindex]")) continue;
      named(icon);
      icon.setAttribute("aria-hidden", "true");
    }
  };
  const start = () => {
    quiet(document);
    new MutationObserver((changes) => { if (changes.some((one) => one.addedNodes.length)) quiet(document); })
      .observe(document.body, { childList: true, subtree: true });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
