// What keeps the page true: the list as it is now, then what changes; and honest words when it cannot be told.

import { notice } from "./alerts.js";
import { uuid } from "./rich.js";
import { change, state } from "./state.js";
import { call, sentence } from "./talk.js";
import { refreshThread, showGone } from "./opened.js";

export const page = uuid(); // this page's name for itself, so that colleagues see where somebody is
const timers = {};
let stream = null;
let fails = 0;

export function keep(row) {
  const before = state.tickets.get(row.id);
  const tickets = new Map(state.tickets).set(row.id, { ...row, began: performance.now() - row.waited * 1000 });
  change({ tickets });
  if (state.loaded) notice(before, row);
}

export async function load() {
  try {
    const all = await call(`/desk/api/tickets${state.filter.all ? "?all=1" : ""}`);
    const before = state.tickets;
    change({ tickets: new Map(all.map((row) => [row.id, { ...row, began: performance.now() - row.waited * 1000 }])) });
    if (state.loaded) for (const row of all) notice(before.get(row.id), row);
    change({ loaded: true });
    if (state.chosen) await refreshThread();
    return true;
  } catch {
    lost();
    return false;
  }
}

/** First the list, then the stream: a page that slept may hold a dead one. */
export async function connect() {
  clearTimeout(timers.again);
  hangUp();
  if (!(await load())) return again();
  const opened = (stream = new EventSource(`/desk/events?lang=${state.language}&page=${page}`));
  opened.onopen = () => { fails = 0; change({ online: "live", since: null }); load(); tellHere(); };
  opened.onerror = () => { if (opened === stream) { hangUp(); lost(); again(); } };
  opened.addEventListener("ticket", (event) => changed(JSON.parse(event.data)));
  opened.addEventListener("gone", (event) => showGone(JSON.parse(event.data).id));
  opened.addEventListener("present", (event) => change({ present: JSON.parse(event.data).people }));
  opened.addEventListener("reload", load);
  opened.addEventListener("leave", () => location.reload());
}

export function lost() {
  if (state.online !== "away") change({ online: "away", since: performance.now() });
}

function hangUp() {
  if (stream) stream.close();
  stream = null;
}

function again() {
  fails += 1;
  timers.again = setTimeout(connect, Math.min(500 * 2 ** fails, 15000));
}

export function changed(row) {
  const before = state.tickets.get(row.id);
  keep(row);
  const group = state.thread && state.thread.group;
  const together = group && (row.group === group || (before && before.group === group));
  if (row.id === state.chosen || together) refreshThread();
}

// ---------------------------------------------------------------- where this page is

let types = false;

export function tellHere(typing = types) {
  clearTimeout(timers.still);
  types = typing;
  if (typing) timers.still = setTimeout(() => tellHere(false), 5000);
  call("/desk/api/here", { page, ticket: state.chosen, types: typing }).catch(() => {}); // the stream tells of lost connections
}

let typedAt = -Infinity;

/** With each key; told at most every two seconds. */
export function typing() {
  if (performance.now() - typedAt < 2000) return;
  typedAt = performance.now();
  tellHere(true);
}

// ---------------------------------------------------------------- seen: only what really stood before somebody's eyes

const unseen = new Set();
export const watcher = new IntersectionObserver((looks) => {
  for (const { isIntersecting, target } of looks) {
    const id = Number(target.dataset.ticket);
    if (isIntersecting) unseen.add(id);
    else unseen.delete(id);
  }
  tellSeen();
}, { threshold: 0.6 });

export function tellSeen() {
  if (!unseen.size || document.visibilityState !== "visible") return;
  clearTimeout(timers.seen);
  timers.seen = setTimeout(() => requestAnimationFrame(async () => {
    const now = [...unseen].filter((id) => state.tickets.has(id) && !state.tickets.get(id).seen);
    if (!now.length || document.visibilityState !== "visible") return;
    try {
      await call("/desk/api/seen", { tickets: now });
      for (const id of now) {
        unseen.delete(id);
        if (state.tickets.has(id)) state.tickets.get(id).seen = true;
      }
    } catch { timers.seen = setTimeout(tellSeen, 2000); }
  }), 250);
}

// ---------------------------------------------------------------- the alarms of the desk itself

const ALARMS_EVERY = 10000; // milliseconds; asked, for what is wrong may be what would tell it

export async function watchAlarms() {
  clearTimeout(timers.alarms);
  try { change({ alarms: await call("/desk/api/alarms") }); } catch { /* the line about the connection tells it */ }
  timers.alarms = setTimeout(watchAlarms, ALARMS_EVERY);
}

export function stayConnected() {
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { connect(); tellSeen(); } });
  for (const name of ["pageshow", "online"]) addEventListener(name, (event) => (name === "online" || event.persisted) && connect());
  addEventListener("offline", lost);
}

export { sentence };
