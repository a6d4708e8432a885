/** The cards of an answer's parts: what the model thought, which tools it called, where it broke off. */
import { say, sayDuration, sayNumber } from "../words/words.js";
import { approval, unseenWords } from "./approval.js";
import { boxed, element, label } from "./make.js";

/** @import { Fields, Made } from "./make.js" */

/** @param {Fields} fields @returns {Made} */
export function reasoning(fields) {
  const outer = element("details", "reasoning");
  const summary = element("summary", "reasoning__summary");
  const inner = element("div", "reasoning__text", "auto");
  const peeked = element("bdi", "reasoning__peek");
  const words = element("span", "reasoning__label");
  summary.append(words, peeked);
  outer.append(summary, inner);
  /** @param {Fields} now */
  const set = ({ thinking, seconds, hidden, peek }) => {
    outer.classList.toggle("reasoning--thinking", Boolean(thinking));
    words.textContent = thinkingWords(Boolean(thinking), seconds, Boolean(hidden));
    peeked.textContent = String(peek ?? "");
  };
  set(fields);
  return { outer, inner, set };
}

/**
 * @param {boolean} thinking
 * @param {unknown} seconds
 * @param {boolean} hidden
 */
function thinkingWords(thinking, seconds, hidden) {
  if (thinking) return say("Thinking");
  if (typeof seconds !== "number" || !(seconds >= 0)) return hidden ? say("Thought (not disclosed by the provider)") : say("Thought");
  const time = sayDuration(Math.max(1, Math.round(seconds)));
  return hidden ? say("Thought for {time} (not disclosed by the provider)", { time }) : say("Thought for {time}", { time });
}

/**
 * What a card says of its call.
 *
 * @param {unknown} status
 * @param {string} by the person who decided about it
 * @param {boolean} elsewhere whether the model's provider ran it
 */
function statusWords(status, by, elsewhere) {
  if (elsewhere && status === "done") return say("done by the provider");
  if (elsewhere && status === "failed") return say("failed at the provider");
  switch (status) {
    case "calling":
      return say("preparing");
    case "running":
      return say("running");
    case "waiting":
      return say("waiting for approval");
    case "done":
      return by ? say("done, approved by {name}", { name: by }) : say("done");
    case "failed":
      return say("failed");
    case "declined":
      return by ? say("declined by {name}", { name: by }) : say("declined");
    case "expired":
      return say("expired");
    case "unanswered":
      return say("not run");
    default:
      return "";
  }
}

/** @param {Fields} fields @returns {Made} */
export function tool(fields) {
  const outer = element("section", "tool-card");
  const details = /** @type {HTMLDetailsElement} */ (element("details", "tool-card__details"));
  const head = element("summary", "tool-card__head");
  const name = element("bdi", "tool-card__name");
  const status = element("span", "tool-card__status");
  const inner = element("div", "tool-card__body");
  const ask = approval();
  head.append(name, status);
  details.append(head, inner);
  outer.append(details, ask.outer);
  details.open = Boolean(fields.open);
  /** @param {Fields} now */
  const set = (now) => {
    if (typeof now.name === "string") name.textContent = now.name;
    const words = statusWords(now.status, typeof now.by === "string" ? now.by : "", Boolean(now.elsewhere));
    if (!words) return;
    status.textContent = words;
    outer.className = `tool-card tool-card--${now.status}`;
    ask.set(now);
  };
  set(fields);
  return { outer, inner, set };
}

/** @returns {Made} */
export const toolArguments = () => boxed("tool-card__arguments");

/** @param {Fields} fields @returns {Made} */
export const toolResult = ({ error }) => boxed(error ? "tool-card__result tool-card__result--error" : "tool-card__result");

/** @param {Fields} fields @returns {Made} what is too long to be shown at once */
export function toolRest({ count }) {
  const outer = element("details", "tool-card__rest");
  const { outer: box, inner } = boxed("tool-card__result");
  outer.append(label("summary", "tool-card__more", say("Show {count} more characters", { count: sayNumber(Number(count)) })), box);
  return { outer, inner };
}

/** @returns {Made} the warning below a result */
export const unseen = () => ({ outer: label("p", "tool-card__unseen", unseenWords()) });

/** @param {Fields} fields @returns {Made} where a broken answer goes on */
export function seam({ note, why, attempt, of }) {
  const words = typeof note === "string" ? note : seamWords(why, Number(attempt), Number(of));
  return { outer: label("p", "seam", words) };
}

/**
 * @param {unknown} why
 * @param {number} attempt
 * @param {number} of
 */
function seamWords(why, attempt, of) {
  if (why === "") return say("Continued");
  const restarted = why === "the server restarted";
  if (!Number.isInteger(attempt) || !Number.isInteger(of)) {
    return restarted ? say("The server restarted, continued") : say("Connection lost, continued");
  }
  return restarted
    ? say("The server restarted, continued ({attempt} of {of})", { attempt, of })
    : say("Connection lost, continued ({attempt} of {of})", { attempt, of });
}

/** @param {Fields} fields @returns {Made} */
export function unknown({ type }) {
  return { outer: label("p", "seam", say("Unknown part: {type}", { type: String(type ?? "") })) };
}
