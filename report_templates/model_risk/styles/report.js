// Comfort for the screen; the document reads without it.
"use strict";
(() => {
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const main = document.getElementById("content");

  // Contents: the current section is marked and its branch open.
  const links = new Map();
  for (const link of document.querySelectorAll("#TOC a[href^='#']")) links.set(link.hash.slice(1), link);
  const targets = [...links.keys()].map((id) => document.getElementById(decodeURIComponent(id))).filter(Boolean);
  document.getElementById("TOC").classList.add("scripted");
  let current = null;
  const mark = () => {
    let found = targets[0];
    for (const target of targets) if (target.getBoundingClientRect().top < 140) found = target;
    if (!found || found === current) return;
    current = found;
    document.querySelectorAll("#TOC [aria-current]").forEach((each) => each.removeAttribute("aria-current"));
    document.querySelectorAll("#TOC li.open").forEach((each) => each.classList.remove("open"));
    const link = links.get(found.id);
    link.setAttribute("aria-current", "true");
    for (let item = link.closest("li"); item; item = item.parentElement.closest("li")) item.classList.add("open");
    const bar = document.getElementById("TOC");
    const box = link.getBoundingClientRect();
    if (getComputedStyle(bar).position === "sticky" && (box.top < 0 || box.bottom > innerHeight)) {
      bar.scrollTop += box.top - innerHeight / 2;
    }
  };
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; mark(); });
  }, { passive: true });
  mark();

  // Anchors on headings and paragraphs.
  for (const each of main.querySelectorAll("section[id] > h1, section[id] > h2, section[id] > h3, p[id]")) {
    const id = each.id || each.parentElement.id;
    each.prepend(make("a", "¶", { class: "anchor", href: "#" + id, "aria-hidden": "true", tabindex: "-1" }));
  }
  const reveal = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();

  // Tables: sort by a column, copy as tab-separated text.
  const numeric = (text) => {
    const cleaned = text.replace(/[−–]/g, "-").replace(/[,\u00a0\s]/g, "").match(/^[<>≤≥]?([+-]?\d*\.?\d+)/);
    return cleaned ? parseFloat(cleaned[1]) : NaN;
  };
  const words = new Intl.Collator("en", { numeric: true });
  const compare = (a, b) => {
    const x = numeric(a), y = numeric(b);
    if (!isNaN(x) && !isNaN(y)) return x - y;
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    return words.compare(a, b);
  };
  for (const table of main.querySelectorAll("div[id^='tbl-'] table")) {
    const body = table.tBodies[0];
    if (!body) continue;
    const cell = (row, index) => (row.cells[index] ? row.cells[index].textContent.trim() : "");
    if (body.rows.length > 2 && table.tHead) {
      [...table.tHead.rows[0].cells].forEach((header, index) => {
        const button = make("button", "", { type: "button" });
        button.append(...header.childNodes);
        header.append(button);
        button.addEventListener("click", () => {
          const down = header.getAttribute("aria-sort") === "ascending";
          for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
          header.setAttribute("aria-sort", down ? "descending" : "ascending");
          const rows = [...body.rows].sort((a, b) => compare(cell(a, index), cell(b, index)) * (down ? -1 : 1));
          body.append(...rows);
        });
      });
    }
    const copy = make("button", "Copy table", { type: "button", class: "tool" });
    copy.addEventListener("click", async () => {
      const text = [...table.rows].map((row) => [...row.cells].map((each) => each.textContent.trim()).join("\t")).join("\n");
      try { await navigator.clipboard.writeText(text); copy.textContent = "Copied"; }
      catch { copy.textContent = "Not allowed here"; }
      setTimeout(() => { copy.textContent = "Copy table"; }, 1500);
    });
    const tools = make("div", "", { class: "tools" });
    tools.append(copy);
    const frame = table.closest("div[id^='tbl-']");
    frame.append(tools);
    if (frame.scrollWidth > frame.clientWidth) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "region");
      frame.setAttribute("aria-label", table.caption ? table.caption.textContent.trim() : "Table");
    }
  }

  // Figures open large.
  const dialog = make("dialog", "", { "aria-label": "Figure" });
  document.body.append(dialog);
  for (const figure of main.querySelectorAll("figure")) {
    const drawing = figure.querySelector("svg, img");
    if (!drawing) continue;
    const open = make("button", "Enlarge", { type: "button", class: "enlarge" });
    const tools = make("div", "", { class: "tools" });
    tools.append(open);
    figure.append(tools);
    const place = drawing.parentElement;
    const next = drawing.nextSibling;
    open.addEventListener("click", () => {
      const close = make("button", "Close", { type: "button", class: "tool" });
      close.addEventListener("click", () => dialog.close());
      dialog.replaceChildren(close, drawing);
      dialog.addEventListener("close", () => { place.insertBefore(drawing, next); open.focus(); }, { once: true });
      dialog.showModal();
    });
  }

  // Numbers: what stands behind them.
  const source = document.getElementById("metrics");
  const known = source ? JSON.parse(source.textContent) : {};
  let note = null;
  const hide = () => { if (note) { note.remove(); note = null; } };
  const show = (number) => {
    hide();
    const entry = known[number.dataset.id];
    if (!entry) return;
    note = make("div", "", { id: "note", role: "status" });
    const list = make("dl");
    const rows = [["value", entry.text], ["n", entry.n === null ? "" : Number(entry.n).toLocaleString("en")],
      ["partition", entry.partition], ["method", entry.method], ["note", entry.note], ["id", number.dataset.id],
      ["source", entry.source]];
    for (const [name, value] of rows) if (value) list.append(make("dt", name), make("dd", value));
    note.append(list);
    document.body.append(note);
    const box = number.getBoundingClientRect();
    note.style.left = Math.max(8, Math.min(box.left, innerWidth - note.offsetWidth - 8)) + scrollX + "px";
    note.style.top = box.bottom + scrollY + 6 + "px";
  };
  for (const number of main.querySelectorAll(".metric[data-id]")) {
    number.tabIndex = 0;
    number.addEventListener("mouseenter", () => show(number));
    number.addEventListener("mouseleave", hide);
    number.addEventListener("focus", () => show(number));
    number.addEventListener("blur", hide);
    number.addEventListener("click", () => show(number));
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  // Everything is open on paper.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((each) => { each.open = true; }));
})();
