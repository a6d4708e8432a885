/** The dialog with every shortcut of the page, in which a person gives them other keys. */

import { shownKeys, whyReserved } from "../browser/keys.js";
import { holderOf, keysFor, keysOf, shortcuts } from "../browser/shortcuts.js";
import { store } from "../state/store.js";
import { reasonOf } from "../verbs/ask.js";
import { prefer } from "../verbs/preferences.js";
import { say } from "../words/words.js";
import { keyboard, makeDialog } from "./dialog.js";
import { find, make, write } from "./dom.js";

/** @import { Shortcut } from "../browser/shortcuts.js" */

export function showSheet() {
  const dialog = makeDialog("sheet", say("Keyboard shortcuts"));
  const note = make("p", "sheet__note", say("Select a shortcut to change it."));
  note.setAttribute("role", "status");
  const body = make("div", "sheet__body");
  const reset = make("button", "button button--quiet", say("Reset to defaults"));
  reset.type = "button";
  dialog.append(note, body, reset);
  const sheet = new Sheet(dialog, body, note, reset);
  const ending = new AbortController();
  store.on("preferences", () => sheet.draw(), ending.signal);
  dialog.addEventListener("close", () => ending.abort());
  document.body.append(dialog);
  dialog.showModal();
}

class Sheet {
  /** @type {string | null} the shortcut that waits for its keys */
  #waiting = null;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {HTMLElement} body
   * @param {HTMLElement} note
   * @param {HTMLButtonElement} reset
   */
  constructor(dialog, body, note, reset) {
    this.body = body;
    this.note = note;
    this.reset = reset;
    body.addEventListener("click", (event) => this.#click(event));
    dialog.addEventListener("keydown", (event) => this.#key(event));
    dialog.addEventListener("cancel", (event) => {
      if (this.#waiting === null) return;
      event.preventDefault();
      this.#stopWaiting();
    });
    reset.addEventListener("click", () => {
      this.#save({}, say("All shortcuts are back to their defaults."));
      find(this.body, "button", HTMLButtonElement).focus();
    });
    this.draw();
  }

  draw() {
    const focusedId = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.id : undefined;
    const groups = grouped(shortcuts());
    this.body.replaceChildren(...[...groups].map(([name, members]) => {
      const group = make("section", "sheet__group");
      group.append(make("h3", "sheet__name", name), ...members.map((shortcut) => this.#row(shortcut)));
      return group;
    }));
    this.reset.hidden = Object.keys(store.person.preferences.shortcuts ?? {}).length === 0;
    if (focusedId) this.#button(focusedId)?.focus();
  }

  /** @param {Shortcut} shortcut */
  #row(shortcut) {
    const row = make("button", "sheet__row");
    row.type = "button";
    row.dataset.id = shortcut.id;
    const keys = keysFor(shortcut);
    const shown = make("span", "sheet__keys");
    if (this.#waiting === shortcut.id) shown.append(make("span", "sheet__press", say("Press keys …")));
    else if (keys.length) shown.append(...keys.map((each) => keyboard(each, shownKeys(each))));
    else shown.append(make("span", "sheet__none", say("none")));
    row.append(make("span", "sheet__label", shortcut.label), shown);
    row.classList.toggle("sheet__row--changed", Object.hasOwn(store.person.preferences.shortcuts ?? {}, shortcut.id));
    return row;
  }

  /** @param {string} id */
  #button(id) {
    return /** @type {HTMLButtonElement | undefined} */ ([...this.body.querySelectorAll("button")].find((button) => button.dataset.id === id));
  }

  /** @param {Event} event */
  #click(event) {
    const row = event.target instanceof Element ? event.target.closest(".sheet__row") : null;
    if (!(row instanceof HTMLElement)) return;
    this.#waiting = row.dataset.id ?? null;
    write(this.note, say("Press the keys that you want. Backspace removes the shortcut, Escape cancels."));
    this.draw();
  }

  #stopWaiting() {
    this.#waiting = null;
    write(this.note, say("Select a shortcut to change it."));
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const id = this.#waiting;
    if (id === null || event.isComposing) return;
    const keys = keysOf(event);
    if (keys === "Tab" || keys === "Shift+Tab") return this.#stopWaiting();
    event.preventDefault();
    event.stopPropagation();
    if (!keys) return;
    if (keys === "Escape") return this.#stopWaiting();
    if (keys === "Backspace" || keys === "Delete") return this.#give(id, []);
    const refused = whyReserved(keys);
    const holder = holderOf(keys, id);
    if (refused) write(this.note, refused);
    else if (holder) write(this.note, say("{keys} is already used: {label}. Press other keys, or change that shortcut first.", { keys: shownKeys(keys).join(" "), label: holder.label }));
    else this.#give(id, [keys]);
  }

  /** @param {string} id @param {string[]} keys */
  #give(id, keys) {
    const usual = shortcuts().find((shortcut) => shortcut.id === id)?.keys ?? [];
    const others = Object.entries(store.person.preferences.shortcuts ?? {}).filter(([other]) => other !== id);
    this.#waiting = null;
    const chosen = Object.fromEntries(usual.join(" ") === keys.join(" ") ? others : [...others, [id, keys]]);
    this.#save(chosen, keys.length ? say("Saved: {keys}", { keys: shownKeys(keys[0] ?? "").join(" ") }) : say("Shortcut removed."));
  }

  /** @param {Record<string, string[]>} chosen @param {string} done */
  #save(chosen, done) {
    write(this.note, done);
    prefer({ shortcuts: chosen }).catch((refusal) => write(this.note, reasonOf(refusal)));
  }
}

/** @param {Shortcut} shortcut */
function groupOf({ id }) {
  const [room] = id.split(".");
  if (room === "conversation" || room === "model" || room === "drawer" || room === "find") return say("Conversations");
  if (room === "message" || room === "thread" || room === "answer") return say("Messages");
  if (room === "theme" || room === "settings" || room === "signout") return say("This page");
  return say("General");
}

/** @param {Shortcut[]} all */
function grouped(all) {
  /** @type {Map<string, Shortcut[]>} */
  const groups = new Map();
  for (const shortcut of all) groups.set(groupOf(shortcut), [...(groups.get(groupOf(shortcut)) ?? []), shortcut]);
  return groups;
}
