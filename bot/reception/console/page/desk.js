// The staff page: the queue, one open thread, and what can be done to it; live, and honest when it is not.

import { html, render } from "./preact.js";
import { HandOver, Sure, Until } from "./acts.js";
import { Calls } from "./alerts.js";
import { Clock } from "./clock.js";
import { connect, stayConnected, watchAlarms } from "./connection.js";
import { forgetDrafts } from "./drafts.js";
import { Header } from "./header.js";
import { listenToKeys } from "./keys.js";
import { Queue } from "./queue.js";
import { choose } from "./opened.js";
import { eventClock } from "./rich.js";
import { LinkTo } from "./same.js";
import { Help, Settings } from "./settings.js";
import { change, state, useDesk } from "./state.js";
import { introduce } from "./talk.js";
import { Thread } from "./thread.js";

function Banners() {
  const { alarms, online, since, told, words } = state;
  return html`<section id="banners" aria-label=${words.notices}>
    <h1 class="hidden stands-in">${words.title}</h1>
    <p class="banner alert" id="offline" role="status" hidden=${online !== "away"}>${online === "away" && html`${words.offline} ${since && html`<${Clock} began=${since} />`}`}</p>
    <ul class="banner alert" id="alarms" role="status" hidden=${!alarms.length}>${alarms.map((alarm) => html`<li key=${alarm.key}>${alarm.text}</li>`)}</ul>
    <${Calls} />
    <p class="hidden" role="status">${told}</p>
  </section>`;
}

function Open() {
  const { open, thread } = state;
  if (open === "settings") return html`<${Settings} />`;
  if (open === "help") return html`<${Help} />`;
  if (open === "assign" && thread) return html`<${HandOver} thread=${thread} />`;
  if (open === "link" && thread) return html`<${LinkTo} thread=${thread} />`;
  if ((open === "snooze" || open === "promise") && thread) return html`<${Until} key=${open} verb=${open} />`;
  if (open === "sure") return html`<${Sure} asked=${state.sure} />`;
  return null;
}

function again() {
  change({ thread: null });
  watchAlarms();
  connect();
}

function Desk() {
  const { reading, words, writing } = useDesk();
  document.body.classList.toggle("reading", reading);
  document.body.classList.toggle("writing", reading && writing);
  const extra = [["settings-open", words.settings, () => change({ open: "settings" })], ["help-open", words.shortcuts, () => change({ open: "help" })]];
  return html`<${Header} again=${again} extra=${extra} /><${Banners} /><main><${Queue} /><${Thread} /></main><${Open} />`;
}

async function start() {
  await introduce();
  forgetDrafts(state.me.id);
  change({ clock: eventClock(state.me.now, state.me.zone) });
  render(html`<${Desk} />`, document.body);
  listenToKeys();
  stayConnected();
  watchAlarms();
  await connect();
  const [, asked] = /^#(\d{1,9})$/.exec(location.hash) || []; // a line of another page of the console leads here
  if (asked) choose(Number(asked));
}
start();
