/** How a hit of the search looks, wherever it is listed. */

import { say, sayMoment } from "../words/words.js";
import { make } from "./dom.js";

/** @import { Hit, Snippet } from "../verbs/searching.js" */

const DAY_MS = 86_400_000;

/** @param {Hit} hit @returns {HTMLElement[]} its first line and its second */
export function linesOf(hit) {
  const head = make("span", "hit__head");
  const title = make("bdi", "hit__title");
  if (hit.message === null) title.append(...marked(hit.snippet));
  else title.textContent = hit.title || say("New conversation");
  const time = make("time", "hit__time", timeOf(hit.created_at));
  time.dateTime = hit.created_at;
  head.append(title, time);
  if (hit.message === null) return [head];
  const line = make("span", "hit__text");
  line.dir = "auto";
  const who = hit.role === "assistant" ? say("Answer") : hit.author;
  if (who) line.append(make("span", "hit__who", `${who}: `));
  line.append(...marked(hit.snippet));
  return [head, line];
}

/** @param {Hit} hit */
export const addressOf = ({ conversation, message }) => `/c/${conversation}/${message === null ? "" : `#m${message}`}`;

/** @param {Snippet} snippet */
function marked(snippet) {
  return snippet.map(([text, isMatch]) => (isMatch ? make("mark", "hit__mark", text) : document.createTextNode(text)));
}

/** @param {string} iso */
function timeOf(iso) {
  const then = new Date(iso);
  if (Number.isNaN(then.getTime())) return "";
  const now = new Date();
  if (then.toDateString() === now.toDateString()) return sayMoment(then, { hour: "numeric", minute: "2-digit" });
  const sameYear = now.getTime() - then.getTime() < 300 * DAY_MS;
  return sayMoment(then, sameYear ? { day: "numeric", month: "short" } : { month: "short", year: "numeric" });
}
