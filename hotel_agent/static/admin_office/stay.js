// The messages of a stay's conversation come after the page and take their place in its history, by time.
"use strict";
(() => {
  const history = document.getElementById("history");
  if (!history || !history.dataset.lines) return;
  const at = (line) => Date.parse(line.querySelector("time").getAttribute("datetime"));
  fetch(history.dataset.lines, { headers: { "X-Requested-With": "fetch" } })
    .then((answer) => (answer.ok ? answer.text() : ""))
    .then((text) => {
      const found = new DOMParser().parseFromString(`<ol>${text}</ol>`, "text/html").querySelectorAll("li");
      if (!found.length) return;
      const lines = [...history.children, ...found].sort((one, other) => at(one) - at(other));
      history.replaceChildren(...lines);
    })
    .catch(() => {});
})();
