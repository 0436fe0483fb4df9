// The walk-in log: words first, everything else may stay as it is; Ctrl+Enter takes the request.

import { html, useRef, useState } from "./preact.js";
import { useDraft } from "./drafts.js";
import { Field, open, useAsked, useWork } from "./inner.js";
import { uuid } from "./rich.js";
import { change, state } from "./state.js";
import { call } from "./talk.js";
import { Number_ } from "./text.js";

const EMPTY = { text: "", name: "", room: "", badge: "", team: "", priority: "normal" };

function Taken({ taken }) {
  const { words, me } = state;
  if (!taken) return null;
  return html`<section id="taken" class="card" aria-live="polite">
    <p class="soft print-only">${me.event}</p>
    <p>${words.counterTaken}</p>
    <p class="huge"><${Number_} id=${taken.id} /></p>
    <p>${words.counterKeep}</p>
    ${taken.priority === "emergency" && html`<p class="alert" role="alert">${words.counterAlarm}</p>`}
    <p class="row no-print"><button type="button" class="button" onClick=${() => window.print()}>${words.counterPrint}</button></p>
  </section>`;
}

function Row({ row }) {
  const { words } = state;
  return html`<li class=${`line ${row.priority}`}><a href=${`/desk/#${row.id}`}><${Number_} id=${row.id} /></a>
    <span class="grow"><bdi>${row.hidden ? row.title : row.question}</bdi></span>
    <span class="soft"><bdi>${row.name}</bdi> <bdi>${row.at}</bdi> <bdi>${row.state === "resolved" ? words.resolved : row.owner || words.unclaimed}</bdi></span></li>`;
}

function Counter() {
  const { words, me, language } = state;
  const [form, put] = useDraft("counter", { ...EMPTY, language, key: uuid() }, { tab: true });
  const [taken, show] = useState(null);
  const [latest, again] = useAsked("/desk/api/counter");
  const [work, busy] = useWork();
  const first = useRef(null);
  const set = (name) => (value) => put((before) => ({ ...before, [name]: value }));
  const take = (event) => {
    event.preventDefault();
    return work(async () => {
      const { ticket } = await call("/desk/api/counter", { id: form.key, ...form });
      show(ticket);
      put({ ...EMPTY, language: form.language, key: uuid() }); // only now: a repeat after a lost answer is the same request
      change({ told: `${words.counterTaken} ${ticket.id}` });
      again();
      first.current.querySelector("textarea").focus();
    });
  };
  const keys = (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) take(event); };
  return html`<${Taken} taken=${taken} />
    <p class="soft no-print">${words.counterHow}</p>
    <form id="walk-in" class="no-print stack" ref=${first} onSubmit=${take} onKeyDown=${keys}>
      <${Field} name="text" label=${words.counterWords} rows=3 value=${form.text} onInput=${set("text")} maxlength="4000" required autofocus />
      <div class="grid">
        <${Field} name="name" label=${`${words.personName} (${words.optional})`} value=${form.name} onInput=${set("name")} maxlength="60" autocomplete="off" />
        <${Field} name="room" label=${`${words.personRoom} (${words.optional})`} value=${form.room} onInput=${set("room")} maxlength="60" autocomplete="off" />
        <${Field} name="badge" label=${`${words.personBadge} (${words.optional})`} value=${form.badge} onInput=${set("badge")} maxlength="60" autocomplete="off" />
        <label class="field"><span>${words.language}</span><select name="language" value=${form.language} onChange=${(event) => set("language")(event.target.value)}>
          ${["en", "ar", "vi"].map((one) => html`<option value=${one}>${words[one]}</option>`)}</select></label>
        <label class="field"><span>${words.team}</span><select name="team" value=${form.team} onChange=${(event) => set("team")(event.target.value)}>
          <option value="">${words.teamAny}</option>${me.teams.map((team) => html`<option value=${team.id}>${team.name}</option>`)}</select></label>
        <label class="field"><span>${words.priority}</span><select name="priority" value=${form.priority} onChange=${(event) => set("priority")(event.target.value)}>
          ${["normal", "high", "emergency"].map((one) => html`<option value=${one}>${words[one]}</option>`)}</select></label>
      </div>
      <p class="row"><button class="button primary" id="take" disabled=${busy || !form.text.trim()}>${words.counterTake}</button> <span class="soft hint">${words.sendHint}</span></p>
    </form>
    <section class="no-print"><h3>${words.counterLatest}</h3>
      ${latest && (latest.length ? html`<ul class="lines" id="latest">${latest.map((row) => html`<${Row} key=${row.id} row=${row} />`)}</ul>` : html`<p class="soft">${words.noneYet}</p>`)}
    </section>`;
}

open(Counter, "counter");
