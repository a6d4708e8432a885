/** The queue above the composer: messages of all members that are sent when the answer is complete. */

import { emit, listen } from "../../browser/events.js";
import { store } from "../../state/store.js";
import { steps } from "../../verbs/actions.js";
import { hurry, sendAgain, takeBack, waiting } from "../../verbs/queue.js";
import { say, sayCount } from "../../words/words.js";
import { ChatElement } from "../chat_element.js";
import { announce, arrange, copyOf, find, isUsable, write } from "../dom.js";

/** @import { Waiting } from "../../verbs/queue.js" */

export class ChatQueue extends ChatElement {
  /** @type {Map<string, HTMLElement>} */
  #rows = new Map();
  /** @type {Waiting[]} */
  #shown = [];

  /** @param {AbortSignal} signal */
  begin(signal) {
    this.addEventListener("click", (event) => this.#click(event), { signal });
    listen("parley:take-back-last", (_, event) => this.#takeBackLast(event), { signal });
    store.on(["queue", "conversation", "connected"], () => this.#draw(), signal);
    this.#draw();
  }

  #draw() {
    const shown = store.open.gone ? [] : waiting();
    const isNew = shown.some(({ client_id, author }) => author.id === store.person.user.id && !this.#rows.has(client_id));
    if (isNew && steps().length) announce(say("Your message will be sent when the answer is complete."));
    const focused = document.activeElement instanceof HTMLElement && this.contains(document.activeElement) ? document.activeElement : null;
    for (const id of this.#rows.keys()) if (!shown.some(({ client_id }) => client_id === id)) this.#rows.delete(id);
    this.#shown = shown;
    this.hidden = !shown.length;
    arrange(find(this, ".queue__list", HTMLElement), shown.map((message, index) => this.#row(message, index)));
    // The button that was pressed may be gone, with its row or alone, but the focus must not be lost.
    if (focused && !isUsable(focused)) document.getElementById("composer-text")?.focus();
  }

  /** @param {Waiting} message @param {number} index */
  #row(message, index) {
    const row = this.#rows.get(message.client_id) ?? find(copyOf("queued-template"), ".queued", HTMLElement);
    this.#rows.set(message.client_id, row);
    row.dataset.id = message.client_id;
    row.classList.toggle("queued--failed", message.error !== null);
    write(find(row, ".queued__text", HTMLElement), message.text || sayCount("{count} file", "{count} files", message.files.length));
    const mine = message.author.id === store.person.user.id;
    write(find(row, ".queued__author", HTMLElement), mine ? "" : message.author.name);
    write(find(row, ".queued__when", HTMLElement), whenOf(message, index));
    const mayWrite = store.open.role !== "viewer";
    find(row, "[data-action=hurry]", HTMLElement).hidden = !mayWrite || index > 0 || !message.stored;
    find(row, "[data-action=again]", HTMLElement).hidden = message.error === null;
    find(row, "[data-action=back]", HTMLElement).hidden = !mayWrite || !mine || !message.free;
    return row;
  }

  /** @param {Event} event */
  #click(event) {
    const action = event.target instanceof Element ? event.target.closest("[data-action]") : null;
    const id = action?.closest(".queued")?.getAttribute("data-id");
    const message = this.#shown.find(({ client_id }) => client_id === id);
    if (!action || !message) return;
    const verbs = { hurry: () => hurry(message), again: () => sendAgain(message.client_id), back: () => this.#takeBack(message) };
    verbs[/** @type {keyof typeof verbs} */ (action.getAttribute("data-action"))]();
  }

  /** Put the text into the composer before it leaves the queue, so that nothing is lost in between. @param {Waiting} message */
  #takeBack(message) {
    emit("parley:write", { text: message.text, files: message.files, until: () => takeBack(message) });
  }

  /** @param {Event} event prevented where there was a message to take back */
  #takeBackLast(event) {
    const last = this.#shown.findLast(({ author }) => author.id === store.person.user.id);
    if (!last || store.open.role === "viewer") return;
    event.preventDefault();
    // A message on its way can be taken back only a moment later; the message before it is not what was meant.
    if (last.free) this.#takeBack(last);
  }
}

/** @param {Waiting} message @param {number} index */
function whenOf({ error, stored, held }, index) {
  if (error !== null) return error;
  if (!stored) return store.connected ? say("Sending …") : say("Will be sent when the connection is back");
  if (index > 0) return say("Will be sent after that");
  return held ? say("On hold: the answer failed") : say("Will be sent when the answer is complete");
}
