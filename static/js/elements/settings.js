/** What a person chooses once: appearance, language, how to send, keys. Each choice takes effect at once, on all their devices. */

import { store } from "../state/store.js";
import { reasonOf } from "../verbs/ask.js";
import { prefer } from "../verbs/preferences.js";
import { say } from "../words/words.js";
import { makeDialog } from "./dialog.js";
import { make, write } from "./dom.js";
import { showSheet } from "./shortcut_sheet.js";

/** @import { Preferences } from "../state/types.js" */

export function showSettings() {
  const dialog = makeDialog("settings", say("Settings"));
  const note = make("p", "settings__note");
  note.setAttribute("role", "status");
  const save = (/** @type {Preferences} */ given) => saveOrExplain(given, note);
  dialog.append(
    radios(say("Appearance"), "theme", store.person.preferences.theme ?? document.documentElement.dataset.theme ?? "", [["", say("Same as system")], ["light", say("Light")], ["dark", say("Dark")]], save),
    radios(say("Send messages with"), "send_with", store.person.preferences.send_with ?? "", [["", say("Enter, except on a phone")], ["Enter", say("Enter")], ["Mod+Enter", say("Ctrl/⌘ + Enter")]], save),
    languages(save),
    keys(dialog),
    note,
  );
  document.body.append(dialog);
  dialog.showModal();
}

/** @param {Preferences} given @param {HTMLElement} note */
async function saveOrExplain(given, note) {
  try {
    await prefer(given);
    // The page was loaded with the sentences of one language.
    if (given.language !== undefined) location.reload();
    write(note, "");
  } catch (refusal) {
    write(note, reasonOf(refusal));
  }
}

/**
 * @param {string} legend
 * @param {"theme" | "send_with"} name
 * @param {string} current
 * @param {[string, string][]} options
 * @param {(given: Preferences) => void} save
 */
function radios(legend, name, current, options, save) {
  const set = make("fieldset", "settings__row");
  set.append(make("legend", "settings__label", legend));
  const box = make("div", "settings__choices appearance");
  for (const [value, words] of options) {
    const label = make("label", "appearance__choice");
    const input = make("input", "");
    Object.assign(input, { type: "radio", name: `settings-${name}`, value, checked: value === current });
    input.addEventListener("change", () => save({ [name]: value }));
    label.append(input, make("span", "", words));
    box.append(label);
  }
  set.append(box);
  return set;
}

/** @param {(given: Preferences) => void} save */
function languages(save) {
  const row = make("label", "settings__row");
  const select = make("select", "input");
  const known = /** @type {[string, string][]} */ (JSON.parse(document.getElementById("page-languages")?.textContent ?? "[]"));
  for (const [code, name] of /** @type {[string, string][]} */ ([["", say("Same as browser")], ...known])) select.append(new Option(name, code));
  select.value = store.person.preferences.language ?? "";
  select.addEventListener("change", () => save({ language: select.value }));
  row.append(make("span", "settings__label", say("Language")), select);
  return row;
}

/** @param {HTMLDialogElement} dialog */
function keys(dialog) {
  const row = make("div", "settings__row");
  const button = make("button", "button", say("Customize"));
  button.type = "button";
  button.addEventListener("click", () => {
    dialog.close();
    showSheet();
  });
  row.append(make("span", "settings__label", say("Keyboard shortcuts")), button);
  return row;
}
