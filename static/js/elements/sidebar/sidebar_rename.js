/** Lets a person edit a name of the list in place. */

import { make } from "../dom.js";

/**
 * @param {HTMLElement} box the entry or the heading
 * @param {{label: string, value: string, maxLength: number, save: (name: string) => void}} name
 */
export function renameInPlace(box, { label, value, maxLength, save }) {
  const input = /** @type {HTMLInputElement} */ (make("input", "input listed__rename"));
  Object.assign(input, { type: "text", value, maxLength, autocomplete: "off", spellcheck: false, dir: "auto" });
  input.setAttribute("aria-label", label);
  let isDone = false;
  const done = (/** @type {boolean} */ saves) => {
    if (isDone) return;
    isDone = true;
    const hadFocus = document.activeElement === input;
    const name = input.value.trim();
    input.remove();
    box.removeAttribute("data-renaming");
    if (hadFocus) /** @type {HTMLElement | null} */ (box.querySelector("a, button"))?.focus();
    if (saves && name && name !== value) save(name);
  };
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    done(event.key === "Enter");
  });
  // An entry that moves up in the list takes its field along, which loses the focus for a moment.
  input.addEventListener("blur", () => setTimeout(() => document.activeElement === input || done(true)));
  box.setAttribute("data-renaming", "");
  box.append(input);
  input.focus();
  // The selection goes backwards, so that a long name is seen from its beginning.
  input.setSelectionRange(0, value.length, "backward");
}
