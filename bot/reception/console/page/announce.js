// One message to many: written in three languages, shown, counted, confirmed by typing the count, and undone within ten seconds.

import { html, useState } from "./preact.js";
import { useDraft } from "./drafts.js";
import { Field, open, TEXT_LANGUAGES, useAppears, useAsked, useSeconds, useWork } from "./inner.js";
import { directionOf } from "./rich.js";
import { change, state } from "./state.js";
import { call } from "./talk.js";
import { Dotted, filled } from "./text.js";

const EVERY = 2000; // milliseconds, between looks at how far they are
const DOORS = ["telegram", "webchat"];
const EMPTY = { texts: { en: "", ar: "", vi: "" }, languages: [], doors: [] };

function Checks({ legend, all, chosen, put }) {
  const turn = (one) => put(chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one]);
  return html`<fieldset><legend>${legend}</legend>${all.map((one) => html`<label class="check"><input type="checkbox" value=${one} checked=${chosen.includes(one)} onChange=${() => turn(one)} /> <span>${state.words[one]}</span></label>`)}</fieldset>`;
}

function Write({ form, put, shown }) {
  const { words } = state;
  const [problems, tell] = useState([]);
  const [work, busy] = useWork();
  const check = (event) => {
    event.preventDefault();
    return work(async () => {
      tell([]);
      try { shown(await call("/desk/api/announcements/preview", form)); } catch (error) {
        tell(error.problems || []);
        throw error;
      }
    });
  };
  const text = (language) => (value) => put({ ...form, texts: { ...form.texts, [language]: value } });
  return html`<form id="write" class="stack" onSubmit=${check}>
    <p class="soft">${words.announceHow}</p>
    ${TEXT_LANGUAGES.map((one) => html`<${Field} name=${`text-${one}`} label=${words[one]} rows=4 language=${one} value=${form.texts[one]} onInput=${text(one)} maxlength="4000" />`)}
    <h3>${words.announceTo}</h3><p class="soft">${words.announceAll}</p>
    <${Checks} legend=${words.announceLanguages} all=${TEXT_LANGUAGES} chosen=${form.languages} put=${(languages) => put({ ...form, languages })} />
    <${Checks} legend=${words.announceDoors} all=${DOORS} chosen=${form.doors} put=${(doors) => put({ ...form, doors })} />
    ${problems.length > 0 && html`<ul id="problems" class="alert" role="alert">${problems.map((one) => html`<li>${one}</li>`)}</ul>`}
    <p class="row"><button class="button primary" id="check" disabled=${busy}>${words.announceCheck}</button></p>
  </form>`;
}

function Confirm({ draft, back, sent }) {
  const { words } = state;
  const [typed, type] = useState("");
  const head = useAppears();
  const [work, busy] = useWork();
  const right = typed.trim() === String(draft.count);
  const send = (event) => {
    event.preventDefault();
    return work(async () => { await call("/desk/api/announcements/confirm", { id: draft.id, count: Number(typed) }); sent(draft.id); });
  };
  const parts = [...TEXT_LANGUAGES, ...DOORS].map((one) => [words[one], draft.languages[one] ?? draft.doors[one]]).filter(([, count]) => count);
  return html`<section id="shown" class="stack">
    <p class="count" tabindex="-1" ref=${head}><strong>${filled(words.announceCount, { n: draft.count })}</strong> ${draft.blocked > 0 && filled(words.announceBlocked, { n: draft.blocked })}</p>
    <p class="soft"><${Dotted} parts=${parts.map(([name, count]) => `${name}: ${count}`)} /></p>
    ${draft.doubts.length > 0 && html`<div class="alert" id="doubts"><p>${words.announceLook}</p><ul>${draft.doubts.map((one) => html`<li>${one}</li>`)}</ul></div>`}
    <div class="grid">${TEXT_LANGUAGES.map((one) => html`<div class="card" key=${one}><h3>${words[one]} <span class="soft">(${draft.languages[one] || 0})</span></h3><p class="preview" lang=${one} dir=${directionOf(one)}>${draft.previews[one]}</p></div>`)}</div>
    <form class="stack" onSubmit=${send}>
      <label class="field"><span>${filled(words.announceType, { n: draft.count })}</span><input type="text" name="count" inputmode="numeric" autocomplete="off" dir="ltr" value=${typed} onInput=${(event) => type(event.target.value)} /></label>
      <p class="row"><button class="button danger" id="send" disabled=${busy || !right || !draft.count}><span>${filled(words.announceSend, { n: draft.count })}</span></button>
        <button type="button" class="button" id="back-to-texts" onClick=${back}>${words.announceBack}</button></p>
    </form></section>`;
}

function Started({ id, undone }) {
  const { words } = state;
  const [began] = useState(performance.now());
  const left = Math.ceil(10 - useSeconds(began));
  const button = useAppears();
  const [work, busy] = useWork();
  const undo = () => work(async () => { await call("/desk/api/announcements/undo", { id }); undone(); });
  if (left <= 0) return null;
  return html`<p class="card row" id="started" role="status"><span>${filled(words.announceStarts, { n: left })}</span>
    <button type="button" class="button danger" id="undo" ref=${button} disabled=${busy} onClick=${undo}>${words.announceUndo}</button></p>`;
}

function One({ one, again }) {
  const { words } = state;
  const [sure, ask] = useState(false);
  const [work, busy] = useWork();
  const act = (name) => () => work(async () => { await call(`/desk/api/announcements/${name}`, { id: one.id }); ask(false); again(); });
  const running = ["about-to-start", "being-sent", "paused"].includes(one.state);
  return html`<li class="line"><span class="grow"><b>${words[`announced_${one.state}`]}</b> <bdi>${one.begins}</bdi>
      <span class="small soft"><${Dotted} parts=${[filled(words.announceSent, { sent: one.sent, n: one.count }), one.unreachable ? filled(words.announceUnreachable, { n: one.unreachable }) : ""]} /></span>
      <progress max=${Math.max(1, one.count)} value=${one.sent} aria-label=${words.announceSent.replace("{sent}", one.sent).replace("{n}", one.count)}></progress></span>
    ${running && html`<span class="row">
      ${one.state === "paused" ? html`<button type="button" class="button" disabled=${busy} onClick=${act("resume")}>${words.announceResume}</button>` : html`<button type="button" class="button" disabled=${busy} onClick=${act("pause")}>${words.announcePause}</button>`}
      ${sure ? html`<span>${words.announceStop2}</span><button type="button" class="button danger" disabled=${busy} onClick=${act("undo")}>${words.announceStop}</button><button type="button" class="button" onClick=${() => ask(false)}>${words.cancel}</button>`
    : html`<button type="button" class="button" onClick=${() => ask(true)}>${words.announceStop}</button>`}</span>`}</li>`;
}

function Announcements() {
  const { words } = state;
  const [form, put] = useDraft("announcements", EMPTY);
  const [last, keep] = useState(EMPTY); // what was sent a moment ago: whoever undoes it wants to mend it
  const [draft, show] = useState(null);
  const [started, start] = useState("");
  const [list, again] = useAsked("/desk/api/announcements", EVERY);
  const sent = (id) => { start(id); show(null); keep(form); put(EMPTY); change({ said: "" }); again(); };
  return html`${started && html`<${Started} key=${started} id=${started} undone=${() => { start(""); put((now) => (now === EMPTY ? last : now)); again(); }} />`}
    ${draft ? html`<${Confirm} draft=${draft} back=${() => { show(null); setTimeout(() => document.querySelector("[name=text-en]").focus()); }} sent=${sent} />` : html`<${Write} form=${form} put=${put} shown=${show} />`}
    <section><h3>${words.announceSoFar}</h3>${list && (list.length ? html`<ul class="lines" id="announcements">${list.map((one) => html`<${One} key=${one.id} one=${one} again=${again} />`)}</ul>` : html`<p class="soft">${words.noneYet}</p>`)}</section>`;
}

open(Announcements, "announceTitle");
