// One ticket: who it is from, everything that was said, and what can be done.

import { html, useLayoutEffect, useRef } from "./preact.js";
import { Acts } from "./acts.js";
import { Compose } from "./compose.js";
import { choose, draft, leaveThread } from "./opened.js";
import { standing, urgency } from "./queue.js";
import { Together } from "./same.js";
import { state, useDesk } from "./state.js";
import { Dotted, Text, filled } from "./text.js";

function Arrival({ entry }) {
  const { words } = state;
  if (entry.author === "delegate" || entry.author === "note" || entry.before) return null;
  if (entry.undeliverable) return html`<span class="bad">⚠ ${filled(words.undeliverable, { reason: entry.undeliverable })}</span>`;
  return html`<span>${entry.delivered ? `✓ ${words.delivered}` : words.onItsWay}</span>`;
}

function Pin({ pin }) {
  if (!pin) return null;
  const [latitude, longitude] = pin.map;
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  return html`<div class="pin"><p><bdi><strong>${pin.name}</strong></bdi></p><p class="soft"><bdi>${pin.address}</bdi></p>
    <a class="button" href=${href} target="_blank" rel="noopener noreferrer">${state.words.map}</a></div>`;
}

function Line({ entry, isNew }) {
  const { words, language } = state;
  const people = entry.author !== "desk";
  const labels = entry.buttons.flat().map((one) => one.label);
  return html`<li class=${`${entry.author}${isNew ? " fresh" : ""}`}>
    <p class="who">${{ delegate: words.delegate, desk: words.desk, staff: words.staff, note: words.note }[entry.author]}${entry.name && html` · <bdi>${entry.name}</bdi>`}
      ${isNew && html` <span class="label">${words.isNew}</span>`}</p>
    <${Text} spans=${entry.spans} language=${entry.lang} people=${people} />
    ${entry.gloss && entry.gloss.length > 0 && html`<div class="gloss"><p class="soft">${filled(words.inYours, { language: words[language] })}</p><${Text} spans=${entry.gloss} language=${language} /></div>`}
    ${entry.machine && html`<div class="gloss machine"><p class="soft">${filled(words.machine, { language: words[language] })}</p><${Text} spans=${[{ text: entry.machine, style: "plain" }]} language=${language} /></div>`}
    ${entry.byMachine && html`<p class="soft by-machine">${words.byMachine}</p>`}
    <${Pin} pin=${entry.pin} />
    ${labels.length > 0 && html`<p class="offered">${labels.map((label, place) => [place ? " · " : "", html`<bdi>[${label}]</bdi>`])}</p>`}
    ${entry.attachments.map((kind) => html`<p class="offered">${filled(words.attachment, { kind })}</p>`)}
    ${entry.teaches && html`<p class="teach"><a href=${`/desk/teach#${state.thread.id}-${entry.seq}`}>${words.teachFrom}</a></p>`}
    <p class="meta"><span>${entry.day}</span> <time datetime=${entry.at}>${entry.time}</time> <${Arrival} entry=${entry} /></p>
  </li>`;
}

/** A ticket's question is always there to read: it may have been written before a button brought it here. */
function lines(thread) {
  const asked = (thread.question || "").trim();
  const asks = (entry) => entry.author === "delegate" && entry.spans.map((span) => span.text).join("").includes(asked);
  if (!asked || thread.before.some(asks) || thread.timeline.some(asks)) return thread.timeline;
  return [{ seq: 0, author: "delegate", lang: thread.language, spans: [{ text: thread.question, style: "plain" }], buttons: [], attachments: [], machine: thread.questionMachine }, ...thread.timeline];
}

/** What delegate and bot said until a person was asked. */
function Before({ lines }) {
  const { words } = state;
  if (!lines.length) return null;
  return html`<section id="before" aria-labelledby="before-title"><h3 id="before-title">${words.before}</h3>
    <ol class="entries">${lines.map((entry) => html`<${Line} key=${entry.seq} entry=${{ ...entry, before: true }} />`)}</ol></section>
    <h3 id="from-here">${words.fromHere}</h3>`;
}

function Log({ thread }) {
  const log = useRef(null);
  const near = useRef(true);
  const { base } = draft();
  const shown = lines(thread);
  const last = shown.length ? shown.at(-1).seq : 0;
  useLayoutEffect(() => { near.current = true; }, [thread.id]);
  const toTheEnd = () => { if (near.current) log.current.scrollTop = log.current.scrollHeight; };
  useLayoutEffect(toTheEnd, [thread.id, last, state.language, shown.filter((entry) => entry.machine).length]);
  useLayoutEffect(() => { // a warning or a picked answer below it takes its room: what is new must stay in view
    const watch = new ResizeObserver(toTheEnd);
    watch.observe(log.current);
    return () => watch.disconnect();
  }, []);
  const fresh = (entry) => Boolean(base) && entry.seq > base.read && (entry.author === "delegate" || (entry.author === "staff" && entry.name !== state.me.name));
  return html`<div id="log" role="log" tabindex="0" aria-label=${state.words.thread} ref=${log}
    onScroll=${() => { const node = log.current; near.current = node.scrollHeight - node.scrollTop - node.clientHeight < 120; }}>
    <${Before} lines=${thread.before} />
    <ol id="entries" class="entries">${shown.map((entry) => html`<${Line} key=${entry.seq} entry=${entry} isNew=${fresh(entry)} />`)}</ol>
  </div>`;
}

function Card({ thread }) {
  const { words } = state;
  const parts = [thread.name, thread.teamName, `${words.language}: ${words[thread.reads] || ""}`, `${words.door}: ${words[thread.door] || thread.door}`,
    thread.since && filled(words.since, { time: thread.since }), ...standing(thread, words),
    thread.blocked && html`<span class="bad">${words.blocked}</span>`, thread.cancelled && words.cancelled,
    thread.rated && words[`rated_${thread.rated}`], thread.promise && html`<span class="free">${thread.promise}</span>`];
  return html`<div id="facts" class="soft">
    <p><${Dotted} parts=${parts} /></p>
    ${thread.others.length > 0 && html`<details><summary><span>${filled(words.otherRequests, { n: thread.others.length })}</span></summary><ul class="others">${thread.others.map((one) => html`<li><${Other} one=${one} /></li>`)}</ul></details>`}
    <${Together} thread=${thread} />
  </div>`;
}

function Other({ one }) {
  const { words } = state;
  return html`<button type="button" class="plain" onClick=${() => choose(one.id)}><${Dotted} parts=${[html`<span dir="ltr">#${one.id}</span>`, one.title, words[one.language], words[`state_${one.state}`]]} /></button>`;
}

function Colleagues({ id }) {
  const there = state.present.filter((one) => one.ticket === id);
  return html`<p id="colleagues" class="soft" role="status">${there.map((one) => html`<span>${filled(one.types ? state.words.types : state.words.looks, { name: one.name })} </span>`)}</p>`;
}

function Secret({ thread }) {
  return html`<div class="secret"><p>${thread.restricted === "medical" ? state.words.secretMedical : state.words.secretOther}</p></div>`;
}

export function Thread() {
  const { chosen, thread, words, said } = useDesk();
  const there = thread && thread.id === chosen;
  const label = there ? urgency(thread, words) : "";
  const title = there && thread.sight === "full" ? thread.topicTitle : there ? thread.title : "";
  return html`<section id="thread" aria-labelledby=${chosen ? "thread-title" : undefined} aria-label=${chosen ? undefined : words.thread}>
    ${!chosen && html`<p id="choose" class="soft empty">${words.choose}</p>`}
    ${chosen && html`<div id="open">
      <div class="bar">
        <button type="button" class="button" id="back" onClick=${leaveThread}><span class="arrow" aria-hidden="true">‹</span><span class="hidden">${words.back}</span></button>
        <h2 id="thread-title" tabindex="-1">${filled(words.request, { number: chosen })}${title && html` · <bdi>${title}</bdi>`}${label && html` <span class=${thread.priority}><span class="label">${label}</span></span>`}</h2>
        ${there && html`<${Acts} thread=${thread} />`}
      </div>
      ${there && thread.sight === "full" && html`<${Card} thread=${thread} />`}
      ${there && thread.sight === "full" && html`<${Log} thread=${thread} />`}
      ${there && thread.sight !== "full" && html`<${Secret} thread=${thread} />`}
      <${Colleagues} id=${chosen} />
      <p id="said" role="alert">${said}</p>
      ${there && thread.sight === "full" && html`<${Compose} thread=${thread} />`}
    </div>`}
  </section>`;
}
