// The hand-over sheet: made to be read aloud, and to be printed.

import { html, useState } from "./preact.js";
import { useDraft } from "./drafts.js";
import { Field, open, useAsked, useWork } from "./inner.js";
import { uuid } from "./rich.js";
import { state } from "./state.js";
import { call } from "./talk.js";
import { counted, Dotted, filled, Number_ } from "./text.js";

const HOURS = [4, 8, 12, 24];

function Row({ row, more }) {
  const { words } = state;
  const marks = [row.priority !== "normal" && words[row.priority], row.overdue && words.overdue];
  return html`<li class=${`line ${row.priority}`}><a href=${`/desk/#${row.id}`}><${Number_} id=${row.id} /></a>
    <span class="grow">${marks.filter(Boolean).map((text) => html`<b class="label">${text}</b> `)}<b><bdi>${row.title}</bdi></b>${row.line && html`<span class="note-text" dir="auto">${row.line}</span>`}
      <span class="small soft"><${Dotted} parts=${[row.name, row.team, row.waits ? filled(words.waitsSince, { time: row.waits }) : filled(words.openedAt, { time: row.opened }), ...more]} /></span></span></li>`;
}

function Part({ id, title, rows, more = () => [] }) {
  if (!rows.length) return null;
  return html`<section id=${id}><h3>${title} <span class="soft">(${rows.length})</span></h3>
    <ul class="lines">${rows.map((row) => html`<${Row} key=${row.id} row=${row} more=${more(row)} />`)}</ul></section>`;
}

function Notes({ notes, again }) {
  const { words } = state;
  const [text, write] = useDraft("shift", "");
  const [work, busy] = useWork();
  const leave = (event) => {
    event.preventDefault();
    return work(async () => { await call("/desk/api/shift/notes", { id: uuid(), text }); write(""); again(); });
  };
  const done = (note) => work(async () => { await call("/desk/api/shift/notes/done", { id: note.id, done: !note.done }); again(); });
  return html`<section id="notes"><h3>${words.shiftNotes}</h3>
    ${notes.length ? html`<ul class="lines">${notes.map((note) => html`<li class=${`line ${note.done ? "struck" : ""}`} key=${note.id}>
      <span class="grow"><span dir="auto" class="note-text">${note.text}</span> <span class="small soft"><${Dotted} parts=${[note.name, note.at, note.done && filled(words.shiftDoneBy, { name: note.done })]} /></span></span>
      <button type="button" class="button no-print" onClick=${() => done(note)}>${note.done ? words.shiftUndone : words.shiftDone}</button></li>`)}</ul>` : html`<p class="soft">${words.noneYet}</p>`}
    <form class="no-print stack" onSubmit=${leave}><${Field} name="note" label=${words.shiftNote} rows=2 value=${text} onInput=${write} maxlength="1000" />
      <p class="row"><button class="button primary" id="leave-note" disabled=${busy || !text.trim()}>${words.shiftWrite}</button></p></form></section>`;
}

function Counts({ counts }) {
  const { words } = state;
  const lines = [["shiftOpened", counts.opened], ["shiftResolved", counts.resolved], ["shiftOpen", counts.open], ["shiftEmergencies", counts.emergencies],
    ["shiftReopened", counts.reopened], ["shiftUnhappy", counts.unhappy], ["shiftWait", counts.wait === null ? "–" : filled(words.minutesShort, { n: counts.wait })]];
  return html`<section><h3>${words.shiftHappened}</h3><dl class="facts" id="counts">${lines.map(([name, value]) => html`<div><dt>${words[name]}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

function Shift() {
  const { words, me } = state;
  const [hours, put] = useState(8);
  const [sheet, again] = useAsked(`/desk/api/shift?hours=${hours}`);
  if (!sheet) return null;
  return html`<p class="row no-print"><label class="choice-line"><span>${words.shiftHours}</span> <select name="hours" value=${hours} onChange=${(event) => put(Number(event.target.value))}>
      ${HOURS.map((one) => html`<option value=${one}>${counted(words.shiftHour, one).replace("{n}", one)}</option>`)}</select></label>
      <button type="button" class="button" id="print" onClick=${() => window.print()}>${words.shiftPrint}</button></p>
    <p class="soft"><span class="print-only">${me.event} · </span>${filled(words.shiftAsOf, { time: sheet.at })} · ${filled(words.shiftSince, { n: sheet.hours, time: sheet.since })}</p>
    <${Notes} notes=${sheet.notes} again=${again} />
    <${Part} id="promised" title=${words.shiftPromised} rows=${sheet.promised} more=${(row) => [html`<b>${filled(words.promisedBy, { time: row.promised })}</b>`, row.late && html`<b>${words.late}</b>`, row.promise, row.owner && filled(words.ownerIs, { name: row.owner })]} />
    ${sheet.owners.map((one) => html`<${Part} key=${one.name} id=${one.name ? undefined : "nobody"} title=${one.name ? html`<bdi>${one.name}</bdi>` : words.shiftNobody} rows=${one.tickets} />`)}
    <${Part} id="asleep" title=${words.shiftAsleep} rows=${sheet.asleep} more=${(row) => [filled(words.snoozedUntil, { time: row.until }), row.owner && filled(words.ownerIs, { name: row.owner })]} />
    <${Counts} counts=${sheet.counts} />`;
}

open(Shift, "shiftTitle");
