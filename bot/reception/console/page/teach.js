// Teaching the bot: ways of asking for a topic that is there, or a new one; a second person approves.

import { html, useEffect, useState } from "./preact.js";
import { useDraft } from "./drafts.js";
import { Field, open, TEXT_LANGUAGES, useAsked, useWork } from "./inner.js";
import { change, state } from "./state.js";
import { call, sentence } from "./talk.js";
import { Dotted, filled } from "./text.js";

const NONE = { en: "", ar: "", vi: "" };
const EMPTY = { fresh: false, topic: "", team: "", asking: NONE, title: NONE, answer: NONE };

function Three({ name, label, form, put, rows = 0 }) {
  return html`<h3>${label}</h3><div class="grid">${TEXT_LANGUAGES.map((one) => html`<${Field} name=${`${name}-${one}`} label=${state.words[one]} language=${one} rows=${rows} value=${form[name][one]}
    onInput=${(value) => put({ ...form, [name]: { ...form[name], [one]: value } })} maxlength="3500" />`)}</div>`;
}

function Draft({ form, put, topics, done }) {
  const { words, me } = state;
  const [work, busy] = useWork();
  const keep = (event) => {
    event.preventDefault();
    return work(async () => {
      const topic = form.fresh && !form.topic.includes(".") ? `taught.${form.topic.trim()}` : form.topic;
      await call("/desk/api/teach", { ...form, topic, team: form.team || me.teams[0].id });
      put(EMPTY);
      change({ told: words.teachKept });
      done();
    });
  };
  return html`<form id="teach" class="stack card" onSubmit=${keep}>
    <label class="check"><input type="checkbox" name="fresh" checked=${form.fresh} onChange=${() => put({ ...form, fresh: !form.fresh, topic: "" })} /> <span>${words.teachFresh}</span></label>
    ${form.fresh ? html`<div class="grid"><${Field} name="topic" label=${words.teachId} value=${form.topic} onInput=${(topic) => put({ ...form, topic })} maxlength="60" dir="ltr" autocomplete="off" />
      <label class="field"><span>${words.team}</span><select name="team" value=${form.team} onChange=${(event) => put({ ...form, team: event.target.value })}>${me.teams.map((team) => html`<option value=${team.id}>${team.name}</option>`)}</select></label></div>`
    : html`<label class="field"><span>${words.teachTopic}</span><select name="topic" value=${form.topic} onChange=${(event) => put({ ...form, topic: event.target.value })}><option value=""></option>${topics.map((one) => html`<option value=${one.id}>${one.title} (${one.id})</option>`)}</select></label>`}
    <${Three} name="asking" label=${words.teachAsking} form=${form} put=${put} rows=3 />
    ${form.fresh && html`<${Three} name="title" label=${words.teachTitle} form=${form} put=${put} /><${Three} name="answer" label=${words.teachAnswer} form=${form} put=${put} rows=4 />`}
    <p class="row"><button class="button primary" id="keep" disabled=${busy || !form.topic}>${words.teachKeep}</button></p></form>`;
}

function Lesson({ lesson, again }) {
  const { words } = state;
  const [work, busy] = useWork();
  const act = (name) => () => work(async () => { await call(`/desk/api/teach/${name}`, { id: lesson.id }); again(); });
  return html`<li class="card" data-lesson=${lesson.id}><p><b>${words[`taught_${lesson.state}`]}</b> <bdi dir="ltr">${lesson.topic}</bdi>
    <span class="small soft"><${Dotted} parts=${[lesson.by, lesson.at, lesson.approved && filled(words.teachApprovedBy, { name: lesson.approved })]} /></span></p>
    <div class="grid">${TEXT_LANGUAGES.map((one) => html`<div lang=${one} dir=${one === "ar" ? "rtl" : "ltr"}><b>${lesson.title[one]}</b><ul>${(lesson.asking[one] || []).map((line) => html`<li>${line}</li>`)}</ul><p class="preview">${lesson.answer[one]}</p></div>`)}</div>
    <p class="row">${lesson.mayApprove && html`<button type="button" class="button primary" disabled=${busy} onClick=${act("approve")}>${words.teachApprove}</button>`}
      ${lesson.mayWithdraw && html`<button type="button" class="button" disabled=${busy} onClick=${act("withdraw")}>${words.teachWithdraw}</button>`}</p></li>`;
}

function Teach() {
  const { words } = state;
  const [list, again] = useAsked("/desk/api/teach");
  const [, number, line] = /^#(\d{1,9})-(\d{1,9})$/.exec(location.hash) || []; // from a reply in a thread
  const [form, put, before] = useDraft(number ? `teach-${number}-${line}` : "teach", EMPTY);
  const [drawn, draw] = useState(before && Boolean(number));
  useEffect(() => {
    if (!number || before) return;
    call(`/desk/api/teach/from/${number}/${line}`).then(
      (found) => { put({ ...EMPTY, ...found }); draw(true); },
      (error) => change({ said: sentence(error) }),
    );
  }, []);
  if (!list) return null;
  const titles = new Map(list.topics.map((one) => [one.id, one.title]));
  const take = (one) => () => { put({ ...EMPTY, topic: one.topics[0] || "", asking: { ...NONE, [one.language]: one.text } }); document.getElementById("teach").scrollIntoView(); };
  return html`<p class="soft">${words.teachHow}</p>
    ${drawn && html`<p class="card" id="drawn" role="status">${filled(words.teachDrawn, { number })}</p>`}
    <${Draft} form=${form} put=${put} topics=${list.topics} done=${() => { history.replaceState(null, "", location.pathname); draw(false); again(); }} />
    <section><h3>${words.teachAsked}</h3>${list.asked.length ? html`<ul class="lines">${list.asked.map((one) => html`<li class="line"><span class="grow"><bdi>${one.text}</bdi> <span class="small soft"><${Dotted} parts=${[`${one.count} ×`, words[one.language], ...one.topics.map((topic) => titles.get(topic) || topic)]} /></span></span><button type="button" class="button" onClick=${take(one)}>${words.teachThis}</button></li>`)}</ul>` : html`<p class="soft">${words.noneYet}</p>`}</section>
    <section><h3>${words.teachLessons}</h3>${list.lessons.length ? html`<ul class="people" id="lessons">${list.lessons.map((one) => html`<${Lesson} key=${one.id} lesson=${one} again=${again} />`)}</ul>` : html`<p class="soft">${words.noneYet}</p>`}</section>`;
}

open(Teach, "teachPage");
