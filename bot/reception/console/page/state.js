// What the page knows now, in one place; whoever draws it is told of every change.

import { useEffect, useState } from "./preact.js";

const listeners = new Set();

export const state = {
  language: document.documentElement.lang,
  words: {},
  me: { roles: [], teams: [], pages: [] },
  clock: null, // of the event; a demonstration's runs on its own date
  tickets: new Map(), // number → row of the queue, with `began` on this browser's own clock
  loaded: false,
  chosen: null, // the number of the open ticket
  thread: null, // and everything of it
  draft: null, // what is being written: {text, note, ask, group, answer, base}
  writing: false, // somebody is at the reply box
  sending: false,
  stopped: null, // a reply that was not sent: {why, said}
  reading: false, // on a phone: the thread instead of the queue
  filter: { all: false, mine: false, free: false, team: "", priority: "", language: "", state: "" },
  query: "",
  found: null, // what a search brought, or null
  present: [], // colleagues: {name, ticket, types}
  online: "connecting", // live, connecting or away
  since: null, // when the connection was lost
  duty: null, // whether the person is on duty, once that is known
  alarms: [], // of the desk itself, for organisers
  calls: [], // what should be noticed: {id, ticket, kind}
  said: "", // what went wrong, or was stopped
  told: "", // for those who hear the page: what just happened
  open: "", // which dialog
  sure: null, // what is asked in it before it is done: {said, verb, body}
};

export function change(patch) {
  Object.assign(state, patch);
  for (const listener of listeners) listener();
}

/** Draws a component again after every change. */
export function useDesk() {
  const [, again] = useState(0);
  useEffect(() => {
    let waiting = false;
    const listener = () => {
      if (waiting) return;
      waiting = true; // many changes at once are drawn once
      queueMicrotask(() => { waiting = false; again((count) => count + 1); });
    };
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return state;
}

/** Something kept in this browser; a browser that keeps nothing is not an error. */
export const kept = {
  get(name) { try { return localStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem(name, value); } catch { /* asked again next time */ } },
};
