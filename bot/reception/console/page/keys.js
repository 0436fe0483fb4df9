// Shortcuts: single keys outside of every field; each person may switch them off.

import { choose, leaveThread, perform, write } from "./opened.js";
import { shownRows } from "./queue.js";
import { change, kept, state } from "./state.js";

/** The key, the catalog's name of what it does, and the doing. */
export const KEYS = [
  ["j", "keyNext", () => step(1)],
  ["k", "keyBefore", () => step(-1)],
  ["r", "keyReply", () => field(false)],
  ["n", "keyNote", () => field(true)],
  ["a", "answers", () => may("reply") && change({ open: "answers" })],
  ["c", "do_claim", () => may("claim") && perform("claim")],
  ["e", "do_resolve", () => may("resolve") && perform("resolve")],
  ["h", "do_assign", () => may("assign") && change({ open: "assign" })],
  ["s", "do_snooze", () => may("snooze") && change({ open: "snooze" })],
  ["/", "search", () => document.getElementById("search").focus()],
  ["Esc", "back", () => leaveThread()],
  ["?", "shortcuts", () => change({ open: "help" })],
];

const may = (verb) => Boolean(state.thread && state.thread.acts.includes(verb));

function step(by) {
  const rows = shownRows();
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.id === state.chosen);
  const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  if (next.id !== state.chosen) choose(next.id);
}

function field(note) {
  if (!may(note ? "note" : "reply")) return;
  write({ note });
  setTimeout(() => { const box = document.getElementById("field"); if (box) box.focus(); });
}

const WRITING = "input:not([type=checkbox]), textarea, select, [contenteditable], dialog";

export function listenToKeys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (kept.get("desk-keys") === "off" || state.open || event.target.closest(WRITING)) return;
    const name = event.key === "Escape" ? "Esc" : event.key;
    const found = KEYS.find(([key]) => key === name);
    if (!found) return;
    event.preventDefault();
    found[2]();
  });
}
