// The staff page: the queue, one open thread, and the actions on it; live, and honest when it is not.

import { directionOf, el, eventClock, filled, once, paragraphs, uuid } from "./rich.js";
import { entryItem, facts } from "./thread.js";

const LANGUAGE = "desk-console-language";
const ALARMS_EVERY = 10000; // milliseconds
const RANK = { emergency: 0, high: 1, normal: 2 };
const at = (id) => document.getElementById(id);
const tickets = new Map();
const state = { words: {}, me: {}, language: document.documentElement.lang, clock: null, chosen: null, thread: null, stream: null, fails: 0, timers: {}, pending: null };

// ---------------------------------------------------------------- the talk with the server

async function call(path, body) {
  const wanted = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json", "X-Desk-Proof": state.me.proof || "" }, body: JSON.stringify(body) };
  const address = `${path}${path.includes("?") ? "&" : "?"}lang=${state.language}`;
  const answer = await fetch(address, { ...wanted, cache: "no-store", signal: AbortSignal.timeout(15000) });
  if (answer.status === 401) location.reload(); // the page then says how to sign in again
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(answer.status), { said: said.error });
  return said;
}

async function load() {
  try {
    const all = await call(`/desk/api/tickets${at("all").checked ? "?all=1" : ""}`);
    tickets.clear();
    for (const ticket of all) keep(ticket);
    offline(false);
    draw();
    if (state.chosen) await showThread();
    return true;
  } catch {
    offline(true);
    return false;
  }
}

function keep(ticket) {
  tickets.set(ticket.id, { ...ticket, began: performance.now() - ticket.waited * 1000 });
}

/** First the list as it is now, then what changes: a page that slept may hold a dead stream. */
async function connect() {
  clearTimeout(state.timers.again);
  hangUp();
  if (!(await load())) return again();
  const stream = (state.stream = new EventSource(`/desk/events?lang=${state.language}`));
  stream.onopen = () => { state.fails = 0; offline(false); load(); };
  stream.onerror = () => { if (stream === state.stream) { hangUp(); offline(true); again(); } };
  stream.addEventListener("ticket", (event) => changed(JSON.parse(event.data)));
  stream.addEventListener("reload", load);
  stream.addEventListener("leave", () => location.reload());
}

function hangUp() {
  if (state.stream) state.stream.close();
  state.stream = null;
}

function again() {
  state.fails += 1;
  state.timers.again = setTimeout(connect, Math.min(500 * 2 ** state.fails, 15000));
}

function changed(ticket) {
  if (ticket.state === "resolved" && !at("all").checked && ticket.id !== state.chosen) tickets.delete(ticket.id);
  else keep(ticket);
  draw();
  if (ticket.id === state.chosen) showThread();
}

/** What organisers must know; asked often, for what is wrong may be what would tell it. */
async function showAlarms() {
  clearTimeout(state.timers.alarms);
  try {
    const alarms = await call("/desk/api/alarms");
    at("alarms").replaceChildren(...alarms.map((alarm) => el("li", {}, alarm.text)));
    at("alarms").hidden = alarms.length === 0;
  } catch { /* the line about the connection tells it */ }
  state.timers.alarms = setTimeout(showAlarms, ALARMS_EVERY);
}

function offline(away) { at("offline").hidden = !away; }

// ---------------------------------------------------------------- the queue

function ordered() {
  const rank = (ticket) => [ticket.state === "resolved" ? 1 : 0, RANK[ticket.priority], ticket.opened, ticket.id];
  return [...tickets.values()].sort((one, other) => {
    const [a, b] = [rank(one), rank(other)];
    const place = a.findIndex((value, index) => value !== b[index]);
    return place < 0 ? 0 : a[place] < b[place] ? -1 : 1;
  });
}

const rows = new Map(); // ticket → its row, kept so that focus and place stay when the list changes

function draw() {
  const list = at("tickets");
  const wanted = ordered().filter((ticket) => at("all").checked || ticket.state !== "resolved" || ticket.id === state.chosen);
  for (const [id, row] of rows) if (!wanted.some((ticket) => ticket.id === id)) { watcher.unobserve(row); row.remove(); rows.delete(id); }
  wanted.forEach((ticket, place) => {
    let row = rows.get(ticket.id);
    if (!row) {
      row = el("li", { "data-ticket": ticket.id }, el("button", { type: "button", onclick: () => choose(ticket.id) }));
      rows.set(ticket.id, row);
    }
    fillRow(row.firstChild, ticket);
    if (list.children[place] !== row) list.insertBefore(row, list.children[place] || null);
    if (!ticket.seen) watcher.observe(row);
  });
  const open = wanted.filter((ticket) => ticket.state !== "resolved").length;
  at("count").textContent = open ? `(${open})` : "";
  at("none").hidden = wanted.length > 0;
  document.title = `${open ? `(${open}) ` : ""}${state.words.title}`;
}

function fillRow(button, ticket) {
  const { words } = state;
  button.className = `ticket ${ticket.priority} ${ticket.state}`;
  button.setAttribute("aria-current", String(ticket.id === state.chosen));
  const owner = ticket.owner ? [ticket.mine ? words.mine : el("bdi", {}, ticket.owner)] : [el("span", { class: "free" }, words.unclaimed)];
  const label = ticket.priority === "normal" ? [] : [" ", el("span", { class: "label" }, words[ticket.priority])];
  const parts = [[ticket.teamName], [words[ticket.language]], [words[ticket.door] || ticket.door], ticket.state === "resolved" ? [words.resolved] : owner];
  button.replaceChildren(
    el("span", { class: "head" }, el("bdi", { dir: "ltr" }, `#${ticket.id}`), " ", el("bdi", {}, ticket.topicTitle), ...label),
    el("span", { class: "clock" }, el("bdi", { dir: "ltr", "data-began": ticket.state === "resolved" ? null : ticket.began }, lasting(ticket.waited))),
    el("span", { class: "question", dir: "auto" }, ticket.question.slice(0, 300)),
    el("span", { class: "small" }, ...parts.flatMap((part, place) => [place ? " · " : "", el("bdi", {}, ...part)])),
  );
}

function lasting(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function tickClocks() {
  for (const node of document.querySelectorAll("[data-began]")) {
    const said = lasting((performance.now() - Number(node.dataset.began)) / 1000);
    if (node.textContent !== said) node.textContent = said;
  }
  if (state.me.demo) at("demo").replaceChildren(...filled(state.words.demo, { clock: state.clock(state.language) }));
}

// ---------------------------------------------------------------- seen: only what really stood before somebody's eyes

const unseen = new Set();
const watcher = new IntersectionObserver((changes) => {
  for (const { isIntersecting, target } of changes) {
    const id = Number(target.dataset.ticket);
    if (isIntersecting) unseen.add(id);
    else unseen.delete(id);
  }
  tellSeen();
}, { threshold: 0.6 });

function tellSeen() {
  if (!unseen.size || document.visibilityState !== "visible") return;
  clearTimeout(state.timers.seen);
  state.timers.seen = setTimeout(() => requestAnimationFrame(async () => {
    const now = [...unseen].filter((id) => tickets.get(id) && !tickets.get(id).seen);
    if (!now.length || document.visibilityState !== "visible") return;
    try {
      await call("/desk/api/seen", { tickets: now });
      for (const id of now) {
        unseen.delete(id);
        if (tickets.has(id)) tickets.get(id).seen = true;
        if (rows.has(id)) watcher.unobserve(rows.get(id));
      }
    } catch { state.timers.seen = setTimeout(tellSeen, 2000); }
  }), 250);
}

// ---------------------------------------------------------------- the thread

const draftOf = (id) => `desk-draft-${id}`;

async function choose(id) {
  state.chosen = id;
  state.thread = null;
  document.body.classList.add("reading");
  at("said").textContent = "";
  at("note").checked = false;
  at("entries").replaceChildren();
  at("field").value = sessionStorage.getItem(draftOf(id)) || "";
  dressForm();
  draw();
  await showThread();
  at("thread-title").focus();
}

async function showThread() {
  const id = state.chosen;
  let thread;
  try { thread = await call(`/desk/api/tickets/${id}`); } catch (error) { return error.message === "404" ? gone(id) : complain(error); }
  if (id !== state.chosen) return;
  const before = state.thread && state.thread.timeline;
  state.thread = thread;
  const { words } = state;
  at("choose").hidden = true;
  at("open").hidden = false;
  at("thread-title").replaceChildren(...filled(words.request, { number: id }), ...(thread.topicTitle ? [" · ", el("bdi", {}, thread.topicTitle)] : []));
  at("facts").replaceChildren(...facts(thread, words));
  drawActs(thread);
  const log = at("log");
  const near = !before || log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  if (JSON.stringify(before) !== JSON.stringify(thread.timeline)) at("entries").replaceChildren(...lines(thread));
  if (near) log.scrollTop = log.scrollHeight;
}

/** The ticket was erased: nothing of it stays on the screen or in this browser. */
function gone(id) {
  sessionStorage.removeItem(draftOf(id));
  tickets.delete(id);
  if (id === state.chosen) {
    state.chosen = state.thread = null;
    at("open").hidden = true;
    at("choose").hidden = false;
    document.body.classList.remove("reading");
    for (const part of ["thread-title", "facts", "entries", "said"]) at(part).replaceChildren();
    at("field").value = "";
  }
  draw();
}

/** A ticket's question is always there to read, also before its first entry is. */
function lines(thread) {
  if (thread.timeline.length) return thread.timeline.map((entry) => entryItem(entry, state.words));
  const question = { author: "delegate", lang: thread.language, spans: [{ text: thread.question, style: "plain" }] };
  return [el("li", { class: "delegate" }, paragraphs(question))];
}

function drawActs(thread) {
  const { words } = state;
  const acts = thread.state === "resolved" ? ["reopen"] : thread.mine ? ["resolve"] : ["claim", "resolve"];
  const wanted = acts.join();
  if (at("acts").dataset.acts === `${wanted} ${state.language}`) return;
  at("acts").dataset.acts = `${wanted} ${state.language}`;
  const look = { claim: "button primary", resolve: "button", reopen: "button" };
  at("acts").replaceChildren(...acts.map((verb) => el("button", { type: "button", class: look[verb], onclick: once(() => act(verb)) }, words[verb])));
}

async function act(verb, text) {
  const id = state.chosen;
  // A repeat after a lost answer carries the same id, so it counts once.
  const known = state.pending && state.pending.key === JSON.stringify([id, verb, text]);
  state.pending = known ? state.pending : { key: JSON.stringify([id, verb, text]), id: uuid() };
  const version = ["resolve", "reopen"].includes(verb) && state.thread ? { version: state.thread.version } : {};
  try {
    const { ticket } = await call(`/desk/api/tickets/${id}/${verb}`, { id: state.pending.id, text: text || "", ...version });
    state.pending = null;
    at("said").textContent = "";
    changed(ticket);
    return true;
  } catch (error) {
    if (error.said) state.pending = null; // the server answered: the next try is a new one
    complain(error);
    await showThread();
    return false;
  }
}

function complain(error) { at("said").textContent = error.said || state.words.notDone; }

async function submit() {
  const text = at("field").value;
  if (!text.trim() || at("send").disabled) return;
  at("send").disabled = true;
  const id = state.chosen;
  const done = await act(at("note").checked ? "note" : "reply", text);
  at("send").disabled = false;
  if (!done) return;
  sessionStorage.removeItem(draftOf(id));
  if (id !== state.chosen) return;
  at("field").value = "";
  at("note").checked = false;
  dressForm();
}

function dressForm() {
  const label = at("note").checked ? state.words.note : state.words.reply;
  at("form").classList.toggle("note", at("note").checked);
  at("field").placeholder = label;
  at("field").setAttribute("aria-label", label);
  at("field").dir = at("field").value ? "auto" : directionOf(state.language);
}

// ---------------------------------------------------------------- the page itself

async function speak(language) {
  const answer = await fetch(`/desk/strings/${language}.json`, { signal: AbortSignal.timeout(15000) });
  if (!answer.ok) throw new Error(answer.status);
  const words = await answer.json();
  Object.assign(state, { words, language });
  try { localStorage.setItem(LANGUAGE, language); } catch { /* asked again next time */ }
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  at("language").value = language;
  at("language").setAttribute("aria-label", words.page);
  at("log").setAttribute("aria-label", words.thread);
  at("offline").textContent = words.offline;
  dressForm();
}

at("language").addEventListener("change", async () => {
  try { await speak(at("language").value); } catch { return offline(true); }
  state.thread = null;
  showAlarms();
  connect();
});
at("all").addEventListener("change", load);
at("back").addEventListener("click", () => {
  document.body.classList.remove("reading");
  const row = rows.get(state.chosen);
  if (row) row.firstChild.focus();
});
at("note").addEventListener("change", () => { dressForm(); at("field").focus(); });
at("field").addEventListener("input", () => { dressForm(); sessionStorage.setItem(draftOf(state.chosen), at("field").value); });
at("field").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) { event.preventDefault(); submit(); }
});
at("form").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
at("leave").addEventListener("click", async () => {
  try { await call("/desk/leave", {}); } catch { return offline(true); }
  sessionStorage.clear();
  location.reload();
});
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { connect(); tellSeen(); } });
for (const name of ["pageshow", "online"]) addEventListener(name, (event) => (name === "online" || event.persisted) && connect());
addEventListener("offline", () => offline(true));

async function start() {
  let language = state.language;
  try { language = localStorage.getItem(LANGUAGE) || language; } catch { /* the server's guess then */ }
  await speak(language);
  state.me = await call("/desk/api/me");
  state.clock = eventClock(state.me.now, state.me.zone);
  at("who").textContent = state.me.name;
  at("demo").hidden = !state.me.demo;
  setInterval(tickClocks, 1000);
  tickClocks();
  showAlarms();
  await connect();
}
start();
