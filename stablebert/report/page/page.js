"use strict";
// the page says all of it without this: tables sort by their heads, long ones filter
const LONG = 8;
const number = text => { const found = text.replace(/,/g, "").match(/^[+-]?\d+(\.\d+)?/); return found ? Number(found[0]) : null; };
const compare = (one, other) => {
  const [a, b] = [number(one), number(other)];
  if (a !== null && b !== null) return a - b;
  if (a !== null || b !== null) return a !== null ? -1 : 1;
  return one.localeCompare(other);
};
for (const table of document.querySelectorAll("table")) {
  const body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const text = row => row.cells[column].textContent.trim();
      const rows = [...body.rows].sort((one, other) => compare(text(one), text(other)) * (up ? 1 : -1));
      body.append(...rows);
    });
  });
  if (body.rows.length <= LONG) continue;
  const filter = document.createElement("input");
  filter.type = "search";
  filter.className = "filter";
  filter.placeholder = "Filter " + body.rows.length + " rows";
  filter.setAttribute("aria-label", "Filter rows: " + table.caption.textContent);
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/);
    for (const row of body.rows) row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
  });
  table.parentElement.before(filter);
}
addEventListener("beforeprint", () => document.querySelectorAll(".verdict").forEach(fold => { fold.open = true; }));
