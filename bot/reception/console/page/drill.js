// The drill page: starts a rehearsal, and shows live how long people take.

import { html, useState } from "./preact.js";
import { open, useAsked, useWork } from "./inner.js";
import { state } from "./state.js";
import { call } from "./talk.js";
import { filled, Number_ } from "./text.js";

const EVERY = 1000; // milliseconds, while people are measured

const seconds = (time) => (time === null ? state.words.drillNever : filled(state.words.seconds, { n: Math.round(time * 10) / 10 }));

function Drill({ drill, end }) {
  const { words } = state;
  return html`<section class="card drill" data-number=${drill.ticket}>
    <h3><${Number_} id=${drill.ticket} /> <bdi>${drill.at}</bdi> <span class="soft">${drill.open ? filled(words.drillRuns, { n: Math.round(drill.since) }) : words.drillOver}</span></h3>
    <dl class="facts">
      <div><dt>${words.drillShown}</dt><dd>${seconds(drill.shown)}</dd></div>
      <div><dt>${drill.claimedBy ? filled(words.drillClaimedBy, { name: drill.claimedBy }) : words.drillClaimed}</dt><dd>${seconds(drill.claimed)}</dd></div>
      <div><dt>${words.drillSteps}</dt><dd>${drill.steps}</dd></div>
    </dl>
    ${drill.people.length > 0 && html`<h4>${words.drillPeople}</h4><ul class="lines">${drill.people.map((one) => html`<li class="line"><bdi class="grow">${one.name}</bdi><span>${seconds(one.seen)}</span></li>`)}</ul>`}
    ${drill.unseen.length > 0 && html`<h4>${words.drillUnseen}</h4><ul class="lines">${drill.unseen.map((name) => html`<li class="line"><bdi>${name}</bdi></li>`)}</ul>`}
    ${drill.open && html`<p class="row"><button type="button" class="button" onClick=${end}>${words.drillEnd}</button></p>`}
  </section>`;
}

function Drills() {
  const { words } = state;
  const [drills, again] = useAsked("/desk/api/drills", EVERY);
  const [sure, ask] = useState(false);
  const [work, busy] = useWork();
  const start = () => work(async () => { await call("/desk/api/drills", {}); ask(false); again(); });
  const end = (drill) => () => work(async () => { await call(`/desk/api/drills/${drill.ticket}/end`, {}); again(); });
  const runs = drills && drills.some((drill) => drill.open);
  return html`<p class="soft">${words.drillHow}</p>
    ${!runs && !sure && html`<p class="row"><button type="button" class="button primary" id="start" onClick=${() => ask(true)}>${words.drillStart}</button></p>`}
    ${!runs && sure && html`<p class="row" id="sure"><span>${words.drillSure}</span>
      <button type="button" class="button danger" id="yes" disabled=${busy} onClick=${start}>${words.drillYes}</button>
      <button type="button" class="button" onClick=${() => ask(false)}>${words.cancel}</button></p>`}
    <div id="drills">${drills && (drills.length ? drills.map((drill) => html`<${Drill} key=${drill.ticket} drill=${drill} end=${end(drill)} />`) : html`<p class="soft">${words.noneYet}</p>`)}</div>`;
}

open(Drills, "drill");
