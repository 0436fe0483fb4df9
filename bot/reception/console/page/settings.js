// What each person sets for themselves, and the list of shortcuts.

import { html } from "./preact.js";
import { want, wants } from "./alerts.js";
import { Dialog } from "./dialog.js";
import { KEYS } from "./keys.js";
import { change, kept, state } from "./state.js";

function colours(theme) {
  kept.set("desk-theme", theme);
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  change({});
}

function Switch({ name, label, on, turn }) {
  return html`<label class="check"><input type="checkbox" id=${`set-${name}`} checked=${on} onChange=${(event) => turn(event.target.checked)} /> <span>${label}</span></label>`;
}

export function Settings() {
  const { words } = state;
  const theme = document.documentElement.dataset.theme || "";
  return html`<${Dialog} id="settings" title=${words.settings}>
    <div class="stack">
      <label class="choice"><span>${words.colours}</span><select id="theme" value=${theme} onChange=${(event) => colours(event.target.value)}>
        <option value="">${words.coloursAuto}</option><option value="light">${words.coloursLight}</option><option value="dark">${words.coloursDark}</option></select></label>
      <${Switch} name="sound" label=${words.wantSound} on=${wants("sound")} turn=${(on) => want("sound", on)} />
      <${Switch} name="notify" label=${words.wantNotify} on=${wants("notify")} turn=${(on) => want("notify", on)} />
      <p class="soft">${words.notifyHow}</p>
      <${Switch} name="keys" label=${words.wantKeys} on=${kept.get("desk-keys") !== "off"} turn=${(on) => { kept.set("desk-keys", on ? "on" : "off"); change({}); }} />
    </div>
  <//>`;
}

export function Help() {
  const { words } = state;
  const off = kept.get("desk-keys") === "off";
  return html`<${Dialog} id="help" title=${words.shortcuts}>
    ${off && html`<p>${words.shortcutsOff}</p>`}
    <dl class="keys">${KEYS.map(([key, name]) => html`<div><dt><kbd dir="ltr">${key}</kbd></dt><dd>${words[name]}</dd></div>`)}
      <div><dt><kbd dir="ltr">Ctrl+Enter</kbd></dt><dd>${words.send}</dd></div></dl>
  <//>`;
}
