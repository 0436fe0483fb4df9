// What can be done to the open ticket: the server said what is allowed, and decides again when it is done.

import { html, useEffect, useLayoutEffect, useState } from "./preact.js";
import { Dialog } from "./dialog.js";
import { Menu } from "./menu.js";
import { perform } from "./opened.js";
import { once } from "./rich.js";
import { change, state } from "./state.js";
import { call, sentence } from "./talk.js";

const FIRST = ["claim", "reopen", "assign", "resolve"];
const MORE = ["snooze", "promise", "wake", "release", "hand-back", "raise", "lower", "link"];
const ASKS = { assign: "assign", snooze: "snooze", promise: "promise", link: "link" };

const label = (verb) => state.words[`do_${verb}`];
const start = (verb) => (ASKS[verb] ? change({ open: ASKS[verb] }) : perform(verb));

export function Acts({ thread }) {
  const { words } = state;
  const can = (verb) => thread.acts.includes(verb) && !(verb === "claim" && thread.mine && thread.alarm === null);
  const more = MORE.filter((verb) => can(verb) && !(verb === "raise" && thread.priority === "emergency") && !(verb === "lower" && thread.priority === "normal") && !(verb === "link" && !thread.group));
  // A button that is gone when it is done must not take the focus with it.
  const stood = document.activeElement && document.activeElement.closest("#acts");
  useLayoutEffect(() => { if (stood && document.activeElement === document.body) document.getElementById("thread-title").focus(); });
  return html`<div class="row" id="acts">
    ${FIRST.filter(can).map((verb) => html`<button key=${verb} type="button" class=${`button ${verb === "claim" ? "primary" : ""}`} data-verb=${verb} onClick=${once(() => start(verb))}>${label(verb)}</button>`)}
    ${more.length > 0 && html`<${Menu} key="more" button=${words.more}>
      ${more.map((verb) => html`<button key=${verb} type="button" class="button" data-verb=${verb} onClick=${once(() => start(verb))}>${label(verb)}</button>`)}
    <//>`}
  </div>`;
}

// ---------------------------------------------------------------- all the same?

/** What the desk asks before it does something. */
export function Sure({ asked }) {
  const { words } = state;
  const anyway = () => perform(asked.verb, { ...asked.body, confirmed: true });
  return html`<${Dialog} id="sure" title=${label(asked.verb)}>
    <p>${asked.said}</p>
    <div class="row"><button type="button" class="button" onClick=${() => change({ open: "" })} autofocus>${words.cancel}</button>
      <button type="button" class="button primary" id="all-the-same" onClick=${once(anyway)}>${words.allTheSame}</button></div>
  <//>`;
}

// ---------------------------------------------------------------- until when

const MINUTES = [15, 30, 60, 120];

export function Until({ verb }) {
  const { words } = state;
  const [at, setAt] = useState("");
  const [text, setText] = useState("");
  const more = verb === "promise" ? { text } : {};
  return html`<${Dialog} id="until" title=${verb === "promise" ? words.promiseTitle : words.snoozeTitle}>
    <p class="soft">${verb === "promise" ? words.promiseHow : words.snoozeHow}</p>
    ${verb === "promise" && html`<label class="field"><span>${words.promiseWhat}</span><input type="text" dir="auto" maxlength="200" value=${text} onInput=${(event) => setText(event.target.value)} /></label>`}
    <div class="row">${MINUTES.map((minutes) => html`<button type="button" class="button" onClick=${once(() => perform(verb, { minutes, ...more }))}>${words[`in_${minutes}`]}</button>`)}</div>
    <form class="row" onSubmit=${(event) => { event.preventDefault(); perform(verb, { at, ...more }); }}>
      <label class="field"><span>${words.untilHour}</span><input type="time" required value=${at} onInput=${(event) => setAt(event.target.value)} /></label>
      <button class="button primary">${words.ok}</button>
    </form>
  <//>`;
}

// ---------------------------------------------------------------- to whom

export function HandOver({ thread }) {
  const { me, words } = state;
  const [people, setPeople] = useState(null);
  const [failed, setFailed] = useState("");
  useEffect(() => {
    call(`/desk/api/tickets/${thread.id}/people`).then(setPeople, (error) => setFailed(sentence(error)));
  }, [thread.id]);
  return html`<${Dialog} id="assign" title=${words.do_assign}>
    <p role="alert">${failed}</p>
    <h3>${words.toPerson}</h3>
    <div class="stack">${people === null ? html`<p class="soft">…</p>` : people.length === 0 ? html`<p class="soft">${words.nobodyElse}</p>`
      : people.map((one) => html`<button type="button" class="button" onClick=${once(() => perform("assign", { to: one.id }))}><span><bdi>${one.name}</bdi>${one.me && html` <span class="soft">(${words.me})</span>`}${one.on && html` <span class="free">${words.onDuty}</span>`}</span></button>`)}</div>
    <h3>${words.toTeam}</h3>
    <div class="row">${me.teams.filter((team) => team.id !== thread.team).map((team) => html`<button type="button" class="button" onClick=${once(() => perform("assign", { team: team.id }))}>${team.name}</button>`)}</div>
  <//>`;
}
