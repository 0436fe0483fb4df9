// One ticket's thread: what was said, by whom, and whether it arrived.

import { el, filled, paragraphs, pin } from "./rich.js";

export function entryItem(entry, words) {
  const name = { delegate: words.delegate, desk: words.desk, staff: words.staff, note: words.note }[entry.author];
  return el(
    "li", { class: entry.author },
    el("p", { class: "who" }, name, ...(entry.name ? [" · ", el("bdi", {}, entry.name)] : [])),
    paragraphs(entry), pin(entry, words), offered(entry),
    ...entry.attachments.map((kind) => el("p", { class: "offered" }, ...filled(words.attachment, { kind }))),
    el("p", { class: "meta" }, el("span", {}, entry.day), el("time", { datetime: entry.at }, entry.time), arrival(entry, words)),
  );
}

/** Buttons are the delegate's; staff see what was offered, as words. */
function offered(entry) {
  const labels = entry.buttons.flat().map((one) => one.label);
  if (!labels.length) return null;
  return el("p", { class: "offered" }, ...labels.flatMap((label, place) => [place ? " · " : "", el("bdi", {}, `[${label}]`)]));
}

function arrival(entry, words) {
  if (entry.author === "delegate" || entry.author === "note") return null;
  if (entry.undeliverable) return el("span", { class: "bad" }, ...filled(words.undeliverable, { reason: entry.undeliverable }));
  return el("span", {}, entry.delivered ? `✓ ${words.delivered}` : words.onItsWay);
}

export function facts(ticket, words) {
  const door = words[ticket.door] || ticket.door;
  const owner = ticket.owner ? filled(words.owner, { name: ticket.owner }) : [words.unclaimed];
  const parts = [[ticket.teamName], [`${words.language}: ${words[ticket.language]}`], [`${words.door}: ${door}`], ticket.state === "resolved" ? [words.resolved] : owner];
  if (ticket.name) parts.unshift([ticket.name]);
  return parts.flatMap((part, place) => [place ? " · " : "", el("bdi", {}, ...part)]);
}
