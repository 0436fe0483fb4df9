// The frame of the console's pages beside the queue: head, what went wrong, and the page itself.

import { html, render, useEffect, useRef, useState } from "./preact.js";
import { useTick } from "./clock.js";
import { forgetDrafts } from "./drafts.js";
import { Header } from "./header.js";
import { eventClock } from "./rich.js";
import { change, state, useDesk } from "./state.js";
import { call, introduce, sentence } from "./talk.js";

const RETRY = 5000; // milliseconds, for what is asked only once and did not come

/** What the server says at an address, asked again every `every` milliseconds and by `again()`; null before it is there. */
export function useAsked(path, every = 0) {
  const [found, keep] = useState(null);
  const [count, more] = useState(0);
  useEffect(() => {
    let over = false;
    let failed = false;
    let timer = 0;
    const later = (time) => { clearTimeout(timer); if (!over && time) timer = setTimeout(() => (document.hidden ? later(time) : ask()), time); };
    const ask = async () => {
      try {
        const answer = await call(path);
        if (over) return;
        keep(answer);
        if (failed) change({ said: "" });
        failed = false;
      } catch (error) {
        if (over) return;
        failed = true;
        change({ said: error.said || state.words.offline });
      }
      later(failed ? Math.max(every, RETRY) : every);
    };
    ask();
    return () => { over = true; clearTimeout(timer); };
  }, [path, count, state.language]);
  return [found, () => more((before) => before + 1)];
}

/** Does something once at a time, and says what went wrong; the second value tells that it is under way. */
export function useWork() {
  const [busy, now] = useState(false);
  const work = async (doing) => {
    if (busy) return undefined;
    now(true);
    change({ said: "" });
    try {
      return await doing();
    } catch (error) {
      change({ said: sentence(error) });
      return undefined;
    } finally {
      now(false);
    }
  };
  return [work, busy];
}

/** For what appears in answer to a press, maybe out of sight: it takes the focus, and so comes into view. */
export function useAppears() {
  const node = useRef(null);
  useEffect(() => { node.current.focus(); }, []);
  return node;
}

/** Seconds that pass since it was drawn first, for countdowns. */
export function useSeconds(began) {
  useTick();
  return Math.max(0, (performance.now() - began) / 1000);
}

export const TEXT_LANGUAGES = ["en", "ar", "vi"];

/** A labelled line or box of text that turns by its own letters. */
export function Field({ name, label, value, onInput, rows = 0, language = "", ...more }) {
  const turned = language === "ar" ? "rtl" : language ? "ltr" : "auto";
  const common = { name, value, dir: turned, lang: language || undefined, onInput: (event) => onInput(event.target.value), ...more };
  return html`<label class="field"><span>${label}</span>${rows ? html`<textarea rows=${rows} ...${common}></textarea>` : html`<input type="text" ...${common} />`}</label>`;
}

function Frame({ Page, title }) {
  const { said, told } = useDesk();
  return html`<${Header} />
    <main class="inner" id="inner">
      <h2 class="page-title">${state.words[title]}</h2>
      <p id="said" class="said" role="alert">${said}</p>
      <p class="hidden" role="status">${told}</p>
      <${Page} />
    </main>`;
}

export async function open(Page, title) {
  await introduce();
  forgetDrafts(state.me.id);
  change({ clock: eventClock(state.me.now, state.me.zone) });
  render(html`<${Frame} Page=${Page} title=${title} />`, document.body);
}
