/** Shows a picture as large as the window: arrows lead to the conversation's others, Escape closes it. It is loaded at its first use. */

import { say } from "../../words/words.js";
import { announce, copyOf, find, write } from "../dom.js";

/** @type {HTMLDialogElement | null} */
let dialog = null;
/** @type {HTMLAnchorElement[]} */
let pictures = [];
let index = 0;

/** @param {HTMLAnchorElement} picture the thumbnail that was chosen */
export function view(picture) {
  dialog ??= build();
  pictures = [...document.querySelectorAll("a.picture")].filter((node) => node instanceof HTMLAnchorElement);
  show(Math.max(0, pictures.indexOf(picture)));
  dialog.showModal();
}

function build() {
  const made = find(copyOf("viewer-template"), ".viewer", HTMLDialogElement);
  document.body.append(made);
  made.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const action = button?.getAttribute("data-action");
    if (action === "before") show(index - 1);
    else if (action === "after") show(index + 1);
    else if (action !== "save") made.close();
  });
  made.addEventListener("keydown", (event) => {
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowRight: 1 });
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    show(index + (document.dir === "rtl" ? -step : step));
  });
  made.addEventListener("close", () => {
    find(made, "img", HTMLImageElement).removeAttribute("src");
    pictures[index]?.focus();
  });
  return made;
}

/** @param {number} wanted */
function show(wanted) {
  const picture = pictures[wanted];
  if (!dialog || !picture) return;
  index = wanted;
  const name = find(picture, "img", HTMLImageElement).alt;
  const image = find(dialog, "img", HTMLImageElement);
  image.alt = name;
  image.src = picture.href;
  write(find(dialog, ".viewer__name", HTMLElement), name);
  dialog.setAttribute("aria-label", name);
  const save = find(dialog, "[data-action=save]", HTMLAnchorElement);
  save.href = picture.href;
  save.download = name;
  const before = find(dialog, "[data-action=before]", HTMLButtonElement);
  const after = find(dialog, "[data-action=after]", HTMLButtonElement);
  before.hidden = after.hidden = pictures.length < 2;
  before.disabled = index === 0;
  after.disabled = index === pictures.length - 1;
  if (dialog.open) announce(say("Picture {place} of {count}: {name}", { place: index + 1, count: pictures.length, name }));
}
