// The head of every page of the console: where one is, who one is, the language, and the way to the other pages.

import { html } from "./preact.js";
import { forgetDrafts } from "./drafts.js";
import { useTick } from "./clock.js";
import { Duty, DutyEntry, DutySign, useDuty } from "./duty.js";
import { Menu } from "./menu.js";
import { change, state, useDesk } from "./state.js";
import { call, sentence, speak } from "./talk.js";
import { filled } from "./text.js";

async function leave() {
  try { await call("/desk/leave", {}); } catch (error) { return change({ said: sentence(error) }); }
  forgetDrafts();
  sessionStorage.clear();
  return location.replace("/desk/");
}

/** The language belongs to the person, not to the browser: it is kept with the staff list. */
async function turnTo(language, again) {
  try {
    await call("/desk/api/language", { language });
    await speak(language);
    change({ me: await call("/desk/api/me") });
  } catch (error) { return change({ said: sentence(error) }); }
  return again();
}

function Demo() {
  useTick();
  if (!state.me.demo || !state.clock) return null;
  return html`<aside class="banner" id="demo" aria-label=${state.words.demonstration}>${filled(state.words.demo, { clock: state.clock(state.language) })}</aside>`;
}

/** `again` loads what the page shows once more, in the new language; `extra` are buttons of the page's own for the menu. */
export function Header({ again = () => location.reload(), extra = [] }) {
  const { language, me, words } = useDesk();
  useDuty();
  const here = location.pathname;
  return html`<header>
    <h1><a href="/desk/"><span>${me.event}</span> <span class="title">${words.title}</span></a></h1>
    <a href="/desk/account" class="me"><${DutySign} /><bdi id="who" class="soft">${me.name}</bdi></a>
    <${Duty} />
    <select id="language" value=${language} aria-label=${words.page} onChange=${(event) => turnTo(event.target.value, again)}>
      <option value="en" lang="en">English</option><option value="ar" lang="ar">العربية</option><option value="vi" lang="vi">Tiếng Việt</option>
    </select>
    <${Menu} id="menu" button="☰" aria-label=${words.menu}>
      <${DutyEntry} />
      ${here !== "/desk/" && html`<a class="button" href="/desk/">${words.queue}</a>`}
      ${me.pages.filter((page) => page.path !== here).map((page) => html`<a class="button" href=${page.path}>${page.label}</a>`)}
      ${extra.map(([id, label, act]) => html`<button type="button" class="button" id=${id} onClick=${act}>${label}</button>`)}
      <a class="button" href="/desk/account">${words.sessions}</a>
      <button type="button" class="button" id="leave" onClick=${leave}>${words.leave}</button>
    <//>
  </header>
  <${Demo} />`;
}
