// Running clocks: one tick a second for all of them.

import { html, useEffect, useState } from "./preact.js";

const ticking = new Set();
setInterval(() => ticking.forEach((tick) => tick()), 1000);

export function lasting(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Draws a component again every second. */
export function useTick() {
  const [, again] = useState(0);
  useEffect(() => {
    const tick = () => again((count) => count + 1);
    ticking.add(tick);
    return () => ticking.delete(tick);
  }, []);
}

/** Since when somebody waits; `began` is on performance.now()'s scale, which no change of the clock moves. */
export function Clock({ began }) {
  useTick();
  return html`<bdi dir="ltr">${lasting(Math.max(0, (performance.now() - began) / 1000))}</bdi>`;
}
