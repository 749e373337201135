"use strict";
// The chat page. What a guest writes is kept here until the hotel has it; what the hotel says is fetched by cursor,
// every second while the page is looked at, or at once when a stream says that there is something.
const byId = (id) => document.getElementById(id);
const config = JSON.parse(byId("config").textContent);
const words = config.words;
const embedded = window.parent !== window;
const host = hostOrigin();
const ASK_MS = 1000, ASK_SOON_MS = 500, ASK_HIDDEN_MS = 15000, ASK_STREAMING_MS = 15000, TIMEOUT_MS = 15000;
const BACKOFF_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const DAY = new Intl.DateTimeFormat(config.language, { weekday: "long", day: "numeric", month: "long" });
const HOUR = new Intl.DateTimeFormat(config.language, { hour: "2-digit", minute: "2-digit" });

const store = keep();
const state = {
  token: "", cursor: "", entries: new Map(), queue: [],
  shown: !embedded, loaded: false, online: true, typing: false, answers: "agent", wrote: 0, streaming: false, misses: 0,
  sending: false, retryTimer: 0, askTimer: 0, asking: false, askAgain: false, identity: null, read: "", gone: false, generation: 0, begun: false,
};

// --- what survives a reload ---

// Where the browser denies a frame its storage, the hotel's own page keeps these few values for us (embed.js).
function keep() {
  const memory = new Map(), name = (key) => `hotel-agent:${config.key}:${key}`;
  let box = null;
  try { box = localStorage; box.setItem(name("try"), ""); box.removeItem(name("try")); } catch { box = null; }
  const write = (key, value) => {
    if (value === null) memory.delete(key); else memory.set(key, value);
    try { if (box) { if (value === null) box.removeItem(name(key)); else box.setItem(name(key), value); } } catch { /* full */ }
    if (!box) tellHost({ type: "keep", values: Object.fromEntries(memory) });
  };
  return {
    blocked: !box,
    get: (key) => memory.get(key) ?? (box && box.getItem(name(key))) ?? "",
    set: (key, value) => write(key, value),
    drop: (key) => write(key, null),
    recall: (values) => { for (const [key, value] of Object.entries(values || {})) memory.set(key, String(value)); },
  };
}

function saveQueue() { store.set("queue", JSON.stringify(state.queue)); }

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64; bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

// --- talking to the hotel ---

async function call(path, body) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
  const headers = { Accept: "application/json" };
  if (state.token) headers["X-Visitor-Token"] = state.token;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(config.api + path, {
      method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal: stop.signal,
      credentials: "omit", cache: "no-store",
    });
    const data = await answer.json().catch(() => ({}));
    connected(answer.status < 500);
    return { status: answer.status, data, wait: Number(answer.headers.get("Retry-After")) || 0 };
  } catch {
    connected(false);
    return { status: 0, data: {}, wait: 0 };
  } finally { clearTimeout(timer); }
}

function connected(yes) {
  state.online = yes;
  state.misses = yes ? 0 : state.misses + 1;
  byId("offline").hidden = yes || state.misses < 2 && navigator.onLine;
}

let opening = null;
function openSession() {
  opening = opening || (async () => {
    const answer = await call("session", state.identity || {});
    if (answer.status === 200) { state.token = answer.data.token; store.set("token", state.token); }
    if (answer.status === 401 && state.identity) state.identity = null; // forged or out of date: nobody in particular
    if (answer.status === 404) gone();
    opening = null;
    return answer;
  })();
  return opening;
}

function gone() {
  state.gone = true;
  byId("offline").textContent = words.gone;
  byId("offline").hidden = false;
  byId("composer").hidden = true;
}

// --- what the guest writes ---

function say(what) {
  const entry = { id: newId(), from: "guest", at: new Date().toISOString(), kind: "text", state: "waiting", ...what };
  state.queue.push(entry);
  saveQueue();
  add(entry);
  byId("welcome").hidden = true;
  toEnd();
  flush();
}

async function flush() {
  if (state.sending || state.gone || !state.begun) return;
  state.sending = true;
  clearTimeout(state.retryTimer);
  let wait = 0, tries = 0;
  while (!wait) {
    const entry = state.queue.find((one) => one.state === "waiting");
    if (!entry) break;
    const body = { id: entry.id, language: config.language };
    if (entry.choice) body.choice = entry.choice; else body.text = entry.text;
    if (!state.token) { const opened = await openSession(); if (opened.status !== 200) { wait = later(opened); break; } }
    const answer = await call("messages", body);
    if (answer.status === 202) { accepted(entry); tries = 0; }
    else if (answer.status === 401 && tries++ < 2) { await renew(); }
    else if (answer.status === 429) { note(entry, words.too_fast); wait = Math.max(answer.wait, 1) * 1000; }
    else if (answer.status === 0 || answer.status >= 500 || answer.status === 401) wait = later(answer);
    else refuse(entry);
  }
  state.sending = false;
  if (wait) state.retryTimer = setTimeout(flush, wait);
}

function later(answer) {
  const pause = BACKOFF_MS[Math.min(Math.max(state.misses - 1, 0), BACKOFF_MS.length - 1)];
  return Math.max(answer.wait * 1000, pause * (0.75 + Math.random() / 2));
}

// A token nobody knows any more (expired, or the widget's key changed): same page, new visitor; the same ids go again.
async function renew() { state.token = ""; store.drop("token"); state.cursor = ""; await openSession(); }

function accepted(entry) {
  entry.state = "received";
  state.queue = state.queue.filter((one) => one.id !== entry.id);
  saveQueue();
  state.wrote = Date.now();
  mark(entry);
  presence();
  ask();
}

function refuse(entry) { entry.state = "failed"; saveQueue(); mark(entry); }
function note(entry, text) { const foot = footOf(entry.id); if (foot) foot.textContent = text; }

// --- what the hotel says ---

const looking = () => state.shown && !document.hidden;

async function ask() {
  clearTimeout(state.askTimer);
  if (!state.begun) return;
  if (state.asking) { state.askAgain = true; return; }
  state.asking = true;
  const generation = state.generation;
  let wait = 0;
  if (!state.token) { const opened = await openSession(); if (opened.status !== 200) wait = later(opened); }
  if (state.token && !state.gone) {
    const answer = await call("messages?after=" + encodeURIComponent(state.cursor));
    if (generation !== state.generation) { /* somebody else meanwhile */ }
    else if (answer.status === 200) take(answer.data);
    else if (answer.status === 401) await renew();
    else if (answer.status === 404) gone();
    else wait = later(answer);
  }
  state.asking = false;
  if (state.gone) return;
  const soonest = Date.now() - state.wrote < 3000 ? ASK_SOON_MS : ASK_MS; // an answer is due any moment
  const pace = looking() ? (state.streaming ? ASK_STREAMING_MS : soonest) : ASK_HIDDEN_MS;
  const soon = state.askAgain && !wait;
  state.askAgain = false;
  state.askTimer = setTimeout(ask, soon ? 0 : Math.max(wait, state.streaming && awaited() ? 1500 : pace));
}

const awaited = () => Date.now() - state.wrote < 45000;

function take(data) {
  const first = !state.loaded;
  for (const entry of data.messages) {
    if (entry.from === "guest") settled(entry); else if (!state.entries.has(entry.id)) state.wrote = 0;
    add(entry, !first);
  }
  state.cursor = data.cursor;
  state.typing = data.typing;
  state.answers = data.answers;
  if (first) {
    state.loaded = true;
    byId("welcome").hidden = state.entries.size > 0;
    toEnd(true);
    byId("thread").setAttribute("aria-live", "polite"); // what was there before is not read out
  }
  presence();
  seen();
}

function settled(entry) {
  entry.state = "received";
  const before = state.queue.length;
  state.queue = state.queue.filter((one) => one.id !== entry.id);
  if (state.queue.length !== before) saveQueue();
}

function presence() {
  const typing = Boolean(state.answers === "agent" && (state.typing || state.wrote && Date.now() - state.wrote < 4000));
  const box = byId("typing"), near = nearEnd();
  if (box.hidden === typing) { box.hidden = !typing; if (near && typing) toEnd(); }
  const line = typing ? words.typing : state.answers === "human" ? words.person : state.answers === "paused" ? words.paused : words.assistant;
  if (byId("status").textContent !== line) byId("status").textContent = line;
}

function seen() {
  const said = [...state.entries.values()].filter((entry) => entry.from === "hotel");
  const unread = said.filter((entry) => !entry.read);
  if (looking() && unread.length) {
    const last = said[said.length - 1];
    for (const entry of unread) entry.read = true;
    if (state.read !== last.id) { state.read = last.id; call("read", { id: last.id }); }
    unread.length = 0;
  }
  document.title = (unread.length ? `(${unread.length}) ` : "") + document.querySelector("h1").textContent;
  tellHost({ type: "unread", count: unread.length });
}

// --- being told at once ---

async function listen() {
  let pause = 5000;
  for (;;) {
    if (state.token && looking() && config.stream && !state.gone) {
      const begun = Date.now();
      try { await stream(); } catch { /* the page asks by itself meanwhile */ }
      state.streaming = false;
      pause = Date.now() - begun > 20000 ? 1000 : Math.min(pause * 2, 60000);
      ask();
    }
    await new Promise((done) => { state.wake = done; setTimeout(done, looking() ? pause : ASK_HIDDEN_MS); });
  }
}

async function stream() {
  const stop = new AbortController(), generation = state.generation;
  let watch = setTimeout(() => stop.abort(), 10000);
  const answer = await fetch(config.stream, { headers: { "X-Visitor-Token": state.token }, credentials: "omit", cache: "no-store", signal: stop.signal });
  if (!answer.ok || !answer.body) throw new Error(String(answer.status));
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    clearTimeout(watch);
    if (done || generation !== state.generation || !looking()) { stop.abort(); return; }
    watch = setTimeout(() => stop.abort(), 40000); // twice the stream's own sign of life
    state.streaming = true;
    rest += value;
    const events = rest.split("\n\n");
    rest = events.pop();
    if (events.some((one) => one.startsWith("event: change"))) ask();
  }
}

// --- showing ---

function add(entry, fresh = true) {
  const known = state.entries.get(entry.id);
  if (known) {
    if (known.from === "guest") { known.state = entry.state || "received"; mark(known); }
    return;
  }
  state.entries.set(entry.id, entry);
  const near = nearEnd(), thread = byId("thread"), item = draw(entry);
  if (fresh && entry.from === "hotel") item.classList.add("fresh");
  const later = [...thread.querySelectorAll(".entry")].find((one) => one.dataset.at > entry.at);
  dayBefore(later || null, entry);
  thread.insertBefore(item, later || null);
  if (entry.from === "hotel" || entry.choice) quieten();
  if (entry.from === "hotel" && near && fresh && item.offsetHeight > scroller.clientHeight * 0.75) toTop(item);
  else if (near || entry.from === "guest") toEnd();
  else byId("latest").hidden = false;
}

function dayBefore(place, entry) {
  const name = new Date(entry.at).toDateString(), thread = byId("thread");
  if ([...thread.querySelectorAll(".day")].some((one) => one.dataset.day === name)) return;
  const line = make("div", "day"), days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(entry.at).setHours(0, 0, 0, 0)) / 864e5);
  line.dataset.day = name;
  line.textContent = days === 0 ? words.today : days === 1 ? words.yesterday : DAY.format(new Date(entry.at));
  thread.insertBefore(line, place);
}

function draw(entry) {
  const item = make("div", `entry ${entry.from}`);
  item.dataset.id = entry.id;
  item.dataset.at = entry.at;
  if (entry.author === "staff") item.append(make("p", "author", entry.name || words.person));
  if (entry.text) {
    const bubble = make("div", "bubble");
    if (entry.from === "guest") bubble.append(make("span", "sr", words.you + ": "));
    linked(bubble, entry.text);
    if (entry.footer) bubble.append("\n", make("small", "", entry.footer));
    item.append(bubble);
  }
  if (entry.file) item.append(attached(entry.file));
  for (const one of entry.pictures || []) item.append(attached({ url: one.url, name: one.alt || words.picture, picture: true }));
  if (entry.choices && entry.choices.length) item.append(choices(entry, item));
  const foot = make("p", "foot");
  item.append(foot);
  paint(item, foot, entry);
  return item;
}

function attached(file) {
  const link = make("a", file.picture ? "file picture" : "file");
  Object.assign(link, { href: file.url, target: "_blank", rel: "noopener" });
  if (file.picture) {
    const near = nearEnd();
    picture(link, file.url, file.name).addEventListener("load", () => near && toEnd());
  } else link.textContent = file.name;
  return link;
}

function picture(box, src, alt) {
  const photo = make("img");
  Object.assign(photo, { alt, decoding: "async", referrerPolicy: "no-referrer", src });
  photo.addEventListener("error", () => photo.replaceWith(alt));
  box.append(photo);
  return photo;
}

function choices(entry, item) {
  const cards = entry.kind === "options", box = make("div", cards ? "cards" : "choices");
  if (cards) item.classList.add("has-cards");
  for (const choice of entry.choices) {
    const button = make("button");
    button.type = "button";
    button.dataset.choice = choice.id;
    if (cards) card(button, choice); else button.textContent = choice.title;
    button.addEventListener("click", () => pick(entry, choice, button));
    box.append(button);
  }
  return box;
}

function card(button, choice) {
  if (choice.photo) picture(button, choice.photo, "");
  const about = make("span", "words"), parts = choice.description ? choice.description.split(" · ") : [];
  about.append(make("strong", "", choice.title));
  const plain = parts.filter((part) => !/\d/.test(part)), priced = parts.filter((part) => /\d/.test(part));
  if (plain.length) about.append(" ", make("span", "line", plain.join(" · ")));
  for (const part of priced) about.append(" ", make("span", "line price", part.replace(/([A-Z]{3}) (?=\d)/g, "$1\u00a0")));
  button.append(about);
  const go = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  go.setAttribute("viewBox", "0 0 24 24"); go.setAttribute("class", "go"); go.setAttribute("aria-hidden", "true");
  path.setAttribute("d", "M9 5l7 7-7 7");
  go.append(path);
  button.append(go);
}

function pick(entry, choice, button) {
  button.classList.add("picked");
  const twins = entry.choices.filter((one) => one.title === choice.title).length > 1;
  const text = twins ? [choice.title, choice.description.split(" · ")[0]].filter(Boolean).join(" · ") : choice.title;
  say({ kind: "button", text, choice: choice.id });
  if (!matchMedia("(pointer: coarse)").matches) field.focus();
}

// Only the last question can be tapped: an old price must not be one slip of a thumb away.
function quieten() {
  const boxes = [...document.querySelectorAll(".choices, .cards")], entries = [...state.entries.values()];
  const answered = entries.reduce((last, one) => one.choice || one.kind === "button" ? (one.at > last ? one.at : last) : last, "");
  boxes.forEach((box) => {
    const item = box.closest(".entry"), live = box === boxes[boxes.length - 1] && item.dataset.at > answered;
    if (live || box.dataset.still) return;
    box.dataset.still = "1";
    if (box.className === "choices") { box.remove(); return; }
    for (const button of [...box.children]) {
      const still = make("div", "still" + (button.classList.contains("picked") ? " picked" : ""));
      still.append(...[...button.childNodes].filter((node) => node.nodeName !== "svg"));
      button.replaceWith(still);
    }
  });
}

function paint(item, foot, entry) {
  item.classList.toggle("unsent", entry.state === "waiting");
  item.classList.toggle("failed", entry.state === "failed");
  const time = HOUR.format(new Date(entry.at));
  if (entry.state === "failed") {
    const again = make("button", "", words.retry);
    again.type = "button";
    again.addEventListener("click", () => { entry.state = "waiting"; const kept = state.queue.find((one) => one.id === entry.id); if (kept) kept.state = "waiting"; saveQueue(); mark(entry); flush(); });
    foot.replaceChildren(words.failed, again);
  } else if (entry.from === "guest") {
    const waiting = entry.state === "waiting", sign = make("span", "", waiting ? " ○" : " ✓");
    sign.setAttribute("aria-hidden", "true");
    foot.replaceChildren(waiting && !state.online ? words.waiting : time, sign, make("span", "sr", waiting ? words.waiting : words.received));
  } else foot.replaceChildren(time);
}

function mark(entry) {
  const item = itemOf(entry.id);
  const kept = state.entries.get(entry.id);
  if (kept) kept.state = entry.state;
  if (item) paint(item, item.querySelector(".foot"), entry);
}

const itemOf = (id) => [...document.querySelectorAll(".entry")].find((one) => one.dataset.id === id);
const footOf = (id) => { const item = itemOf(id); return item && item.querySelector(".foot"); };

function make(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function linked(parent, text) {
  let from = 0;
  for (const match of text.matchAll(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g)) {
    parent.append(text.slice(from, match.index));
    const link = make("a", "", match[0].replace(/^https?:\/\//, ""));
    link.href = match[0]; link.target = "_blank"; link.rel = "noopener noreferrer nofollow";
    parent.append(link);
    from = match.index + match[0].length;
  }
  parent.append(text.slice(from));
}

// --- scrolling ---

const scroller = byId("scroll");
function nearEnd() { return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 120; }
function toEnd(at_once = false) {
  scroller.classList.toggle("smooth", !at_once);
  requestAnimationFrame(() => { scroller.scrollTop = scroller.scrollHeight; byId("latest").hidden = true; });
}
// A long answer is read from its beginning.
function toTop(item) { requestAnimationFrame(() => { scroller.scrollTop = item.offsetTop - scroller.offsetTop - 12; }); }
scroller.addEventListener("scroll", () => { if (nearEnd()) byId("latest").hidden = true; });
new ResizeObserver(() => { if (state.atEnd) scroller.scrollTop = scroller.scrollHeight; }).observe(scroller);
scroller.addEventListener("scroll", () => { state.atEnd = nearEnd(); }, { passive: true });
byId("latest").addEventListener("click", () => toEnd());

// --- writing ---

const field = byId("text");
function fit() { field.style.height = "auto"; field.style.height = Math.min(field.scrollHeight + 3, 132) + "px"; }
field.addEventListener("input", () => { fit(); store.set("draft", field.value); });
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); byId("composer").requestSubmit(); }
});
byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = field.value.trim();
  if (!line) return;
  field.value = "";
  store.drop("draft");
  fit();
  say({ text: line });
  field.focus();
});
for (const button of document.querySelectorAll(".suggestions button")) {
  button.addEventListener("click", () => say({ text: button.textContent }));
}
byId("menu").addEventListener("click", () => byId("sheet").showModal());
byId("keep").addEventListener("click", () => byId("sheet").close());
byId("forget").addEventListener("click", () => { byId("sheet").close(); startAfresh(null); });

function startAfresh(identity) {
  state.generation += 1;
  for (const key of ["token", "queue", "draft"]) store.drop(key);
  Object.assign(state, { token: "", cursor: "", queue: [], loaded: false, identity, typing: false, answers: "agent", wrote: 0, read: "" });
  state.entries.clear();
  byId("thread").replaceChildren();
  byId("thread").setAttribute("aria-live", "off");
  ask();
}

// --- the site that shows us ---

function hostOrigin() {
  const said = new URLSearchParams(location.search).get("origin");
  return embedded && said && (config.origins.includes(said) || said === location.origin) ? said : "";
}
function tellHost(message) { if (host) window.parent.postMessage({ source: "hotel-agent", key: config.key, ...message }, host); }
window.addEventListener("message", (event) => {
  if (!host || event.source !== window.parent || event.origin !== host || !event.data || event.data.source !== "hotel-agent-host") return;
  if (event.data.type === "kept") { store.recall(event.data.values); begin(); }
  else if (event.data.type === "open" || event.data.type === "close") {
    state.shown = event.data.type === "open";
    if (state.shown) { ask(); state.wake?.(); toEnd(true); if (!matchMedia("(pointer: coarse)").matches) field.focus(); }
  } else if (event.data.type === "identify") {
    const { identifier, identifier_hash, name } = event.data;
    if (store.get("known") === identifier_hash && state.token) return;
    store.set("known", identifier_hash);
    startAfresh({ identifier, identifier_hash, ...(name ? { name } : {}) });
  } else if (event.data.type === "reset") { store.drop("known"); startAfresh(null); }
});
byId("close").addEventListener("click", () => tellHost({ type: "close" }));
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !byId("sheet").open) tellHost({ type: "close" }); });

// --- the hotel's colour, readable whatever it is ---

function light(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
document.documentElement.style.setProperty("--accent", config.accent);
document.documentElement.style.setProperty("--on-accent", 1.05 / (light(config.accent) + 0.05) >= 4.5 ? "#ffffff" : "#101614");

// --- begin ---

function begin() {
  if (state.begun) return;
  state.begun = true;
  state.token = store.get("token");
  try { state.queue = JSON.parse(store.get("queue") || "[]"); } catch { state.queue = []; }
  field.value = store.get("draft");
  fit();
  for (const entry of state.queue) add(entry, false);
  for (const name of ["online", "focus"]) window.addEventListener(name, () => { flush(); ask(); });
  window.addEventListener("offline", () => connected(false));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { ask(); flush(); state.wake?.(); } });
  setInterval(presence, 2000);
  ask().then(() => { flush(); listen(); }); // with the token there is a stream at once
}
document.body.classList.toggle("embedded", embedded);
byId("close").hidden = !host;
tellHost({ type: "ready" });
if (host && store.blocked) setTimeout(begin, 1500); else begin();
