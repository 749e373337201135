"use strict";
// The open thread: asks every few seconds what is new, keeps opened explanations and the reading position, and sends a
// reply once (the form's token makes a second sending of the same form the same message on the server, too).
document.addEventListener("DOMContentLoaded", () => {
  const EVERY_MS = 4000;
  const thread = document.getElementById("thread");
  const composer = document.getElementById("composer");
  if (!thread) return;

  const seen = () => thread.querySelector("[data-fingerprint]")?.dataset.fingerprint ?? "";
  const toEnd = () => { thread.scrollTop = thread.scrollHeight; };
  const isAtEnd = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;

  async function refresh() {
    if (document.hidden || new URLSearchParams(location.search).has("everything")) return;
    let answer;
    try {
      answer = await fetch(`${thread.dataset.url}?seen=${encodeURIComponent(seen())}`, { credentials: "same-origin", redirect: "error" });
    } catch { return; }
    if (answer.status !== 200) return;
    const stay = isAtEnd();
    const open = new Set([...thread.querySelectorAll("details[open][data-key]")].map((one) => one.dataset.key));
    thread.innerHTML = await answer.text();
    for (const one of thread.querySelectorAll("details[data-key]")) one.open = open.has(one.dataset.key);
    if (stay) toEnd();
  }

  if (composer) {
    const text = composer.querySelector("textarea");
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); composer.requestSubmit(); }
    });
    composer.addEventListener("submit", () => { composer.querySelector("button").disabled = true; });
  }
  if (location.hash) document.querySelector(location.hash)?.scrollIntoView(); else toEnd();
  setInterval(refresh, EVERY_MS);
});
