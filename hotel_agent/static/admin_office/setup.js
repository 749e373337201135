"use strict";
// While a connection is being tried, the list of connections is asked for again every two seconds.
document.addEventListener("DOMContentLoaded", () => {
  const EVERY_MS = 2000;
  const section = document.getElementById("connections");
  const list = document.getElementById("connection-list");
  if (!section || !list) return;
  const look = async () => {
    if (document.hidden || !list.querySelector("[data-waiting]")) return;
    try {
      const answer = await fetch(section.dataset.url, { credentials: "same-origin", redirect: "error" });
      if (answer.ok) list.innerHTML = await answer.text();
    } catch { /* the next look may do better */ }
  };
  setInterval(look, EVERY_MS);
});
