// Shows what people and the desk wrote, as parts of the page. Text is only ever set as text.

import { html } from "./preact.js";
import { directionOf } from "./rich.js";
import { state } from "./state.js";

const SAFE = /^(https?:|tel:|mailto:|geo:)/i;

function link(href, text) {
  if (!SAFE.test(href || "")) return text;
  const outside = /^https?:/i.test(href) ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return html`<a href=${href} ...${outside}>${text}</a>`;
}

function shown(span, text) {
  switch (span.style) {
    case "bold": return html`<strong>${text}</strong>`;
    case "value": return html`<bdi>${text}</bdi>`;
    case "quote": return html`<bdi class="quote">${text}</bdi>`;
    case "code": return html`<bdi dir="ltr"><code>${text}</code></bdi>`;
    case "phone": return html`<bdi dir="ltr" class="phone">${link(span.href || `tel:${text.replace(/[^\d+]/g, "")}`, text)}</bdi>`;
    case "link": return html`<bdi>${link(span.href, text)}</bdi>`;
    default: return text;
  }
}

/** A paragraph for each line; the desk's take the direction of their language, people's decide by their own letters. */
export function Text({ spans, language, people }) {
  const lines = [[]];
  for (const span of spans) {
    span.text.split("\n").forEach((text, place) => {
      if (place > 0) lines.push([]);
      if (text) lines.at(-1).push(shown(span, text));
    });
  }
  const direction = people ? "auto" : directionOf(language);
  return html`<div class="text" lang=${people ? undefined : language}>${lines.map((line) => html`<p dir=${direction}>${line}</p>`)}</div>`;
}

/** A sentence of the catalog in the form that its language has for a count. */
export function counted(sentence, n) {
  if (!sentence || typeof sentence === "string") return sentence || "";
  return sentence[new Intl.PluralRules(state.language).select(Number(n))] || sentence.other;
}

/** A sentence of the catalog with its fields isolated, so that a name of another direction turns nothing around. */
export function filled(sentence, fields) {
  return counted(sentence, fields.n).split(/(\{\w+\})/).map((part) => {
    const value = fields[part.slice(1, -1)];
    return part.startsWith("{") && value !== undefined ? html`<bdi>${String(value)}</bdi>` : part;
  });
}

/** Pieces on one line with a dot between them. */
export function Dotted({ parts }) {
  const there = parts.filter((part) => part !== "" && part !== null && part !== undefined && part !== false);
  return there.flatMap((part, place) => [place ? " · " : "", html`<bdi>${part}</bdi>`]);
}

export const Number_ = ({ id }) => html`<bdi dir="ltr">#${id}</bdi>`;
