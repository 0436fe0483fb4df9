// What was written and not sent yet, per person and ticket or page: it survives a reload and is gone after signing out.

import { useState } from "./preact.js";
import { state } from "./state.js";

const PREFIX = "desk-draft:";
const nameOf = (what) => `${PREFIX}${state.me.id}:${what}`;
// What is written about health or protection leaves the browser with its tab.
const storeFor = (ticket) => ((state.tickets.get(ticket) || {}).restricted ? sessionStorage : localStorage);

function read(what) {
  try {
    return JSON.parse(sessionStorage.getItem(nameOf(what)) || localStorage.getItem(nameOf(what))) || null;
  } catch {
    return null;
  }
}

function keep(what, draft, store) {
  try {
    if (draft) store.setItem(nameOf(what), JSON.stringify(draft));
    else for (const one of [localStorage, sessionStorage]) one.removeItem(nameOf(what));
  } catch { /* it still stands in the field */ }
}

/** {text, note, base}: base is the state that the writer had in front of them at the first key. */
export const readDraft = read;

export const keepDraft = (ticket, draft) => keep(ticket, draft && draft.text ? draft : null, storeFor(ticket));

/**
 * The form of a page, as useState would keep it, and over a reload too while anything is written in it.
 *
 * @param what the page's name; no number, for those are tickets
 * @param empty what the form begins with; any other text than in there is worth keeping
 * @param tab in this tab alone: for what is told at a counter, where others use the same browser
 * @returns the form, a setter that takes a value or a function, and whether it was there from before
 */
export function useDraft(what, empty, { tab = false } = {}) {
  const [before] = useState(() => read(what));
  const [form, set] = useState(before || empty);
  const put = (next) => set((now) => {
    const then = typeof next === "function" ? next(now) : next;
    keep(what, words(then) === words(empty) ? null : then, tab ? sessionStorage : localStorage);
    return then;
  });
  return [form, put, before !== null];
}

/** Everything that was typed or ticked in a form; what has the same words as the empty one is not worth keeping. */
const words = (form) => JSON.stringify(form, (name, value) => (name === "key" || name === "language" ? undefined : value));

/** On signing out all drafts go; at the start those of whoever used this browser before. */
export function forgetDrafts(but) {
  for (const store of [localStorage, sessionStorage]) {
    try {
      for (const name of Object.keys(store)) {
        if (name.startsWith(PREFIX) && !(but && name.startsWith(`${PREFIX}${but}:`))) store.removeItem(name);
      }
    } catch { /* then there are none */ }
  }
}

export const hasDraft = (ticket) => Boolean(readDraft(ticket));
