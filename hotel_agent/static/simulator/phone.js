"use strict";
// A guest's phone: posts signed deliveries to the webhook and shows what our outbox says has gone out.
const byId = (id) => document.getElementById(id);
const hotel = byId("hotel"), number = byId("number"), nameField = byId("name"), text = byId("text");
const list = byId("thread"), sheet = byId("sheet");
const words = document.body.dataset;
let shown = "", told = new Set(), waitingSince = 0;

async function deliver(what) {
  const asked = { account: hotel.value, wa_id: number.value.replace(/\D/g, ""), name: nameField.value, ...what };
  const made = await fetch("envelope", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": cookie("csrftoken") },
    body: JSON.stringify(asked),
  });
  if (!made.ok) return presence(words.refused);
  const { body, signature } = await made.json();
  const answer = await fetch("/webhooks/whatsapp", {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Hub-Signature-256": signature },
    body,
  });
  if (!answer.ok) presence(`${words.refused} (${answer.status})`);
}

function cookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(name + "="));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function presence(line) { byId("presence").textContent = line; }

async function say(what) {
  waitingSince = Date.now();
  await deliver(what);
  await refresh();
}

async function refresh() {
  if (!hotel.value) return;
  const query = new URLSearchParams({ account: hotel.value, wa_id: number.value.replace(/\D/g, "") });
  let answer;
  try { answer = await fetch("thread?" + query); } catch { return presence(words.down); }
  if (!answer.ok) return;
  const { messages, owner } = await answer.json();
  const last = messages[messages.length - 1];
  const typing = waitingSince && last && last.side === "guest" && Date.now() - waitingSince < 25000;
  presence(typing ? words.typing : owner === "human" ? words.person : words.idle);
  const now = JSON.stringify([messages, Boolean(typing)]);
  if (now !== shown) { shown = now; draw(messages, typing); }
  for (const message of messages) acknowledge(message);
}

function acknowledge(message) {
  if (message.side !== "hotel" || !message.message_id || message.state === "read") return;
  const state = message.state === "sent" ? "delivered" : "read";
  const key = message.id + state;
  if (told.has(key)) return;
  told.add(key);
  deliver({ status: state, message_id: message.message_id, reference: message.reference });
}

function draw(messages, typing) {
  list.replaceChildren();
  if (!messages.length) {
    const empty = document.createElement("li");
    empty.className = "empty";
    empty.textContent = words.empty;
    list.append(empty);
  }
  for (const message of messages) list.append(bubble(message));
  if (typing) {
    const dots = document.createElement("li");
    dots.className = "bubble dots";
    dots.setAttribute("aria-label", words.typing);
    dots.append(...[0, 1, 2].map(() => document.createElement("span")));
    list.append(dots);
  }
  list.scrollTop = list.scrollHeight;
}

function bubble(message) {
  const item = document.createElement("li");
  item.className = `bubble ${message.side}`;
  const body = message.body || {};
  item.append(document.createTextNode(body.body || message.text));
  if (body.footer) item.append(document.createTextNode("\n" + body.footer));
  const foot = document.createElement("footer");
  foot.textContent = new Date(message.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (message.side === "guest") {
    const ticks = document.createElement("span");
    ticks.className = "ticks read";
    ticks.textContent = message.state === "waiting" ? "✓" : "✓✓";
    foot.append(" ", ticks);
  } else {
    item.dataset.state = message.state;
  }
  item.append(foot);
  const taps = tapsOf(body);
  if (taps) item.append(taps);
  return item;
}

function tapsOf(body) {
  if (body.kind !== "buttons" && body.kind !== "options") return null;
  const box = document.createElement("div");
  box.className = "taps";
  if (body.kind === "options") {
    box.append(tap(body.button || words.options, () => openSheet(body)));
    return box;
  }
  for (const choice of body.choices) {
    box.append(tap(choice.title, () => say({ reply: { kind: "button_reply", id: choice.id, title: choice.title } })));
  }
  return box;
}

function tap(label, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", action);
  return button;
}

function openSheet(body) {
  byId("sheet-title").textContent = body.button;
  byId("rows").replaceChildren(...body.choices.map((choice) => {
    const row = document.createElement("li");
    const button = tap(choice.title, () => {
      sheet.close();
      say({ reply: { kind: "list_reply", id: choice.id, title: choice.title } });
    });
    if (choice.description) {
      const small = document.createElement("small");
      small.textContent = choice.description;
      button.append(small);
    }
    row.append(button);
    return row;
  }));
  sheet.showModal();
}

byId("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const line = text.value.trim();
  if (!line) return;
  text.value = "";
  say({ text: line });
});
text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); byId("composer").requestSubmit(); }
});
byId("close-sheet").addEventListener("click", () => sheet.close());
byId("someone-else").addEventListener("click", () => {
  number.value = "54911" + String(Math.floor(10000000 + Math.random() * 89999999));
  shown = ""; told = new Set(); refresh();
});
for (const button of document.querySelectorAll(".try button")) {
  button.addEventListener("click", () => say({ text: button.textContent }));
}
for (const field of [hotel, number]) field.addEventListener("change", () => { shown = ""; told = new Set(); title(); refresh(); });
function title() { byId("title").textContent = hotel.selectedOptions[0] ? hotel.selectedOptions[0].textContent : "Hotel"; }
title(); refresh(); setInterval(refresh, 1000);
