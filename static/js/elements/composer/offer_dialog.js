/** Asks for the arguments of a prompt that an MCP server offers. */

import { say } from "../../words/words.js";
import { copyOf, find, make, write } from "../dom.js";

/** @import { Offer } from "../../verbs/prompts.js" */

/** @param {Offer} offer @returns {Promise<Record<string, string> | null>} null where the person gave up */
export function askForValues(offer) {
  const dialog = find(copyOf("offer-template"), "dialog", HTMLDialogElement);
  const form = find(dialog, "form", HTMLFormElement);
  write(find(dialog, "h2", HTMLElement), offer.title);
  write(find(dialog, ".offer__about", HTMLElement), [offer.description, offer.server_name].filter(Boolean).join(" · "));
  find(dialog, ".offer__fields", HTMLElement).append(...offer.arguments.map(field));
  document.body.append(dialog);
  return new Promise((resolve) => {
    /** @type {Record<string, string> | null} */
    let values = null;
    form.addEventListener("submit", () => {
      values = Object.fromEntries([...new FormData(form)].flatMap(([name, value]) => (value ? [[name, String(value)]] : [])));
    });
    dialog.addEventListener("click", ({ target }) => {
      if (target === dialog || (target instanceof Element && target.closest("[data-action=close]"))) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(values);
    });
    dialog.showModal();
    dialog.querySelector("input")?.focus();
  });
}

/** @param {[string, string, boolean]} argument */
function field([name, description, required]) {
  const label = make("label", "options__field");
  const input = /** @type {HTMLInputElement} */ (make("input", "input"));
  input.name = name;
  input.required = required;
  input.maxLength = 20_000;
  input.dir = "auto";
  input.autocomplete = "off";
  const about = [description, required ? "" : say("optional")].filter(Boolean).join(" · ");
  label.append(make("span", "options__label", name), make("span", "options__help", about), input);
  return label;
}
