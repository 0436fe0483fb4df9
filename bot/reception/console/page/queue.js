// The queue: urgent first, then who waits longest; filters, and a search that the server answers.

import { html, useEffect, useLayoutEffect, useRef } from "./preact.js";
import { Clock, lasting } from "./clock.js";
import { load, watcher } from "./connection.js";
import { hasDraft } from "./drafts.js";
import { choose } from "./opened.js";
import { grouped, readers } from "./same.js";
import { change, state, useDesk } from "./state.js";
import { call, sentence } from "./talk.js";
import { Dotted, filled } from "./text.js";

const RANK = { emergency: 0, high: 1, normal: 2 };
const LATER = { waiting: 1, snoozed: 1, resolved: 2 };
const STATES = ["new", "claimed", "waiting", "snoozed", "reopened"];

/** Urgent first: before a rehearsal what is real, before an emergency in good hands one that nobody has; then the longest wait. */
function order(row) {
  const held = row.priority === "emergency" && row.alarm === null ? 1 : 0;
  return [row.state === "resolved" ? 1 : 0, RANK[row.priority], row.drill ? 1 : 0, held, LATER[row.state] || 0, row.waiting ? 0 : 1, row.since, row.id];
}

function byUrgency(one, other) {
  const [a, b] = [order(one), order(other)];
  const place = a.findIndex((value, index) => value !== b[index]);
  return place < 0 ? 0 : a[place] < b[place] ? -1 : 1;
}

function fits(row, filter) {
  if (row.id === state.chosen) return true; // what is open does not vanish under one's hands
  if (row.state === "resolved" && !filter.all && filter.state !== "resolved") return false;
  return (!filter.mine || row.mine || row.offered)
    && (!filter.free || row.free)
    && (!filter.team || row.team === filter.team)
    && (!filter.priority || row.priority === filter.priority)
    && (!filter.language || row.language === filter.language)
    && (!filter.state || row.state === filter.state);
}

export function shownRows() {
  const { filter, found, tickets } = state;
  if (found) return found.map((row) => tickets.get(row.id) || row);
  return grouped([...tickets.values()].filter((row) => fits(row, filter)).sort(byUrgency)).flat();
}

function set(patch) {
  change({ filter: { ...state.filter, ...patch } });
}

// ---------------------------------------------------------------- a row

function Waiting({ row }) {
  if (row.state === "resolved") return html`<span class="clock"><bdi dir="ltr">${lasting(row.waited)}</bdi></span>`;
  if (!row.waiting) return html`<span class="clock soft">—</span>`;
  return html`<span class=${`clock${row.overdue ? " overdue" : ""}`}><${Clock} began=${row.began} /></span>`;
}

/** Whose it is and what it waits for, in words rather than colours. */
export function standing(row, words) {
  const parts = [];
  if (row.state === "resolved") parts.push(words.resolved);
  else if (row.mine) parts.push(words.mine);
  else if (row.free) parts.push(html`<span class="free">${words.unclaimed}</span>`);
  else if (row.owner) parts.push(row.owner);
  if (row.alarm !== null && !row.free) parts.push(html`<span class="free">${words.unconfirmed}</span>`);
  if (row.offered && row.free) parts.push(html`<span class="free">${words.offered}</span>`);
  if (row.state === "waiting") parts.push(words.stateWaiting);
  if (row.state === "snoozed") parts.push(filled(words.snoozedUntil, { time: row.snoozed }));
  if (row.state === "reopened") parts.push(words.stateReopened);
  if (row.promised) parts.push(filled(words.promisedBy, { time: row.promised }));
  if (row.withBot) parts.push(words.withBot);
  if (row.overdue && row.waiting) parts.push(html`<span class="free">${words.overdue}</span>`);
  return parts;
}

/** How urgent it is, in a word. */
export const urgency = (row, words) => (row.drill ? words.drill : row.priority === "normal" ? "" : words[row.priority]);

/** Above the first of those who ask the same: how many they are, and what they read. */
function Group({ rows }) {
  return html`<span class="group"><${Dotted} parts=${[filled(state.words.sameTogether, { n: rows.length }), ...readers(rows)]} /></span>`;
}

function Row({ row, current, people, group }) {
  const { words } = state;
  const label = urgency(row, words);
  return html`<button type="button" class=${`ticket ${row.priority} ${row.state}`} aria-current=${String(current)} onClick=${() => choose(row.id)}>
    ${group.length > 1 && group[0] === row && html`<${Group} rows=${group} />`}
    <span class="head"><bdi dir="ltr">#${row.id}</bdi> <bdi>${row.title}</bdi>${label && html` <span class="label">${label}</span>`}</span>
    <${Waiting} row=${row} />
    ${row.question && html`<span class="question" dir="auto">${row.question.slice(0, 300)}</span>`}
    <span class="small"><${Dotted} parts=${[row.name, row.teamName, words[row.language], words[row.door] || row.door, ...standing(row, words),
      hasDraft(row.id) && html`<span class="draft">${words.draft}</span>`,
      ...people.map((one) => filled(one.types ? words.types : words.looks, { name: one.name }))]} /></span>
  </button>`;
}

function Item({ row, ...rest }) {
  const place = useRef(null);
  useEffect(() => {
    if (row.seen) return undefined;
    const node = place.current;
    watcher.observe(node);
    return () => watcher.unobserve(node);
  }, [row.id, row.seen]);
  const joined = rest.group.length > 1 ? (rest.group[0] === row ? "first" : "joined") : "";
  return html`<li ref=${place} class=${joined} data-ticket=${row.id}><${Row} row=${row} ...${rest} /></li>`;
}

function Tickets({ rows }) {
  const { chosen, present } = state;
  // A row that moves up must not lose the focus of who stands on it.
  const stood = document.activeElement && document.activeElement.closest("#tickets li");
  const focused = stood ? stood.dataset.ticket : null;
  useLayoutEffect(() => {
    if (!focused || document.activeElement !== document.body) return;
    const button = document.querySelector(`#tickets li[data-ticket="${focused}"] button`);
    if (button) button.focus({ preventScroll: true });
  });
  const groups = state.found ? rows.map((row) => [row]) : grouped(rows);
  return html`<ol id="tickets">${groups.flatMap((group) => group.map((row) => html`<${Item} key=${row.id} row=${row} group=${group} current=${row.id === chosen}
    people=${present.filter((one) => one.ticket === row.id)} />`))}</ol>`;
}

// ---------------------------------------------------------------- filters and search

function Choice({ name, value, options, label }) {
  return html`<label class="choice"><span>${label}</span>
    <select value=${value} onChange=${(event) => pick(name, event.target.value)}>
      <option value="">${state.words.any}</option>
      ${options.map(([key, text]) => html`<option value=${key}>${text}</option>`)}
    </select></label>`;
}

function pick(name, value) {
  set({ [name]: value });
  if (name === "state" && value === "resolved" && !state.filter.all) { set({ all: true }); load(); }
}

function Filters() {
  const { filter, me, words } = state;
  const chosen = ["team", "priority", "language", "state"].filter((name) => filter[name]).length;
  return html`<div class="filters">
    <button type="button" class="chip" aria-pressed=${String(filter.mine)} onClick=${() => set({ mine: !filter.mine })}>${words.filterMine}</button>
    <button type="button" class="chip" aria-pressed=${String(filter.free)} onClick=${() => set({ free: !filter.free })}>${words.filterFree}</button>
    <details class="more"><summary class="chip">${words.filters}${chosen > 0 && html` <bdi>(${chosen})</bdi>`}</summary>
      <div class="choices">
        <${Choice} name="team" value=${filter.team} label=${words.team} options=${me.teams.map((team) => [team.id, team.name])} />
        <${Choice} name="priority" value=${filter.priority} label=${words.priority} options=${["emergency", "high", "normal"].map((key) => [key, words[key]])} />
        <${Choice} name="language" value=${filter.language} label=${words.language} options=${["en", "ar", "vi"].map((key) => [key, words[key]])} />
        <${Choice} name="state" value=${filter.state} label=${words.state} options=${[...STATES, "resolved"].map((key) => [key, words[`state_${key}`]])} />
        <label class="check"><input type="checkbox" id="all" checked=${filter.all} onChange=${(event) => { set({ all: event.target.checked }); load(); }} /> <span>${words.all}</span></label>
      </div>
    </details>
  </div>`;
}

let searching;

function search(query) {
  change({ query });
  clearTimeout(searching);
  if (!query.trim()) return change({ found: null });
  searching = setTimeout(async () => {
    try {
      const found = await call("/desk/api/search", { query });
      if (state.query === query) change({ found: found.map((row) => ({ ...row, began: performance.now() - row.waited * 1000 })), told: "" });
    } catch (error) { change({ said: sentence(error) }); }
  }, 250);
}

function Search() {
  const { query, words } = state;
  return html`<form class="search" role="search" onSubmit=${(event) => { event.preventDefault(); const [first] = shownRows(); if (first) choose(first.id); }}>
    <input id="search" type="search" dir="auto" value=${query} maxlength="100" placeholder=${words.search} aria-label=${words.search}
      autocomplete="off" onInput=${(event) => search(event.target.value)}
      onKeyDown=${(event) => { if (event.key === "Escape") { search(""); event.target.blur(); } }} />
  </form>`;
}

export function Queue() {
  const { found, loaded, words } = useDesk();
  const rows = shownRows();
  const open = [...state.tickets.values()].filter((row) => row.state !== "resolved").length;
  const none = loaded && rows.length === 0;
  return html`<section id="queue" aria-labelledby="queue-title">
    <div class="bar"><h2 id="queue-title">${found ? words.foundTitle : words.queue} <bdi id="count" class="soft">${found ? `(${found.length})` : open ? `(${open})` : ""}</bdi></h2></div>
    <${Search} />
    <${Filters} />
    <${Tickets} rows=${rows} />
    <p id="none" class="soft empty" hidden=${!none}>${found ? words.nothingFound : open ? words.nothingFits : words.none}</p>
  </section>`;
}
