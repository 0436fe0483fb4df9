// What was written and not sent yet, per person and ticket: it survives a reload and is gone after signing out.

import { state } from "./state.js";

const PREFIX = "desk-draft:";
const nameOf = (ticket) => `${PREFIX}${state.me.id}:${ticket}`;
// What is written about health or protection leaves the browser with its tab.
const storeFor = (ticket) => ((state.tickets.get(ticket) || {}).restricted ? sessionStorage : localStorage);

/** {text, note, base}: base is the state that the writer had in front of them at the first key. */
export function readDraft(ticket) {
  try {
    return JSON.parse(sessionStorage.getItem(nameOf(ticket)) || localStorage.getItem(nameOf(ticket))) || null;
  } catch {
    return null;
  }
}

export function keepDraft(ticket, draft) {
  try {
    if (draft && draft.text) storeFor(ticket).setItem(nameOf(ticket), JSON.stringify(draft));
    else for (const store of [localStorage, sessionStorage]) store.removeItem(nameOf(ticket));
  } catch { /* it still stands in the field */ }
}

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
