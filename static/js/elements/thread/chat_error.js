/** Says why an answer ended early or never came, whether the text is safe, and offers the one next step. */

import { emit } from "../../browser/events.js";
import { isLive, textOf } from "../../state/messages.js";
import { store } from "../../state/store.js";
import { resume, retry, sendPending } from "../../verbs/actions.js";
import { go } from "../../verbs/navigation.js";
import { sayRunError } from "../../words/run_error.js";
import { say } from "../../words/words.js";
import { copyOf, find, hide, write } from "../dom.js";

/** @import { Message } from "../../state/types.js" */
/** @typedef {{step: string, act: () => void, again?: boolean}} Step the next thing to do; `again` where that is a retry */
/** @typedef {{what: string, saved: string, mild: boolean} & Step} Fault */

export class ChatError extends HTMLElement {
  #act = () => {};

  /** @param {Message} message */
  show(message) {
    const fault = faultOf(message);
    hide(this, !fault);
    if (!fault) return;
    if (!this.firstElementChild) this.#build();
    this.classList.toggle("fault--mild", fault.mild);
    write(find(this, ".fault__what", HTMLElement), fault.what);
    write(find(this, ".fault__kept", HTMLElement), fault.saved);
    const step = find(this, ".fault__step", HTMLButtonElement);
    hide(step, !fault.step || store.open.role === "viewer" || store.open.gone);
    write(step, fault.step);
    this.#act = fault.act;
  }

  #build() {
    this.append(copyOf("fault-template"));
    find(this, ".fault__step", HTMLButtonElement).addEventListener("click", () => this.#act());
  }
}

/** @param {Message} message @returns {Fault | null} null where nothing went wrong */
export function faultOf(message) {
  const { pending, run } = message;
  if (pending?.error) {
    const clientId = message.client_id ?? "";
    return { what: say(pending.error), saved: say("Not sent. Your text is kept here."), step: say("Send again"), act: () => sendPending(clientId), mild: false };
  }
  if (!run || isLive(run)) return null;
  const hasText = textOf(message) !== "" || message.parts.some((part) => part.type === "reasoning");
  const saved = hasText ? say("The text so far is saved.") : say("Your message is saved.");
  const again = { step: say("Try again"), act: () => retry(message), again: true };
  const onward = hasText ? { step: say("Continue"), act: () => resume(message) } : again;
  const request = run.error?.request_id ? ` ${say("Request {id}", { id: run.error.request_id })}` : "";
  switch (run.status) {
    case "failed":
      return { what: wordsOf(run) || say("No answer came."), saved: saved + request, mild: false, ...stepFor(run.error?.code, onward) };
    case "interrupted":
      return { what: wordsOf(run) || say("The answer broke off."), saved: saved + request, mild: false, ...onward };
    case "stopped":
      return { what: hasText ? say("Stopped. The text so far is saved.") : say("Stopped before the first word."), saved: "", mild: true, ...onward };
    case "done":
      return endOf(run.finish_reason ?? "", saved, onward, again);
    default:
      return null;
  }
}

/** @param {import("../../state/types.js").Run} run */
const wordsOf = ({ error }) => (error?.message ? sayRunError(error) : "");

/** @param {string | undefined} code @param {Step} otherwise */
function stepFor(code, otherwise) {
  if (code === "context_too_long") return { step: say("New conversation"), act: () => go(null) };
  if (code === "not_found" || code === "no_model") {
    return { step: say("Choose a model"), act: () => void emit("parley:choose-model", null) };
  }
  if (code === "option_refused") {
    return { step: say("Change the options"), act: () => void emit("parley:options", null) };
  }
  return otherwise;
}

/**
 * What to say about a finish that the model did not choose.
 * @param {string} reason
 * @param {string} saved
 * @param {Step} onward
 * @param {Step} again
 * @returns {Fault | null}
 */
function endOf(reason, saved, onward, again) {
  if (reason === "length") return { what: say("Stopped at the length limit."), saved, mild: true, ...onward };
  if (reason === "content_filter") return { what: say("The provider's content filter ended the answer."), saved, mild: true, ...again };
  if (reason === "refusal") return { what: say("The model declined to answer."), saved: "", mild: true, ...again };
  return null;
}
