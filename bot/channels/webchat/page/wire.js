// The talk with the server: what waits to be sent, and what comes back. Nothing here touches the page.

import { uuid } from "./rich.js";

const OUTBOX = "desk-chat-outbox";
const HEADERS = { "Content-Type": "application/json" };
const PATIENCE = 12000; // milliseconds for one answer
const SILENCE = 4500; // after so long a delegate is told that nothing has arrived yet, and whom to call
const POLL = 3000;
const SAFETY = 45000; // a look now and then, should a proxy hold the stream back

export async function call(path, body) {
  const wanted = body === undefined ? {} : { method: "POST", headers: HEADERS, body: JSON.stringify(body) };
  return fetch(path, { ...wanted, credentials: "same-origin", cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
}

/** Keeps unsent messages on the device and sends them in order, each with its own id, until each was accepted. */
export class Outbox {
  constructor(tell, begin) {
    this.tell = tell; // what happens to a message: accepted, refused, trouble, reached, unreached
    this.begin = begin; // a new session, when the old one is over
    this.items = this.stored();
    this.running = false;
    this.pause = 1000;
    this.timer = 0;
  }

  stored() {
    try {
      const kept = JSON.parse(localStorage.getItem(OUTBOX) || "[]");
      return Array.isArray(kept) ? kept : [];
    } catch { return []; }
  }

  /** Another tab may have written meanwhile: only our own change is made to what is stored. */
  keep(change) {
    try { localStorage.setItem(OUTBOX, JSON.stringify(change(this.stored()))); } catch { /* a full or closed store: memory must do */ }
  }

  add(message) {
    const item = { id: uuid(), ...message };
    this.items.push(item);
    this.keep((kept) => [...kept, item]);
    this.send();
    return item;
  }

  drop(item) {
    this.items = this.items.filter((other) => other.id !== item.id);
    this.keep((kept) => kept.filter((other) => other.id !== item.id));
  }

  clear() {
    this.items = [];
    clearTimeout(this.timer);
    this.keep(() => []);
  }

  async send() {
    if (this.running) return;
    clearTimeout(this.timer);
    this.running = true;
    try {
      let wait = 0;
      for (let item; (item = this.items.find((one) => !one.tried)); ) {
        item.tried = true;
        wait = Math.max(wait, await this.one(item));
        if (wait && !item.slow) break; // the way is blocked; a slowed message must not hold back an urgent one behind it
      }
      for (const item of this.items) delete item.tried;
      if (this.items.length) this.timer = setTimeout(() => this.send(), wait || 1000);
    } finally {
      this.running = false;
    }
  }

  /** Milliseconds to wait before the next try; 0 when this one is done with. */
  async one(item, again = true) {
    item.slow = false;
    let answer;
    const slow = setTimeout(() => this.tell("unreached"), SILENCE);
    try {
      const { id, text, press, place } = item;
      answer = await call("/chat/messages", press ? { id, press } : { id, text, at: place });
    } catch {
      this.tell("unreached");
      return this.later();
    } finally {
      clearTimeout(slow);
    }
    this.tell("reached");
    if (answer.ok) {
      const { notice } = await answer.json().catch(() => ({})); // said past the history: nothing of it is kept
      this.pause = 1000;
      this.drop(item);
      this.tell("accepted", { ...item, notice });
      return 0;
    }
    const said = await answer.json().catch(() => ({}));
    if (answer.status === 401 && again) {
      try { await this.begin(); } catch { return this.later(); }
      return this.one(item, false);
    }
    if (answer.status === 429) {
      item.slow = true;
      return 1000 * Number(answer.headers.get("Retry-After") || 2);
    }
    if (answer.status >= 500 || answer.status === 401) {
      this.tell("trouble", said);
      return this.later();
    }
    this.drop(item);
    this.tell("refused", { ...item, why: said.error });
    return 0;
  }

  later() {
    this.pause = Math.min(this.pause * 1.7, 15000);
    return this.pause;
  }
}

/** Brings new lines: by a stream where that works, else by asking; and asks again whenever the page comes back. */
export class Line {
  constructor({ entries, reset, reached, unreached, over }) {
    this.to = { entries, reset, reached, unreached, over };
    this.last = 0;
    this.fails = 0;
    this.stream = null;
    this.busy = null;
    this.timers = {};
    this.closed = true; // until the session stands: pageshow comes before it
    for (const name of ["pageshow", "online"]) addEventListener(name, () => this.wake());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.wake());
    addEventListener("offline", () => this.to.unreached());
  }

  /** First what was missed, then the stream again: a phone that slept may hold a dead one. */
  async wake() {
    if (this.closed) return;
    this.hangUp();
    if (await this.resync()) this.open();
    else this.again();
  }

  start() {
    this.closed = false;
    return this.wake();
  }

  close() {
    this.closed = true;
    this.hangUp();
    clearTimeout(this.timers.again);
    clearInterval(this.timers.poll);
    clearInterval(this.timers.safety);
  }

  resync() {
    this.busy ||= this.ask().finally(() => { this.busy = null; });
    return this.busy;
  }

  async ask() {
    try {
      const answer = await call(`/chat/messages?after=${this.last}`);
      if (answer.status === 401) {
        await this.to.over();
        return false;
      }
      if (!answer.ok) throw new Error(answer.status);
      const { entries, seq } = await answer.json();
      if (this.closed) return false;
      if (seq < this.last) {
        this.last = 0;
        this.to.reset();
      }
      this.take(entries, seq);
      this.to.reached();
      return true;
    } catch {
      if (!this.closed) this.to.unreached();
      return false;
    }
  }

  take(entries, seq = 0) {
    this.last = Math.max(this.last, seq, ...entries.map((entry) => entry.seq));
    this.to.entries(entries);
  }

  open() {
    if (this.closed || this.stream) return;
    const stream = new EventSource(`/chat/events?after=${this.last}`);
    this.stream = stream;
    // A proxy that holds everything back never opens the stream at all.
    this.timers.opening = setTimeout(() => this.lost(stream), 10000);
    stream.onopen = () => {
      clearTimeout(this.timers.opening);
      clearInterval(this.timers.poll);
      this.timers.poll = 0;
      this.fails = 0;
      this.to.reached();
    };
    stream.onerror = () => this.lost(stream);
    stream.addEventListener("entry", (event) => this.take([JSON.parse(event.data)]));
    stream.addEventListener("reset", () => this.wake());
    this.timers.safety ||= setInterval(() => document.visibilityState === "visible" && this.resync(), SAFETY);
  }

  lost(stream) {
    if (stream !== this.stream) return;
    this.hangUp();
    this.fails += 1;
    if (this.fails >= 3) this.timers.poll ||= setInterval(() => document.visibilityState === "visible" && this.resync(), POLL);
    this.again();
  }

  again() {
    clearTimeout(this.timers.again);
    this.timers.again = setTimeout(() => this.wake(), Math.min(500 * 2 ** this.fails, this.fails < 3 ? 4000 : 30000));
  }

  hangUp() {
    clearTimeout(this.timers.opening);
    if (this.stream) this.stream.close();
    this.stream = null;
  }
}
