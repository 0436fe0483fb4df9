// On duty or away: how the desk counts the person at this page, and the switch for it.

import { html, useEffect } from "./preact.js";
import { once } from "./rich.js";
import { change, state } from "./state.js";
import { call, sentence } from "./talk.js";

const EVERY = 60000; // milliseconds; who does nothing for long is away, and Telegram has the same switch

async function look() {
  if (document.hidden) return;
  try { change({ duty: (await call("/desk/api/duty")).on }); } catch { /* asked again */ }
}

async function turn() {
  change({ said: "" });
  try {
    const { on } = await call("/desk/api/duty", { on: !state.duty });
    change({ duty: on, told: on ? state.words.dutyOn : state.words.dutyAway });
  } catch (error) { change({ said: sentence(error) }); }
}

/** Keeps it true while the page is open. */
export function useDuty() {
  useEffect(() => {
    look();
    const timer = setInterval(look, EVERY);
    document.addEventListener("visibilitychange", look);
    return () => { clearInterval(timer); document.removeEventListener("visibilitychange", look); };
  }, []);
}

const sign = (duty) => html`<span aria-hidden="true">${duty ? "●" : "○"}</span>`;

/** Where there is room, the state is the switch. */
export function Duty() {
  const { duty, words } = state;
  if (duty === null) return null;
  const [now, next] = duty ? [words.dutyOn, words.dutyGo] : [words.dutyAway, words.dutyCome];
  return html`<button type="button" id="duty" class=${`button duty ${duty ? "on" : "away"}`} aria-label=${`${now}. ${next}`} title=${next} onClick=${once(turn)}>${sign(duty)} ${now}</button>`;
}

/** On a phone a sign stands beside the name, and the switch in the menu. */
export function DutySign() {
  const { duty, words } = state;
  return duty !== null && html`<span class="duty-sign">${sign(duty)}<span class="hidden">${duty ? words.dutyOn : words.dutyAway}</span> </span>`;
}

export function DutyEntry() {
  const { duty, words } = state;
  return duty !== null && html`<button type="button" class="button duty-entry" onClick=${once(turn)}>${duty ? words.dutyGo : words.dutyCome}</button>`;
}
