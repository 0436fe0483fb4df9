// A window above the page that takes the focus, gives it back, and closes with Escape.

import { html, useEffect, useRef } from "./preact.js";
import { change, state } from "./state.js";

export function Dialog({ id, title, children }) {
  const node = useRef(null);
  useEffect(() => {
    const [before, dialog] = [document.activeElement, node.current];
    dialog.showModal();
    return () => {
      dialog.close(); // while it is open nothing outside of it takes the focus
      if (before && before.isConnected) before.focus();
    };
  }, []);
  const close = () => change({ open: "" });
  return html`<dialog id=${id} ref=${node} aria-labelledby=${`${id}-title`} onCancel=${(event) => { event.preventDefault(); close(); }}
    onClick=${(event) => { if (event.target === node.current) close(); }}>
    <div class="bar"><h2 id=${`${id}-title`}>${title}</h2><button type="button" class="button" onClick=${close}>${state.words.close}</button></div>
    ${children}
  </dialog>`;
}
