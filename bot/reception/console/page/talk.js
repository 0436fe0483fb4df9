// The talk with the server: every page of the console uses it.

import { directionOf, uuid } from "./rich.js";
import { change, state } from "./state.js";

const PATIENCE = 15000; // milliseconds

/** Asks or posts; throws an error with the server's sentence in `said`, and what can be done about it in `why`. */
export async function call(path, body) {
  const wanted = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Desk-Proof": state.me.proof || "" },
    body: JSON.stringify(body),
  };
  const address = `${path}${path.includes("?") ? "&" : "?"}lang=${state.language}`;
  const answer = await fetch(address, { ...wanted, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
  if (answer.status === 401) location.reload(); // the page then says how to sign in again
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(answer.status), { status: answer.status, said: said.error, why: said.why || "", machine: said.machine === true, problems: said.problems });
  return said;
}

export const sentence = (error) => error.said || state.words.notDone;

/** The page's words in a language, and the page turned into its direction. */
export async function speak(language) {
  const answer = await fetch(`/desk/strings/${language}.json`, { signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(answer.status);
  const words = await answer.json();
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  change({ words, language });
}

/** Who is signed in; the language is the one on the staff list. A page without this can do nothing, so it asks until it knows. */
export async function introduce() {
  for (;;) {
    try {
      await speak(state.language);
      return change({ me: await call("/desk/api/me") });
    } catch { await new Promise((go) => { setTimeout(go, 2000); }); }
  }
}

const pending = new Map(); // what was posted and not answered → its id

/** Posts an action. A repeat after a lost answer, or after one that nobody could give, carries the same id, so it counts once. */
export async function act(ticket, verb, body = {}) {
  const key = JSON.stringify([ticket, verb, body]);
  if (!pending.has(key)) pending.set(key, uuid());
  try {
    const { ticket: row } = await call(`/desk/api/tickets/${ticket}/${verb}`, { id: pending.get(key), ...body });
    pending.delete(key);
    return row;
  } catch (error) {
    if (error.said && error.status < 500) pending.delete(key); // refused: the next try is a new one
    throw error;
  }
}
