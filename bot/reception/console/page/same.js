// Requests that ask the same: how they stand together in the queue and in a thread, and how people put them together and take them apart.

import { html, useState } from "./preact.js";
import { changed } from "./connection.js";
import { Dialog } from "./dialog.js";
import { choose, perform, refreshThread } from "./opened.js";
import { once } from "./rich.js";
import { change, state } from "./state.js";
import { act, sentence } from "./talk.js";
import { Dotted, filled } from "./text.js";

const MOST = 20; // requests to choose from at once

/** Rows in their order, as groups of one or more: those who ask the same, and wait, stand where the most pressing of them stands. */
export function grouped(rows) {
  const found = new Map();
  for (const row of rows) {
    const key = row.group && row.waiting && row.state !== "snoozed" ? `${row.group} ${row.priority === "emergency"}` : `#${row.id}`;
    found.set(key, [...(found.get(key) || []), row]);
  }
  return [...found.values()];
}

/** "Arabic 2", "English 1": how many of some requests read what. */
export function readers(requests) {
  return ["en", "ar", "vi"].map((language) => [language, requests.filter((one) => one.language === language).length])
    .filter(([, count]) => count).map(([language, count]) => html`${state.words[language]} <bdi>${count}</bdi>`);
}

async function takeOut(id) {
  change({ said: "" });
  try { changed(await act(id, "unlink")); } catch (error) { change({ said: sentence(error) }); }
  await refreshThread();
}

function Member({ one }) {
  const { words } = state;
  return html`<li class="member">
    <button type="button" class="plain" onClick=${() => choose(one.id)}><${Dotted} parts=${[html`<span dir="ltr">#${one.id}</span>`, words[one.language], words[`state_${one.state}`]]} /><span class="question" dir="auto">${one.question || one.title}</span></button>
    ${one.mayLeave && html`<button type="button" class="button" data-leaves=${one.id} aria-label=${words.takeOut.replace("{number}", one.id)} onClick=${once(() => takeOut(one.id))}>✕</button>`}
  </li>`;
}

/** In a thread: who else asks this. */
export function Together({ thread }) {
  const { words } = state;
  if (!thread.same.length) return null;
  return html`<details id="together"><summary><span>${filled(words.sameQuestion, { n: thread.same.length })} · <${Dotted} parts=${readers(thread.same)} /></span></summary>
    <ul class="others">${thread.same.map((one) => html`<${Member} key=${one.id} one=${one} />`)}</ul>
    ${thread.acts.includes("unlink") && html`<button type="button" class="button" data-verb="unlink" onClick=${once(() => perform("unlink"))}>${words.do_unlink}</button>`}
  </details>`;
}

/** Beside the box: also to the others, how many they are, and what they read. */
export function AlsoTo({ thread, said, turn }) {
  const { words } = state;
  if (!thread.same.length) return null;
  return html`<label class="check"><input type="checkbox" id="group" checked=${said.group} onChange=${(event) => turn(event.target.checked)} />
    <span>${filled(words.alsoToSame, { n: thread.same.length })} · <${Dotted} parts=${readers(thread.same)} /></span></label>
    ${said.group && html`<p class="soft all" role="status">${said.answer ? words.sameEach : words.sameOwn}</p>`}`;
}

// ---------------------------------------------------------------- with which one

function candidates(thread, query) {
  const looked = query.trim().toLocaleLowerCase();
  const rows = [...state.tickets.values()].filter((row) => row.group && row.id !== thread.id && row.group !== thread.group
    && (row.priority === "emergency") === (thread.priority === "emergency"));
  const fits = (row) => !looked || `#${row.id}` === looked || [String(row.id), row.title, row.question, row.name].some((text) => text.toLocaleLowerCase().includes(looked));
  const near = (row) => (row.title === thread.title ? 0 : 1);
  return rows.filter(fits).sort((one, other) => near(one) - near(other) || other.id - one.id).slice(0, MOST);
}

export function LinkTo({ thread }) {
  const { words } = state;
  const [query, setQuery] = useState("");
  const found = candidates(thread, query);
  return html`<${Dialog} id="link" title=${words.do_link}>
    <p class="soft">${words.linkHow}</p>
    <input type="search" dir="auto" maxlength="100" value=${query} placeholder=${words.linkFind} aria-label=${words.linkFind} autofocus onInput=${(event) => setQuery(event.target.value)} />
    <p role="status" class="soft">${found.length ? "" : words.nothingFound}</p>
    <ul class="others" id="link-found">${found.map((row) => html`<li key=${row.id}><button type="button" class="plain" data-other=${row.id} onClick=${once(() => perform("link", { other: row.id }))}>
      <${Dotted} parts=${[html`<span dir="ltr">#${row.id}</span>`, row.title, words[row.language]]} /><span class="question" dir="auto">${row.question.slice(0, 200)}</span></button></li>`)}</ul>
  <//>`;
}
