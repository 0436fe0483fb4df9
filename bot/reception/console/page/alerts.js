// What must be noticed: a banner that needs nobody's permission, and, for who wants them, a sound and a notification.

import { html, useEffect } from "./preact.js";
import { choose } from "./opened.js";
import { change, kept, state } from "./state.js";
import { Clock } from "./clock.js";
import { filled } from "./text.js";
import { act, sentence } from "./talk.js";

const MOST = 3; // calls on the screen at once
const AGAIN = 5000; // milliseconds between sounds while an emergency has nobody
const NOTES = { emergency: [[880, 0.5], [660, 0.5], [880, 0.5], [660, 0.5]], overdue: [[587, 0.3], [587, 0.3]], other: [[523, 0.12]] };

export const wants = (what) => kept.get(`desk-${what}`) === "on";

/** Compares a row with what was known of it, and calls when somebody should look. */
export function notice(before, row) {
  const kind = kindOf(before, row);
  if (!kind) return;
  if (row.id !== state.chosen || document.hidden) {
    const calls = [...state.calls.filter((one) => one.ticket !== row.id), { ticket: row.id, kind }];
    change({ calls: kind === "emergency" ? state.calls : calls.slice(-MOST) });
  }
  sound(kind);
  notify(kind, row);
}

/** An emergency that nobody has, or whose owner has not confirmed that it became one. */
const calls = (row) => row.state !== "resolved" && row.alarm !== null;

function kindOf(before, row) {
  if (row.state === "resolved") return "";
  if (calls(row) && (!before || !calls(before) || row.alarm > before.alarm)) return "emergency";
  if (!before) return row.mine ? "" : "fresh";
  if (row.overdue && !before.overdue) return "overdue";
  if (row.state === "reopened" && before.state === "resolved") return "fresh";
  if (row.mine && row.waiting && !before.waiting) return "mine";
  if (row.mine && !before.mine && before.owner) return "given";
  return "";
}

// ---------------------------------------------------------------- sound

let speaker = null;

/** Browsers let a page sound only after somebody touched it. */
export function wakeSound() {
  if (!wants("sound")) return;
  speaker = speaker || new AudioContext();
  if (speaker.state === "suspended") speaker.resume();
}

export function sound(kind) {
  if (!wants("sound") || !speaker || speaker.state !== "running") return;
  let at = speaker.currentTime + 0.02;
  for (const [pitch, length] of NOTES[kind] || NOTES.other) {
    const [tone, volume] = [speaker.createOscillator(), speaker.createGain()];
    tone.frequency.value = pitch;
    tone.type = kind === "emergency" ? "square" : "sine";
    volume.gain.setValueAtTime(kind === "emergency" ? 0.5 : 0.15, at);
    volume.gain.exponentialRampToValueAtTime(0.001, at + length);
    tone.connect(volume).connect(speaker.destination);
    tone.start(at);
    tone.stop(at + length);
    at += length;
  }
}

const alone = () => [...state.tickets.values()].filter(calls).sort((one, other) => one.drill - other.drill);

setInterval(() => { if (alone().length) sound("emergency"); }, AGAIN);
for (const name of ["pointerdown", "keydown"]) addEventListener(name, wakeSound, { passive: true });

// ---------------------------------------------------------------- notifications: a number and a kind, never a word of it

function notify(kind, row) {
  if (!wants("notify") || !("Notification" in window) || Notification.permission !== "granted" || document.hasFocus()) return;
  const text = filledText(state.words[`call_${kind}`], row.id);
  const shown = new Notification(text, { tag: `desk-${row.id}`, requireInteraction: kind === "emergency", lang: state.language, silent: wants("sound") });
  shown.onclick = () => { window.focus(); choose(row.id); shown.close(); };
}

const filledText = (text, number) => (text || "").replace("{number}", number);

/** Turns one of them on or off; a notification asks the browser first. */
export async function want(what, on) {
  if (on && what === "notify" && (!("Notification" in window) || (await Notification.requestPermission()) !== "granted")) return change({ said: state.words.noNotifications });
  kept.set(`desk-${what}`, on ? "on" : "off");
  if (on && what === "sound") { wakeSound(); setTimeout(() => sound("other"), 100); }
  return change({});
}

// ---------------------------------------------------------------- banners

async function claim(row) {
  await choose(row.id);
  try { await act(row.id, "claim", {}); } catch (error) { change({ said: sentence(error) }); }
}

function Urgent({ row }) {
  const { words } = state;
  return html`<div class="banner urgent" data-ticket=${row.id}><span><strong>${row.drill ? words.drill : words.emergency}</strong> <bdi dir="ltr">#${row.id}</bdi> <bdi>${row.title}</bdi> · <${Clock} began=${row.began} /></span>
    ${row.acts.includes("claim") && html`<button type="button" class="button danger" onClick=${() => claim(row)}>${words.do_claim}</button>`}
    <button type="button" class="button" onClick=${() => choose(row.id)}>${words.show}</button></div>`;
}

function Call({ one }) {
  const { words } = state;
  const drop = () => change({ calls: state.calls.filter((other) => other !== one) });
  return html`<div class="banner call" data-ticket=${one.ticket}><span>${filled(words[`call_${one.kind}`], { number: one.ticket })}</span>
    <button type="button" class="button" onClick=${() => { drop(); choose(one.ticket); }}>${words.show}</button>
    <button type="button" class="button" aria-label=${words.dismiss} onClick=${drop}>✕</button></div>`;
}

export function Calls() {
  const urgent = alone();
  useEffect(() => {
    const open = [...state.tickets.values()].filter((row) => row.state !== "resolved").length;
    document.title = `${urgent.length ? "❗ " : ""}${open ? `(${open}) ` : ""}${state.words.title || ""}`;
  });
  return html`<div id="urgent" role="alert">${urgent.map((row) => html`<${Urgent} key=${row.id} row=${row} />`)}</div>
    <div id="calls" role="status">${state.calls.filter((one) => !urgent.some((row) => row.id === one.ticket)).map((one) => html`<${Call} key=${one.ticket} one=${one} />`)}</div>`;
}
