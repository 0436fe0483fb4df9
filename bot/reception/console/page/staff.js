// The staff list, for administrators.

import { html, useState } from "./preact.js";
import { Field, open, useAppears, useAsked, useWork } from "./inner.js";
import { change, state } from "./state.js";
import { call } from "./talk.js";
import { Dotted, filled } from "./text.js";

function Roles({ all, chosen, put }) {
  const { words } = state;
  const turn = (role) => put(chosen.includes(role) ? chosen.filter((one) => one !== role) : [...chosen, role]);
  return html`<fieldset><legend>${words.staffRoles}</legend>${all.map((role) => html`<label class="check"><input type="checkbox" name="role" value=${role} checked=${chosen.includes(role)} onChange=${() => turn(role)} /> <span>${words[`role_${role}`]}</span></label>`)}</fieldset>`;
}

function Speaks({ value, put }) {
  const { words } = state;
  return html`<label class="field"><span>${words.language}</span><select name="speaks" value=${value} onChange=${(event) => put(event.target.value)}>
    ${["en", "ar", "vi"].map((one) => html`<option value=${one}>${words[one]}</option>`)}</select></label>`;
}

function Given({ given, close }) {
  const { words } = state;
  const head = useAppears();
  return html`<section id="given" class="card"><p tabindex="-1" ref=${head}>${filled(words.staffGive, { name: given.name })}</p>
    <p><code dir="ltr" class="link">${given.link}</code></p>
    <p><img src=${given.picture} alt=${words.staffPicture} width="220" height="220" /></p>
    <p class="row"><button type="button" class="button" onClick=${close}>${words.close}</button></p></section>`;
}

function Add({ roles, done }) {
  const { words, language } = state;
  const [form, put] = useState({ name: "", roles: ["desk"], language });
  const [work, busy] = useWork();
  const add = (event) => {
    event.preventDefault();
    return work(async () => { const given = await call("/desk/api/staff", form); put({ name: "", roles: ["desk"], language }); done(given); });
  };
  return html`<form id="add" class="stack card" onSubmit=${add}><h3>${words.staffAdd}</h3>
    <${Field} name="name" label=${words.staffName} value=${form.name} onInput=${(name) => put({ ...form, name })} maxlength="60" autocomplete="off" required />
    <${Roles} all=${roles} chosen=${form.roles} put=${(chosen) => put({ ...form, roles: chosen })} />
    <${Speaks} value=${form.language} put=${(chosen) => put({ ...form, language: chosen })} />
    <p class="row"><button class="button primary" id="add-person" disabled=${busy || !form.name.trim() || !form.roles.length}>${words.staffAdd}</button></p></form>`;
}

function Change({ person, roles, act, close }) {
  const { words } = state;
  const [form, put] = useState({ roles: person.roles, language: person.language });
  const [sure, ask] = useState(false);
  return html`<div class="stack change">
    <${Roles} all=${roles} chosen=${form.roles} put=${(chosen) => put({ ...form, roles: chosen })} />
    <${Speaks} value=${form.language} put=${(chosen) => put({ ...form, language: chosen })} />
    <p class="row"><button type="button" class="button primary" disabled=${!form.roles.length} onClick=${() => act("change", form, close)}>${words.staffSave}</button>
      <button type="button" class="button" onClick=${() => act("presence", { on: !person.on })}>${person.on ? words.staffSetAway : words.staffSetOn}</button>
      ${person.password ? !person.me && html`<button type="button" class="button" onClick=${() => act("reset", {})}>${words.staffReset}</button>`
    : html`<button type="button" class="button" onClick=${() => act("link", {})}>${words.staffLink}</button>`}
      ${person.sessions.length > 0 && html`<button type="button" class="button" onClick=${() => act("sign-out", {})}>${words.staffSignOut}</button>`}
      ${!person.me && !sure && html`<button type="button" class="button" onClick=${() => ask(true)}>${words.staffRemove}</button>`}</p>
    ${sure && html`<p class="row alert"><span>${filled(words.staffRemoveSure, { name: person.name })}</span><button type="button" class="button danger" onClick=${() => act("remove", {}, close)}>${words.staffRemove}</button><button type="button" class="button" onClick=${() => ask(false)}>${words.cancel}</button></p>`}
  </div>`;
}

function Person({ person, roles, again, give }) {
  const { words } = state;
  const [opened, turn] = useState(false);
  const [work] = useWork();
  const act = (name, body, after = () => {}) => work(async () => {
    const answer = await call(`/desk/api/staff/${name}`, { id: person.id, ...body });
    if (answer.link) give(answer);
    after();
    again();
  });
  return html`<li class="card person" data-name=${person.name}>
    <div class="row"><span class="grow"><b><bdi>${person.name}</bdi></b> ${person.me && html`<span class="soft">(${words.me})</span>`}
      <span class="small soft"><${Dotted} parts=${[...person.roles.map((role) => words[`role_${role}`]), words[person.language], person.on ? words.staffOn : words.staffAway,
    person.telegram && words.staffTelegram, person.password && words.staffPassword, filled(words.staffSince, { time: person.added })]} /></span></span>
      <button type="button" class="button" aria-expanded=${opened} onClick=${() => turn(!opened)}>${opened ? words.close : words.staffChange}</button></div>
    ${person.sessions.length > 0 && html`<details><summary><span>${filled(words.staffSessions, { n: person.sessions.length })}</span></summary><ul>${person.sessions.map((one) => html`<li><bdi>${one.browser || "?"}</bdi> <span class="soft">${filled(words.staffLast, { time: one.last })}</span></li>`)}</ul></details>`}
    ${opened && html`<${Change} person=${person} roles=${roles} act=${act} close=${() => turn(false)} />`}
  </li>`;
}

function Staff() {
  const [list, again] = useAsked("/desk/api/staff");
  const [given, give] = useState(null);
  if (!list) return null;
  const done = (link) => { give(link); change({ said: "" }); again(); };
  return html`${given && html`<${Given} key=${given.link} given=${given} close=${() => give(null)} />`}
    <ul class="people" id="people">${list.people.map((person) => html`<${Person} key=${person.id} person=${person} roles=${list.roles} again=${again} give=${give} />`)}</ul>
    <${Add} roles=${list.roles} done=${done} />`;
}

open(Staff, "staffTitle");
