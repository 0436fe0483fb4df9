// Shows what people and the desk wrote. Text is only ever set as text; nothing here reads it as markup.

const SAFE = /^(https?:|tel:|mailto:|geo:)/i;

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const directionOf = (language) => (language === "ar" ? "rtl" : "ltr");

function link(href, text, attributes = {}) {
  if (!SAFE.test(href || "")) return document.createTextNode(text);
  const outside = /^https?:/i.test(href) ? { target: "_blank", rel: "noopener noreferrer" } : {};
  return el("a", { href, ...outside, ...attributes }, text);
}

function shown(span, text) {
  switch (span.style) {
    case "bold": return el("strong", {}, text);
    case "value": return el("bdi", {}, text);
    case "quote": return el("bdi", { class: "quote" }, text);
    case "code": return el("bdi", { dir: "ltr" }, el("code", {}, text));
    case "phone": return el("bdi", { dir: "ltr", class: "phone" }, link(span.href || `tel:${text.replace(/[^\d+]/g, "")}`, text));
    case "link": return el("bdi", {}, link(span.href, text));
    default: return document.createTextNode(text);
  }
}

/** A paragraph for each line; the desk's take the direction of its language, people's decide by their own letters. */
export function paragraphs(entry) {
  const direction = entry.author === "desk" ? directionOf(entry.lang) : "auto";
  const body = el("div", { class: "text", lang: entry.author === "desk" ? entry.lang : null });
  let line = el("p", { dir: direction });
  for (const span of entry.spans) {
    span.text.split("\n").forEach((text, place) => {
      if (place > 0) {
        body.append(line);
        line = el("p", { dir: direction });
      }
      if (text) line.append(shown(span, text));
    });
  }
  body.append(line);
  return body;
}

/** The rows of buttons below a message; `press(action, label)` is what a pressing one does. */
export function buttons(entry, press, words) {
  if (!entry.buttons.some((row) => row.length)) return null;
  const box = el("div", { class: "buttons", lang: entry.lang, dir: directionOf(entry.lang) });
  for (const row of entry.buttons) box.append(el("div", { class: "row" }, ...row.map((one) => button(one, press, words))));
  return box;
}

function button(one, press, words) {
  const look = `button ${one.style || ""}`;
  if (one.url) return link(one.url, one.label, { class: look });
  const node = el("button", { type: "button", class: look }, one.label);
  node.addEventListener("click", once(() => (one.copy ? copied(node, one, words) : one.press && press && press(one.press, one.label))));
  return node;
}

/** A second tap of the same finger is not a second wish. */
export function once(act) {
  let last = -Infinity;
  return (event) => {
    if (performance.now() - last < 900) return;
    last = performance.now();
    act(event);
  };
}

async function copied(node, one, words) {
  await copy(one.copy);
  node.textContent = `${one.label} · ${words.copied}`;
  node.setAttribute("aria-live", "polite");
  setTimeout(() => { node.textContent = one.label; }, 2500);
}

async function copy(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch { /* not allowed here: the old way below */ }
  }
  const field = el("textarea", { class: "hidden", "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  document.execCommand("copy"); // pages without encryption have nothing newer
  field.remove();
}

export function pin(entry, words) {
  if (!entry.pin) return null;
  const [latitude, longitude] = entry.pin.map;
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  return el(
    "div", { class: "pin" },
    el("p", {}, el("bdi", {}, el("strong", {}, entry.pin.name))),
    el("p", { class: "soft" }, el("bdi", {}, entry.pin.address)),
    link(href, words.map, { class: "button" }),
  );
}

export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // pages without encryption have no randomUUID
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The event's clock, from one look at it; a demonstration's runs on its own date. */
export function eventClock(now, zone) {
  const ahead = Date.parse(now) - Date.now();
  return (language) => {
    const month = language === "vi" ? "numeric" : "short"; // "thg 11" is for tables, not for sentences
    const shape = { weekday: "short", day: "numeric", month, hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
    return new Intl.DateTimeFormat(`${language === "en" ? "en-GB" : language}-u-nu-latn`, shape).format(Date.now() + ahead);
  };
}

export function fill(sentence, fields) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
}

/** A sentence with its fields isolated, so that a name of another direction turns nothing around. */
export function filled(sentence, fields) {
  return sentence.split(/(\{\w+\})/).map((part) => {
    const value = fields[part.slice(1, -1)];
    return part.startsWith("{") && value !== undefined ? el("bdi", {}, String(value)) : part;
  });
}
