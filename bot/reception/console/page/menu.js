// A menu below its button: it closes with a choice, with Escape, and when somebody goes on elsewhere.

import { html, useEffect, useRef } from "./preact.js";

/** `button` is what the summary says; the rest goes to it. */
export function Menu({ button, children, ...rest }) {
  const node = useRef(null);
  const close = () => { node.current.open = false; };
  useEffect(() => {
    const elsewhere = (event) => { if (!node.current.contains(event.target)) close(); };
    for (const name of ["pointerdown", "focusin"]) addEventListener(name, elsewhere);
    return () => { for (const name of ["pointerdown", "focusin"]) removeEventListener(name, elsewhere); };
  }, []);
  const leave = () => { // a hidden entry cannot keep the focus, nor take it back from a dialog
    close();
    node.current.firstElementChild.focus();
  };
  return html`<details class="menu" ref=${node} onClick=${(event) => { if (event.target.closest("button")) leave(); }}
    onKeyDown=${(event) => { if (event.key === "Escape" && node.current.open) { leave(); event.stopPropagation(); } }}>
    <summary class="button" ...${rest}>${button}</summary>
    <div class="sheet">${children}</div>
  </details>`;
}
