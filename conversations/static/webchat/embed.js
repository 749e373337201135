// Puts a hotel's chat on its own site:
//   <script src="https://agent.example.com/webchat/embed.js" data-widget="KEY" async></script>
// Optional: data-language="es|en|pt", data-position="left". window.HotelAgent has open(), close(), reset() and
// identify({identifier, identifier_hash, name}). The chat itself is loaded when it is opened, or was opened before.
(() => {
  "use strict";
  const script = document.currentScript || document.querySelector("script[data-widget]");
  const key = script && script.dataset.widget;
  if (!key || window.HotelAgent) return;
  const agent = new URL(script.src).origin;
  const left = script.dataset.position === "left";
  const language = (script.dataset.language || document.documentElement.lang || "").slice(0, 2).toLowerCase();
  const WORDS = {
    es: ["Abrir el chat con el hotel", "Cerrar el chat", "sin leer", "Chat con el hotel"],
    en: ["Open the chat with the hotel", "Close the chat", "unread", "Chat with the hotel"],
    pt: ["Abrir o chat com o hotel", "Fechar o chat", "não lidas", "Chat com o hotel"],
  };
  const [openWord, closeWord, unreadWord, title] = WORDS[language] || WORDS.en;
  const CSS = `
    :host { all: initial; position: fixed; z-index: 2147483000; bottom: 0; ${left ? "left" : "right"}: 0; }
    button { position: fixed; ${left ? "left" : "right"}: max(20px, env(safe-area-inset-right)); bottom: max(20px, env(safe-area-inset-bottom)); display: grid; place-items: center; width: 60px; height: 60px; padding: 0; border: 0; border-radius: 50%; color: #fff; background: var(--accent, #156455); box-shadow: 0 6px 22px rgb(0 0 0 / 30%); cursor: pointer; }
    button:focus-visible { outline: 3px solid #0b57d0; outline-offset: 3px; }
    button[hidden], iframe[hidden] { display: none; }
    svg { width: 28px; height: 28px; fill: currentColor; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; box-sizing: border-box; border-radius: 11px; font: 700 13px/22px system-ui, sans-serif; color: #fff; background: #b3261e; }
    .badge:empty { display: none; }
    iframe { position: fixed; ${left ? "left" : "right"}: 20px; bottom: 92px; width: 400px; height: min(680px, calc(100vh - 116px)); border: 0; border-radius: 18px; background: Canvas; box-shadow: 0 14px 60px rgb(0 0 0 / 32%); color-scheme: light dark; }
    @media (max-width: 520px) { iframe { inset: 0; width: 100%; height: 100%; border-radius: 0; } :host(.open) button { display: none; } }
    @media (prefers-reduced-motion: no-preference) { button { transition: transform .15s; } button:hover { transform: scale(1.05); } }`;
  const root = document.createElement("div");
  const shadow = root.attachShadow({ mode: "open" });
  // A sheet made by script needs no 'unsafe-inline' of the hotel's site.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  shadow.adoptedStyleSheets = [sheet];
  const button = document.createElement("button");
  button.type = "button";
  button.innerHTML = '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M4 4h16a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-8l-5 4v-4H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"/></svg><span class="badge" aria-hidden="true"></span>';
  const badge = button.querySelector(".badge");
  shadow.append(button);
  if (script.dataset.accent) root.style.setProperty("--accent", script.dataset.accent);

  let frame = null, ready = false, shown = false;
  const waiting = [];
  const kept = `hotel-agent:${key}:opened`;
  const remembered = () => { try { return localStorage.getItem(kept) === "1"; } catch { return false; } };
  function remember() { try { localStorage.setItem(kept, "1"); } catch { /* blocked: nothing to remember */ } }
  function load() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = title;
    frame.hidden = true;
    const query = new URLSearchParams({ origin: location.origin });
    if (WORDS[language]) query.set("lang", language);
    frame.src = `${agent}/webchat/${encodeURIComponent(key)}/?${query}`;
    shadow.append(frame);
  }
  function tell(message) {
    load();
    if (ready) frame.contentWindow.postMessage({ source: "hotel-agent-host", ...message }, agent); else waiting.push(message);
  }
  function label(count) {
    badge.textContent = count ? (count > 99 ? "99+" : String(count)) : "";
    button.setAttribute("aria-label", shown ? closeWord : openWord + (count ? ` (${count} ${unreadWord})` : ""));
    button.setAttribute("aria-expanded", String(shown));
  }
  function show(yes) {
    if (shown === yes) return;
    load();
    remember();
    shown = yes;
    frame.hidden = !yes;
    root.classList.toggle("open", yes);
    label(0);
    tell({ type: yes ? "open" : "close" });
    if (yes) frame.focus(); else button.focus();
  }
  button.addEventListener("click", () => show(!shown));
  window.addEventListener("message", (event) => {
    if (!frame || event.origin !== agent || event.source !== frame.contentWindow || !event.data || event.data.source !== "hotel-agent") return;
    if (event.data.type === "ready") {
      ready = true;
      let values = {};
      try { values = JSON.parse(localStorage.getItem(`hotel-agent:${key}:kept`) || "{}"); } catch { /* none */ }
      tell({ type: "kept", values });
      for (const one of waiting.splice(0)) tell(one);
    }
    if (event.data.type === "keep") try { localStorage.setItem(`hotel-agent:${key}:kept`, JSON.stringify(event.data.values)); } catch { /* blocked here too */ }
    if (event.data.type === "unread" && !shown) label(Number(event.data.count) || 0);
    if (event.data.type === "close") show(false);
  });
  window.HotelAgent = {
    open: () => show(true),
    close: () => show(false),
    reset: () => tell({ type: "reset" }),
    identify: ({ identifier, identifier_hash, name }) => tell({ type: "identify", identifier, identifier_hash, name }),
  };
  label(0);
  const place = () => { document.body.append(root); if (remembered()) load(); };
  if (document.body) place(); else document.addEventListener("DOMContentLoaded", place);
})();
