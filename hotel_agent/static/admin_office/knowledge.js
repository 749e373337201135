"use strict";
// "Try it" beside a form: the form as it stands goes to the server, which answers with how the agent would say it.
{
  const start = () => {
    const panel = document.getElementById("tryout");
    if (!panel || panel.dataset.ready) return;
    panel.dataset.ready = "yes";
    const form = document.getElementById(panel.dataset.form);
    const shown = panel.querySelector(".ha-tries");
    const button = panel.querySelector("button");
    const ask = async () => {
      const data = new FormData(form);
      for (const input of panel.querySelectorAll("[name]")) data.set(input.name, input.value);
      for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
      data.set("fact", panel.dataset.fact);
      button.disabled = true;
      try {
        const answer = await fetch(panel.dataset.url, { method: "POST", body: new URLSearchParams(data), credentials: "same-origin", redirect: "error" });
        shown.innerHTML = answer.ok ? await answer.text() : "";
        if (!answer.ok) shown.textContent = panel.dataset.failed || "–";
        else if (!panel.dataset.live) shown.scrollIntoView({ block: "nearest" }); // the bar with "Save" covers the end of the page
      } catch { shown.textContent = panel.dataset.failed || "–"; }
      button.disabled = false;
    };
    button.addEventListener("click", ask);
    if (panel.dataset.live) {
      let waiting;
      const soon = () => { clearTimeout(waiting); waiting = setTimeout(ask, 350); };
      for (const name of ["input", "change"]) form.addEventListener(name, soon);
      if (form.querySelector("[name=text]")?.value) ask();
    }
    for (const input of panel.querySelectorAll("input")) {
      input.addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); ask(); } });
    }
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
}
