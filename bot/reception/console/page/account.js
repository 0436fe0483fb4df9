// One's own sessions: which browsers are signed in, and how to end them.

import { forgetDrafts } from "./drafts.js";

const at = (id) => document.getElementById(id);
const language = document.documentElement.lang;
let proof = "";
let zone;

async function call(path, body) {
  const wanted = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Desk-Proof": proof },
    body: JSON.stringify(body),
  };
  const answer = await fetch(`${path}?lang=${language}`, { ...wanted, cache: "no-store", signal: AbortSignal.timeout(15000) });
  if (answer.status === 401) return location.replace("/desk/");
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(answer.status), { said: said.error });
  return said;
}

const saying = (work) => async () => {
  try {
    at("said").textContent = "";
    await work();
  } catch (error) {
    at("said").textContent = error.said || at("said").dataset.failed;
  }
};

function make(name, props, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}

function item(session) {
  const { here, since, last, end } = at("sessions").dataset;
  const time = (text) => new Date(text).toLocaleString(language === "en" ? "en-GB" : language, { dateStyle: "short", timeStyle: "short", hourCycle: "h23", timeZone: zone });
  const told = make("span", {}, make("bdi", { textContent: session.here ? here : session.browser || "?" }), " · ",
    make("span", { className: "soft", textContent: `${since} ${time(session.since)} · ${last} ${time(session.last)}` }));
  if (session.here) return make("li", {}, told);
  const button = make("button", { type: "button", className: "button", textContent: end });
  button.addEventListener("click", saying(async () => { await call("/desk/api/sessions/end", { key: session.key }); await show(); }));
  return make("li", {}, told, button);
}

async function show() {
  const sessions = await call("/desk/api/sessions");
  at("sessions").replaceChildren(...sessions.map(item));
}

const leave = (body) => saying(async () => {
  await call("/desk/leave", body);
  forgetDrafts();
  sessionStorage.clear();
  location.replace("/desk/");
});
at("leave").addEventListener("click", leave({}));
at("everywhere").addEventListener("click", leave({ everywhere: true }));

saying(async () => {
  const me = await call("/desk/api/me");
  [proof, zone] = [me.proof, me.zone];
  await show();
})();
