// The open ticket: choosing it, keeping it fresh, writing into it, and doing something to it.

import { changed, keep, tellHere, typing } from "./connection.js";
import { keepDraft, readDraft } from "./drafts.js";
import { change, state } from "./state.js";
import { act, call, sentence } from "./talk.js";

const MOST_LOOKS = 30; // for a mark of delivery, of one line
const LOOK_EVERY = 10000; // milliseconds

const EMPTY = { text: "", note: false, ask: false, group: false, base: null, answer: null };

export const draft = () => state.draft || EMPTY;

export async function choose(id) {
  change({ chosen: id, thread: null, reading: true, said: "", stopped: null, draft: { ...EMPTY, ...(readDraft(id) || {}) } });
  change({ calls: state.calls.filter((one) => one.ticket !== id) });
  tellHere(false);
  await refreshThread();
  const title = document.getElementById("thread-title");
  if (title) title.focus();
}

export function leaveThread() {
  const id = state.chosen;
  change({ reading: false });
  const row = document.querySelector(`#tickets li[data-ticket="${id}"] button`);
  if (row) row.focus();
}

let again = false;
let loading = null;

/** Loads the thread; changes that come meanwhile load it once more. */
export function refreshThread() {
  again = true;
  loading = loading || (async () => {
    while (again) {
      again = false;
      await fetchThread();
    }
    loading = null;
  })();
  return loading;
}

async function fetchThread() {
  const id = state.chosen;
  if (id === null) return;
  try {
    const thread = await call(`/desk/api/tickets/${id}`);
    if (id === state.chosen) change({ thread });
    watchDelivery(thread);
  } catch (error) {
    if (error.status === 404) showGone(id);
    else if (id === state.chosen && error.said) change({ said: sentence(error) });
  }
}

let looks = 0;
let looking;

/** The stream tells when a line arrived; this is for what was told while the stream was cut. */
function watchDelivery(thread) {
  clearTimeout(looking);
  const last = thread.timeline.at(-1);
  const way = thread.timeline.some((entry) => (entry.author === "staff" || entry.author === "desk") && !entry.delivered && !entry.undeliverable);
  looks = way && watchDelivery.of === `${thread.id} ${last.seq}` ? looks + 1 : 0;
  watchDelivery.of = `${thread.id} ${last ? last.seq : 0}`;
  if (way && looks < MOST_LOOKS) looking = setTimeout(refreshThread, LOOK_EVERY);
}

/** The ticket was erased: nothing of it stays on the screen or in this browser. */
export function showGone(id) {
  keepDraft(id, null);
  const tickets = new Map(state.tickets);
  tickets.delete(id);
  change({ tickets });
  if (id === state.chosen) change({ chosen: null, thread: null, reading: false, draft: null, stopped: null, said: "" });
}

// ---------------------------------------------------------------- writing

/** What stands in front of the writer now; a reply that starts here is stopped when more comes. */
function base() {
  const { thread } = state;
  if (!thread) return null;
  return { version: thread.version, read: thread.timeline.reduce((last, entry) => Math.max(last, entry.seq), 0) };
}

export function write(patch) {
  const before = draft();
  const next = { ...before, ...patch };
  const empty = !next.text && !next.answer;
  if (empty) next.base = null;
  else if (!next.base) next.base = base();
  change({ draft: next, ...(empty ? { stopped: null } : {}) });
  keepDraft(state.chosen, next.text ? { text: next.text, note: next.note, base: next.base } : null);
  if ("text" in patch) {
    typing();
    if (!before.text && next.text && !next.note) claimQuietly();
  }
}

/** Who begins to answer has it: colleagues see that at the first key. */
async function claimQuietly() {
  const { thread } = state;
  if (thread && thread.free && thread.acts.includes("claim")) await perform("claim");
}

export async function send({ anyway = false, machine = false } = {}) {
  const id = state.chosen;
  const said = draft();
  if (!id || !state.thread || state.sending || (!said.text.trim() && !said.answer)) return;
  const now = anyway ? base() : said.base || base();
  const verb = said.note && !said.answer ? "note" : said.ask ? "ask" : "reply";
  // Who read what came meanwhile was not asked yet whether the delegate reads this language.
  const confirmed = anyway && !machine && Boolean(state.stopped) && state.stopped.why === "unsure";
  const words = said.answer ? { answer: said.answer.answer, fields: said.answer.fields || {} } : { text: said.text };
  const body = verb === "note" ? words : { ...words, ...now, group: said.group, confirmed, ...(machine ? { machine } : {}) };
  change({ sending: true, said: "" });
  try {
    const row = await act(id, verb, body);
    // After an approved answer the words that were being written stay; and so does what was typed while it was on its way.
    const typed = id === state.chosen ? draft().text : said.text;
    const left = said.answer || !typed.startsWith(said.text) ? typed : typed.slice(said.text.length).trimStart();
    const rest = left ? { ...EMPTY, text: left, note: said.note } : { ...EMPTY };
    keepDraft(id, rest.text ? rest : null);
    change({ sending: false, stopped: null, told: state.words.sent, ...(id === state.chosen ? { draft: rest } : {}) });
    keep(row);
    await refreshThread();
    backToWriting();
  } catch (error) {
    change({ sending: false });
    await refreshThread();
    if (id !== state.chosen) return;
    if (error.why) change({ stopped: { why: error.why, said: error.said, machine: error.machine, chose: machine } });
    else change({ said: sentence(error) });
  }
}

/** A button that was pressed and cannot be pressed any more, or a box that is gone, leaves the focus nowhere. */
function backToWriting() {
  if (document.activeElement !== document.body) return;
  const touched = matchMedia("(pointer: coarse)").matches; // there the box would bring its keyboard along
  const place = document.getElementById(touched ? "thread-title" : "field");
  if (place) place.focus();
}

let leaving;

/** Whether somebody is at the reply box: on a phone everything else then gives way to it and to the conversation. */
export function atTheBox(there) {
  clearTimeout(leaving);
  if (there) change({ writing: true });
  // Not at once: what is being pressed must not move away under the finger.
  else leaving = setTimeout(() => { if (!document.activeElement.closest("#form")) change({ writing: false }); }, 300);
}

// ---------------------------------------------------------------- doing

/** An action on the open ticket; true when it is done. */
export async function perform(verb, body = {}) {
  const id = state.chosen;
  if (!id) return false;
  const { thread } = state;
  const looked = thread && thread.id === id ? { version: thread.version } : {};
  change({ said: "" });
  try {
    changed(await act(id, verb, { ...looked, ...body }));
    change({ open: "" });
    return true;
  } catch (error) {
    if (error.why === "unsure" && !body.confirmed) {
      change({ open: "sure", sure: { said: error.said, verb, body } });
      return false;
    }
    change({ said: sentence(error), open: "" });
    await refreshThread();
    return false;
  }
}
