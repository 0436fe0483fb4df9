// The delegates' page: shows the history, takes questions, and keeps both whole on bad networks.

import { buttons, directionOf, el, eventClock, filled, once, paragraphs, pin, uuid } from "./rich.js";
import { Line, Outbox, call } from "./wire.js";

const DRAFT = "desk-chat-draft";
const LANGUAGE = "desk-chat-language";
const PLACE = new URLSearchParams(location.search).get("at") || undefined; // where the code hung that led here
const QUICK = [
  ["today", "command:today"], ["now", "command:now"], ["next", "command:next"], ["hotel", "area:hotel"],
  ["coach", "area:transport"], ["person", "command:human", "primary"], ["emergency", "emergency:medical", "danger"],
];
const at = (id) => document.getElementById(id);
const list = at("entries");
const log = at("log");
const field = at("field");
const state = { words: {}, event: {}, language: document.documentElement.lang, clock: null, over: false };
const entries = new Map(); // number → line on the page
const own = new Map(); // client id → line that waits for its entry

const outbox = new Outbox(happened, begin);
const line = new Line({
  entries: take,
  reset: () => { entries.clear(); own.clear(); draw(); },
  reached: () => offline(false),
  unreached: () => offline(true),
  over: begin,
});

// ---------------------------------------------------------------- the session and its words

let beginning = null;

/** One at a time: two askers at once must not end up in two sessions. */
function begin(language) {
  beginning ||= askForSession(language).finally(() => { beginning = null; });
  return beginning;
}

async function askForSession(language) {
  const wanted = typeof language === "string" ? language : remembered();
  const answer = await call("/chat/session", wanted ? { language: wanted } : {});
  if (!answer.ok) throw new Error(answer.status);
  const said = await answer.json();
  Object.assign(state, { words: said.strings, event: said.event, language: said.language, clock: eventClock(said.event.now, said.event.zone) });
  remember(said.language);
  if (said.seq < line.last) { // another session, or a history that was erased
    line.last = 0;
    entries.clear();
  }
  dress();
}

function remembered() {
  const asked = new URLSearchParams(location.search).get("lang");
  if (asked) history.replaceState(null, "", location.pathname); // so that a reload keeps a later choice
  try { return asked || localStorage.getItem(LANGUAGE); } catch { return asked; }
}

function remember(language) {
  try { localStorage.setItem(LANGUAGE, language); } catch { /* a browser that keeps nothing */ }
}

/** Everything the page itself says, in the language now. */
function dress() {
  const { words, language, event } = state;
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  document.title = `${event.short} · ${words.desk}`;
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = words[node.dataset.word];
  for (const node of document.querySelectorAll("[data-language]")) node.setAttribute("aria-pressed", String(node.dataset.language === language));
  at("languages").setAttribute("aria-label", words.language);
  log.setAttribute("aria-label", words.history);
  at("ending").setAttribute("aria-labelledby", "question");
  field.placeholder = words.placeholder;
  field.setAttribute("aria-label", words.placeholder);
  field.dir = field.value ? "auto" : directionOf(language);
  at("offline").textContent = words.offline;
  at("welcome").querySelector("h2").textContent = event.name;
  at("examples").replaceChildren(...(event.examples[language] || []).map((text) => chip(text, () => say({ text }))));
  const quick = QUICK.map(([word, press, look]) => chip(words[word], () => say({ press, label: words[word] }), look));
  at("quick").replaceChildren(...quick);
  at("quick").setAttribute("aria-label", words.quick);
  at("quick").hidden = false;
  tellTime();
  draw();
}

function chip(label, act, look = "") {
  return el("button", { type: "button", class: `chip ${look}`, onclick: once(act) }, label);
}

function tellTime() {
  at("demo").hidden = !state.event.demo;
  if (state.event.demo) at("demo").replaceChildren(...filled(state.words.demo, { clock: state.clock(state.language) }));
}

// ---------------------------------------------------------------- the history

function take(fresh) {
  const near = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
  for (const entry of fresh) {
    if (entries.has(entry.seq)) continue;
    entries.set(entry.seq, entry);
    if (entry.id) own.delete(entry.id);
  }
  // A pressed button may leave no line of its own: the desk's answer to it takes its place.
  if (fresh.some((entry) => entry.author !== "delegate")) for (const [id, one] of own) if (one.press && one.state === "accepted") own.delete(id);
  if (!fresh.length) return;
  draw();
  const mine = fresh.some((entry) => entry.author === "delegate");
  if (near || mine) reveal(fresh[0]);
  else at("latest").hidden = false;
}

/** From where it begins: the first line holds the number, the time or the place, and an answer may be longer than a phone. */
function reveal(entry) {
  let node = drawn.get(nameOf(entry));
  if (!node) return toEnd();
  const asked = node.previousElementSibling; // the short question above it stays in sight
  if (asked?.classList.contains("delegate") && asked.offsetHeight < log.clientHeight / 4) node = asked;
  log.scrollTop += node.getBoundingClientRect().top - log.getBoundingClientRect().top - 8;
  at("latest").hidden = true;
}

const drawn = new Map(); // what stands on the page, so that only news is drawn

function draw() {
  const wanted = [];
  let day = "";
  for (const seq of [...entries.keys()].sort((one, other) => one - other)) {
    const entry = entries.get(seq);
    if (entry.day !== day) wanted.push([`day ${(day = entry.day)}`, () => el("li", { class: "day" }, entry.day)]);
    wanted.push([nameOf(entry), () => shown(entry)]);
  }
  for (const [id, one] of own) wanted.push([`${id} ${one.state} ${state.language}`, () => waiting(one)]);
  const keep = new Set(wanted.map(([key]) => key));
  for (const [key, node] of drawn) if (!keep.has(key)) { node.remove(); drawn.delete(key); }
  let before = null;
  for (const [key, make] of wanted) {
    let node = drawn.get(key);
    if (!node) drawn.set(key, (node = make()));
    const place = before ? before.nextSibling : list.firstChild;
    if (node !== place) list.insertBefore(node, place);
    before = node;
  }
  at("welcome").hidden = state.over || wanted.length > 0 || !state.words.welcome;
}

function nameOf(entry) {
  return `${entry.seq} ${state.language}`;
}

function shown(entry) {
  const { words } = state;
  const meta = el("p", { class: "meta" }, el("time", { datetime: entry.at }, entry.time));
  if (entry.author === "delegate") meta.append(tick());
  if (entry.ticket && entry.author !== "delegate") meta.append(el("span", {}, ...filled(words.request, { number: entry.ticket })));
  return el("li", { class: entry.author }, who(entry), paragraphs(entry), pin(entry, words), buttons(entry, (press, label) => say({ press, label }), words), meta);
}

function who(entry) {
  const { words } = state;
  if (entry.author !== "staff") return el("span", { class: "hidden" }, `${entry.author === "desk" ? words.desk : words.you}: `);
  return el("p", { class: "who" }, words.reception, ...(entry.name ? [" · ", el("bdi", {}, entry.name)] : []));
}

function tick() {
  return el("span", { class: "tick", role: "img", "aria-label": state.words.accepted, title: state.words.accepted }, "✓");
}

function waiting(one) {
  const { words } = state;
  const entry = { author: "delegate", lang: state.language, spans: [{ text: one.text || one.label, style: "plain" }] };
  const meta = el("p", { class: "meta" });
  if (one.state === "accepted") meta.append(tick());
  else meta.append(one.state === "refused" ? `${words.refused}. ${one.why || ""}` : words.waiting);
  return el("li", { class: `delegate ${one.state === "accepted" ? "" : one.state}` }, who(entry), paragraphs(entry), meta);
}

function toEnd() {
  at("latest").hidden = true;
  log.scrollTop = log.scrollHeight;
}

// ---------------------------------------------------------------- writing

function say(message) {
  const item = outbox.add({ ...message, place: PLACE });
  if (!own.has(item.id)) own.set(item.id, { ...item, state: "waiting" });
  draw();
  toEnd();
}

function happened(what, about) {
  if (what === "reached") offline(false);
  if (what === "unreached") offline(true);
  if (what === "trouble" || what === "unreached") trouble(about || {}); // a message that goes nowhere: say whom to call
  if (what !== "accepted" && what !== "refused") return;
  at("trouble").hidden = true;
  if (about.notice) return end(about.notice); // everything was erased, this chat with it
  const mine = [...entries.values()].some((entry) => entry.id === about.id);
  if (!mine) own.set(about.id, { ...about, state: what });
  draw();
  if (!line.stream) line.resync();
}

function trouble(said) {
  const numbers = (said.phone || state.event.phone || []).map((one) =>
    el("p", {}, el("bdi", {}, one.name), " ", el("bdi", { dir: "ltr", class: "phone" }, el("a", { href: one.href }, one.number))));
  at("trouble").replaceChildren(el("p", {}, said.error || state.words.call), ...numbers);
  at("trouble").hidden = false;
}

function offline(away) {
  at("offline").hidden = !away || state.over;
}

function grow() {
  field.dir = field.value ? "auto" : directionOf(state.language);
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight + 2}px`;
  try { localStorage.setItem(DRAFT, field.value); } catch { /* kept in the field alone */ }
}

function submit() {
  const text = field.value;
  if (!text.trim()) return;
  field.value = "";
  grow();
  say({ text });
  field.focus();
}

at("form").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
field.addEventListener("input", grow);
field.addEventListener("keydown", (event) => {
  // While letters are still being composed (Vietnamese keyboards), Enter belongs to the composition.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit();
});
at("latest").addEventListener("click", toEnd);
log.addEventListener("scroll", () => {
  if (log.scrollHeight - log.scrollTop - log.clientHeight < 40) at("latest").hidden = true;
}, { passive: true });

// ---------------------------------------------------------------- language, privacy, the end

at("languages").addEventListener("click", once(async (event) => {
  const language = event.target.dataset.language;
  if (!language || !state.words.send) return;
  try {
    const answer = await call("/chat/language", { language, id: uuid() });
    if (!answer.ok) return trouble(await answer.json());
    await begin(language);
    entries.clear(); // days are named in the language too
    line.last = 0;
    await line.wake();
  } catch { offline(true); }
}));
at("privacy").addEventListener("click", () => { at("menu").open = false; say({ press: "command:privacy", label: state.words.privacy }); });
at("end").addEventListener("click", () => { at("menu").open = false; at("ending").showModal(); });
at("ending").addEventListener("close", async () => {
  if (at("ending").returnValue !== "yes") return;
  try {
    const answer = await call("/chat/end", {});
    if (!answer.ok) return trouble(await answer.json());
  } catch { return offline(true); }
  end();
});
document.addEventListener("click", (event) => { if (!at("menu").contains(event.target)) at("menu").open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !at("menu").open) return;
  at("menu").open = false;
  at("menu").querySelector("summary").focus();
});

function end(why) {
  state.over = true;
  if (why) at("over").querySelector("p").textContent = why;
  line.close();
  outbox.clear();
  try { for (const key of [DRAFT, LANGUAGE]) localStorage.removeItem(key); } catch { /* nothing was kept */ }
  field.value = "";
  entries.clear();
  own.clear();
  draw();
  for (const id of ["foot", "menu", "trouble", "offline"]) at(id).hidden = true;
  at("over").hidden = false;
  at("again").focus();
}
at("again").addEventListener("click", () => location.reload());

// ---------------------------------------------------------------- the start

async function start() {
  for (const item of outbox.items) own.set(item.id, { ...item, state: "waiting" });
  try { field.value = localStorage.getItem(DRAFT) || ""; } catch { /* an empty field then */ }
  for (let wait = 500; !state.words.send; wait = Math.min(wait * 2, 8000)) {
    try { await begin(); } catch { offline(true); await new Promise((done) => setTimeout(done, wait)); }
  }
  grow();
  await line.start();
  log.removeAttribute("aria-busy");
  if (entries.size || own.size) toEnd();
  outbox.send();
  setInterval(tellTime, 15000);
}
start();
