// Approved answers and canned replies: found in the reader's language, sent in the delegate's.

import { html, useEffect, useRef, useState } from "./preact.js";
import { Dialog } from "./dialog.js";
import { draft, write } from "./opened.js";
import { change, state } from "./state.js";
import { call, sentence } from "./talk.js";

let waiting;

/** Loads how the picked answer reads; again after each blank that is filled in. */
export async function preview(ticket, answer) {
  const path = `/desk/api/tickets/${ticket}/preview`;
  const shown = await call(path, { answer: answer.answer, fields: answer.fields });
  const now = draft().answer;
  if (state.chosen === ticket && now && now.answer === answer.answer) write({ answer: { ...now, preview: shown } });
}

export function usePreview(ticket, answer) {
  const wanted = answer ? `${answer.answer} ${JSON.stringify(answer.fields)} ${state.language}` : "";
  useEffect(() => {
    clearTimeout(waiting);
    if (answer) waiting = setTimeout(() => preview(ticket, answer).catch((error) => change({ said: sentence(error) })), answer.preview ? 250 : 0);
  }, [ticket, wanted]);
}

export function Picker({ thread }) {
  const { words } = state;
  const [query, setQuery] = useState("");
  const [found, setFound] = useState(null);
  const [failed, setFailed] = useState("");
  const [place, setPlace] = useState(0);
  const list = useRef(null);
  useEffect(() => {
    let current = true;
    const soon = setTimeout(() => {
      call(`/desk/api/tickets/${thread.id}/answers`, { query }).then(
        (some) => { if (current) { setFound(some); setPlace(0); setFailed(""); } },
        (error) => current && setFailed(sentence(error)),
      );
    }, query ? 150 : 0);
    return () => { current = false; clearTimeout(soon); };
  }, [query, thread.id]);
  const take = (one) => {
    write({ answer: { ...one, fields: {} }, note: false });
    change({ open: "" });
    setTimeout(() => { // the box that the dialog would give the focus back to is no longer there
      const place = document.querySelector("#picked [data-fill]") || document.getElementById("picked-title");
      if (place) place.focus();
    });
  };
  const keys = (event) => {
    if (!found || !found.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (place + (event.key === "ArrowDown" ? 1 : found.length - 1)) % found.length;
      setPlace(next);
      list.current.children[next].scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      take(found[place]);
    }
  };
  return html`<${Dialog} id="answers" title=${words.answers}>
    <input id="answers-query" type="search" dir="auto" maxlength="100" value=${query} placeholder=${words.answersSearch} aria-label=${words.answersSearch} autofocus
      role="combobox" aria-expanded="true" aria-controls="answers-found" aria-activedescendant=${found && found.length ? `answer-${place}` : undefined}
      onInput=${(event) => setQuery(event.target.value)} onKeyDown=${keys} />
    <p role="status" class="soft">${failed || (found && !found.length ? words.nothingFound : "")}</p>
    <ul id="answers-found" role="listbox" aria-label=${words.answers} ref=${list}>${(found || []).map((one, index) => html`<li key=${one.answer} id=${`answer-${index}`} role="option" aria-selected=${String(index === place)} onClick=${() => take(one)}>
      <bdi>${one.title}</bdi> <span class="soft">${one.kind === "topic" ? words.approved : one.asks ? words.asksBack : ""}</span></li>`)}</ul>
  <//>`;
}
