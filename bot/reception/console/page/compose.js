// The reply box. A reply that crosses another is stopped: the draft stays, what is new is marked, and it may be sent anyway.

import { html, useEffect, useRef } from "./preact.js";
import { atTheBox, draft, send, write } from "./opened.js";
import { Picker, usePreview } from "./picker.js";
import { directionOf } from "./rich.js";
import { AlsoTo } from "./same.js";
import { change, state } from "./state.js";
import { Text, filled } from "./text.js";

function Stopped() {
  const { stopped, words } = state;
  const box = useRef(null);
  useEffect(() => { box.current.querySelector("button").focus(); }, [stopped]);
  const back = () => { change({ stopped: null }); document.getElementById("field").focus(); };
  return html`<div id="stopped" role="alert" ref=${box}>
    <p><strong>${words.notSent}</strong> ${stopped.why === "outdated" ? words.lookAgain : stopped.said}</p>
    <div class="row"><button type="button" class="button" onClick=${back}>${words.keepWriting}</button>
      ${stopped.machine && html`<button type="button" class="button" id="with-machine" disabled=${state.sending} onClick=${() => send({ anyway: true, machine: true })}>${words.withMachine}</button>`}
      <button type="button" class="button primary" id="anyway" onClick=${() => send({ anyway: true, machine: stopped.why === "outdated" && stopped.chose })}>${stopped.machine ? words.asItIs : words.sendAnyway}</button></div>
  </div>`;
}

/** An approved answer that was picked: as staff read it, and as the delegate will. */
function Picked({ answer }) {
  const { words } = state;
  const drop = () => { write({ answer: null }); setTimeout(() => document.getElementById("field").focus()); };
  const fill = (name, value) => write({ answer: { ...answer, fields: { ...answer.fields, [name]: value } } });
  return html`<div id="picked" onfocusin=${() => atTheBox(true)}>
    <div class="bar"><strong id="picked-title" tabindex="-1"><bdi>${answer.title}</bdi></strong><button type="button" class="button" onClick=${drop}>${words.dropAnswer}</button></div>
    ${answer.fills.map((name) => html`<label class="field" key=${name}><span>${words[`fill_${name}`] || name}</span>
      <input type=${name === "time" ? "time" : "text"} dir="auto" maxlength="80" data-fill=${name} value=${answer.fields[name] || ""} onInput=${(event) => fill(name, event.target.value)} /></label>`)}
    <div class="previews">${answer.preview && html`
      <div><p class="soft">${words[answer.preview.language]}</p><${Text} spans=${answer.preview.mine} language=${answer.preview.language} /></div>
      ${answer.preview.reads !== answer.preview.language && html`<div><p class="soft">${filled(words.delegateReads, { language: words[answer.preview.reads] })}</p><${Text} spans=${answer.preview.theirs} language=${answer.preview.reads} /></div>`}`}</div>
  </div>`;
}

function Options({ thread, said }) {
  const { words } = state;
  return html`
    ${!said.answer && html`<label class="check"><input type="checkbox" id="note" checked=${said.note} onChange=${(event) => { write({ note: event.target.checked }); document.getElementById("field").focus(); }} /> <span>${words.asNote}</span></label>`}
    ${!said.note && thread.acts.includes("ask") && html`<label class="check"><input type="checkbox" id="ask" checked=${said.ask} onChange=${(event) => write({ ask: event.target.checked })} /> <span>${words.asQuestion}</span></label>`}
    ${!said.note && html`<${AlsoTo} thread=${thread} said=${said} turn=${(group) => write({ group })} />`}`;
}

function sendByKeys(event) {
  if (event.isComposing || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  send();
}

function findByKeys(event) {
  if (event.isComposing) return;
  if (event.key === "Escape") document.getElementById("thread-title").focus(); // from there single keys go on
  if (event.key !== "/" || event.target.value) return;
  event.preventDefault();
  change({ open: "answers" });
}

export function Compose({ thread }) {
  const { sending, stopped, words } = state;
  const said = draft();
  const label = said.note ? words.note : words.reply;
  usePreview(thread.id, said.answer);
  const may = thread.acts.includes("reply") || thread.acts.includes("note");
  if (!may) return null;
  return html`<form id="form" class=${said.note ? "note" : ""} onSubmit=${(event) => { event.preventDefault(); send(); }} onKeyDown=${sendByKeys} onfocusout=${() => atTheBox(false)}>
    ${stopped && html`<${Stopped} />`}
    ${said.answer && html`<${Picked} answer=${said.answer} />`}
    ${!said.answer && html`<textarea id="field" rows="3" maxlength="4000" placeholder=${label} aria-label=${label} dir=${said.text ? "auto" : directionOf(state.language)}
      value=${said.text} onInput=${(event) => write({ text: event.target.value })} onKeyDown=${findByKeys} onFocus=${() => atTheBox(true)} />`}
    <div class="bar">
      <button type="button" class="button" id="answers-open" onClick=${() => change({ open: "answers" })}>${words.answers}</button>
      <${Options} thread=${thread} said=${said} />
      <span class="soft hint">${filled(words.readsHint, { language: words[thread.reads] })} · ${words.sendHint}</span>
      <button class="button primary" id="send" disabled=${sending}>${words.send}</button>
    </div>
    ${state.open === "answers" && html`<${Picker} thread=${thread} />`}
  </form>`;
}
