/**
 * One line that says what has just happened, and can undo it while it is shown. A newer line replaces an older one.
 * It is shown above the composer, wherever that ends, and over the drawer on a phone.
 */

import { listen } from "../browser/events.js";
import { register } from "../browser/shortcuts.js";
import { say } from "../words/words.js";
import { ChatElement } from "./chat_element.js";
import { find, write } from "./dom.js";

/** Long enough to read it, to understand, and to get there by keyboard. */
const SHOWN_MS = 10_000;
/** Between the line and the composer. */
const MARGIN_PX = 12;

export class ChatToast extends ChatElement {
  /** @type {(() => void) | null} */
  #undo = null;
  #timer = 0;
  /** @type {Element | null} where the focus was before it came to this line */
  #cameFrom = null;

  /** @param {AbortSignal} signal */
  begin(signal) {
    listen("parley:toast", (line) => this.#show(line), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    find(this, ".toast__undo", HTMLButtonElement).addEventListener("click", () => this.#takeBack(), { signal });
    find(this, ".toast__close", HTMLButtonElement).addEventListener("click", () => this.#hide(), { signal });
    this.addEventListener("focusin", (event) => this.#focusCame(event), { signal });
    for (const event of ["pointerenter", "pointerleave", "focusin", "focusout"]) this.addEventListener(event, () => this.#wait(), { signal });
    const dock = document.querySelector(".dock");
    const observer = new ResizeObserver(() => this.#moveAbove());
    if (dock) observer.observe(dock);
    addEventListener("resize", () => this.#moveAbove(), { signal });
    const unregister = register({
      id: "undo",
      label: say("Undo the last action"),
      keys: ["Mod+Z"],
      // In a text field, the same keys undo what was typed.
      when: () => this.#undo !== null && !document.activeElement?.matches("input, textarea, select, [contenteditable]"),
      run: () => this.#takeBack(),
    });
    signal.addEventListener("abort", () => {
      clearTimeout(this.#timer);
      observer.disconnect();
      unregister();
    });
  }

  /** @param {import("../browser/events.js").Events["parley:toast"]} line */
  #show({ text, undo }) {
    this.#undo = undo;
    const button = find(this, ".toast__undo", HTMLButtonElement);
    // The same button now undoes something else, which a person who is about to press it must notice.
    if (this.contains(document.activeElement)) this.#giveBackFocus();
    button.hidden = !undo;
    find(this, ".toast__close", HTMLButtonElement).hidden = false;
    const words = find(this, ".toast__text", HTMLElement);
    write(words, "");
    write(words, text);
    this.#moveAbove();
    this.toggleAttribute("data-shown", true);
    this.#wait();
  }

  /** Stay while the pointer or the focus is on the line, then for a while. */
  #wait() {
    clearTimeout(this.#timer);
    if (!this.hasAttribute("data-shown")) return;
    this.#timer = window.setTimeout(() => {
      if (this.matches(":hover, :focus-within")) this.#wait();
      else this.#hide();
    }, SHOWN_MS);
  }

  #hide() {
    clearTimeout(this.#timer);
    this.#undo = null;
    this.#giveBackFocus();
    this.removeAttribute("data-shown");
    write(find(this, ".toast__text", HTMLElement), "");
    for (const button of this.querySelectorAll("button")) button.hidden = true;
  }

  #takeBack() {
    const undo = this.#undo;
    this.#hide();
    undo?.();
  }

  /** @param {FocusEvent} event */
  #focusCame(event) {
    const from = event.relatedTarget;
    if (from instanceof Element && !this.contains(from)) this.#cameFrom = from;
  }

  #giveBackFocus() {
    if (!this.contains(document.activeElement)) return;
    const back = this.#cameFrom?.isConnected ? this.#cameFrom : document.getElementById("composer-text");
    if (back instanceof HTMLElement) back.focus();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.#hide();
  }

  #moveAbove() {
    const dock = document.querySelector(".dock");
    if (dock) this.style.setProperty("--toast-end", `${Math.max(0, innerHeight - dock.getBoundingClientRect().top) + MARGIN_PX}px`);
  }
}
