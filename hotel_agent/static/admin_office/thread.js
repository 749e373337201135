"use strict";
// The open thread: asks every few seconds what is new and who else is here, keeps opened explanations and the reading
// position, loads an explanation when it is opened, and goes to the next thread of the list it was opened from.
document.addEventListener("DOMContentLoaded", () => {
  const EVERY_MS = 4000;
  const desk = document.getElementById("desk");
  const thread = document.getElementById("thread");
  const bar = document.getElementById("bar");
  const said = document.getElementById("said");
  const others = document.getElementById("others");
  const ends = document.getElementById("window");
  if (!thread) return;

  const seen = () => thread.querySelector("[data-fingerprint]")?.dataset.fingerprint ?? "";
  const toEnd = () => { thread.scrollTop = thread.scrollHeight; };
  const isAtEnd = () => thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  let wrote = 0;
  document.getElementById("reply")?.addEventListener("input", () => { wrote = Date.now(); });

  async function refresh() {
    if (new URLSearchParams(location.search).has("everything")) return;
    const asked = new URLSearchParams({ seen: seen(), visible: document.hidden ? "0" : "1", writing: Date.now() - wrote < 10000 ? "1" : "0" });
    let news;
    try {
      const answer = await fetch(`${thread.dataset.url}?${asked}`, { credentials: "same-origin", redirect: "error" });
      if (answer.status !== 200) return;
      news = await answer.json();
    } catch { return; }
    if (others && others.textContent !== news.others) others.textContent = news.others;
    if (ends && news.window_ends) ends.dataset.ends = news.window_ends;
    if (document.getElementById("closed") && news.window_ends && !news.window_closed && new Date(news.window_ends) > new Date()) { location.reload(); return; }
    if (news.bubbles !== undefined) show(news);
  }

  function show(news) {
    const stay = isAtEnd();
    const open = new Map([...thread.querySelectorAll("details[open][data-key]")].map((one) => [one.dataset.key, one]));
    const before = thread.querySelectorAll(".ha-guest").length;
    thread.innerHTML = news.bubbles;
    for (const one of thread.querySelectorAll("details[data-key]")) if (open.has(one.dataset.key)) one.replaceWith(open.get(one.dataset.key));
    const menu = bar.querySelector("details[open]");
    if (!menu) bar.innerHTML = news.bar;
    for (const name of ["seen_message", "seen_outbound"]) {
      const field = document.querySelector(`#composer [name=${name}]`);
      if (field) field.value = news[name];
    }
    const heard = [...thread.querySelectorAll(".ha-guest .ha-text")];
    if (heard.length > before) said.textContent = heard[heard.length - 1].textContent;
    if (stay) toEnd();
  }

  thread.addEventListener("toggle", async (event) => {
    const details = event.target;
    if (!details.matches("details.ha-why") || !details.open || details.dataset.loaded) return;
    details.dataset.loaded = "1";
    try {
      const answer = await fetch(details.dataset.url, { credentials: "same-origin", redirect: "error" });
      if (answer.ok) details.querySelector(":scope > div").outerHTML = await answer.text();
      else delete details.dataset.loaded;
    } catch { delete details.dataset.loaded; }
  }, true);

  function neighbour(step) {
    let list;
    try { list = JSON.parse(sessionStorage.getItem("desk-list") ?? "null"); } catch { list = null; }
    const at = list?.threads.indexOf(location.pathname) ?? -1;
    const next = list?.threads[at + step];
    location.assign(next ?? desk.dataset.list + (list?.at ?? ""));
  }
  deskKeys.on("j", () => neighbour(1));
  deskKeys.on("k", () => neighbour(-1));
  for (const one of document.querySelectorAll("[data-key=u]")) {
    try { one.href += JSON.parse(sessionStorage.getItem("desk-list") ?? "null")?.at ?? ""; } catch { /* the list's first page then */ }
  }
  if (location.hash && document.querySelector(location.hash)) document.querySelector(location.hash).scrollIntoView(); else toEnd();
  setInterval(refresh, EVERY_MS);
  refresh();
});
