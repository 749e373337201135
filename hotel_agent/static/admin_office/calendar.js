// Choosing nights on the calendar: by dragging, or with the arrows and Shift. Enter opens the form with what is chosen.
"use strict";
(() => {
  const table = document.getElementById("calendar");
  const frame = document.querySelector(".ha-cal");
  const panel = document.getElementById("panel");
  if (!frame) return;
  const rows = table ? [...table.querySelectorAll(".ha-cal-type")].map((row) => [...row.querySelectorAll(".ha-cal-cell")]) : [];
  const columns = rows.length ? rows[0].length : 0;
  let from = null;
  let to = null;
  let dragging = false;

  const place = (cell) => {
    const row = rows.findIndex((one) => one.includes(cell));
    return row < 0 ? null : [row, rows[row].indexOf(cell)];
  };
  const inside = (row, column) =>
    from && to && row >= Math.min(from[0], to[0]) && row <= Math.max(from[0], to[0]) &&
    column >= Math.min(from[1], to[1]) && column <= Math.max(from[1], to[1]);
  const paint = () => rows.forEach((cells, row) => cells.forEach((cell, column) => {
    const chosen = inside(row, column);
    cell.classList.toggle("ha-chosen", Boolean(chosen));
  }));
  const choose = (start, end) => { from = start; to = end; paint(); };

  const open = () => {
    if (!panel) return;
    panel.hidden = false;
    if (from && to) {
      const cells = rows.flatMap((row, index) => row.filter((_, column) => inside(index, column)));
      const types = new Set(cells.map((cell) => cell.dataset.type));
      const nights = cells.map((cell) => cell.dataset.night).sort();
      panel.querySelectorAll("[name=room_types]").forEach((box) => { box.checked = types.has(box.value); });
      panel.querySelector("[name=first]").value = nights[0];
      panel.querySelector("[name=last]").value = nights[nights.length - 1];
    }
    panel.scrollIntoView({ block: "nearest" });
    panel.querySelector("[name=amount]").focus();
  };
  const close = () => {
    panel.hidden = true;
    const cell = to && rows[to[0]][to[1]];
    if (cell) cell.focus();
  };

  if (rows.length) {
    rows[0][0].tabIndex = 0;
    const focus = (cell) => {
      table.querySelectorAll(".ha-cal-cell[tabindex='0']").forEach((one) => { one.tabIndex = -1; });
      cell.tabIndex = 0;
      cell.focus();
    };
    table.addEventListener("pointerdown", (event) => {
      const cell = event.target.closest(".ha-cal-cell");
      if (!cell || event.button !== 0) return;
      const at = place(cell);
      choose(event.shiftKey && from ? from : at, at);
      // A finger scrolls; only a mouse or a pen drags over nights. A tap after a tap makes a range.
      dragging = event.pointerType !== "touch";
      if (dragging) event.preventDefault();
      focus(cell);
    });
    table.addEventListener("pointerover", (event) => {
      const cell = dragging && event.target.closest(".ha-cal-cell");
      if (cell) choose(from, place(cell));
    });
    document.addEventListener("pointerup", () => { dragging = false; });
    table.addEventListener("dblclick", (event) => { if (event.target.closest(".ha-cal-cell")) open(); });
    table.addEventListener("keydown", (event) => {
      const at = place(event.target);
      if (!at) return;
      const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0], Home: [0, -columns], End: [0, columns] };
      const step = steps[event.key];
      if (step) {
        event.preventDefault();
        const row = Math.min(Math.max(at[0] + step[0], 0), rows.length - 1);
        const column = Math.min(Math.max(at[1] + step[1], 0), columns - 1);
        choose(event.shiftKey && from ? from : [row, column], [row, column]);
        focus(rows[row][column]);
      } else if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        if (!inside(at[0], at[1])) choose(at, at);
        open();
      } else if (event.key === "Escape") {
        choose(null, null);
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Escape" && panel && !panel.hidden && panel.contains(event.target)) close();
      return;
    }
    const keys = { t: "today", PageUp: "earlier", PageDown: "later" };
    if (keys[event.key]) { event.preventDefault(); window.location.assign(frame.dataset[keys[event.key]]); }
  });

  const on = (id, action) => { const button = document.getElementById(id); if (button) button.addEventListener("click", action); };
  on("edit", open);
  on("close", close);
  on("rework", () => { panel.hidden = false; panel.scrollIntoView({ block: "start" }); panel.querySelector("[name=amount]").focus(); });
  const preview = document.getElementById("preview");
  if (preview) preview.focus();
  const today = table && table.querySelector("thead .ha-today");
  if (today) today.scrollIntoView({ block: "nearest", inline: "nearest" });
})();
