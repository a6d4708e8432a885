/** Tool calls that wait for a person: who of this page may decide, and what comes of it. */

import { store } from "../state/store.js";
import { say } from "../words/words.js";
import { ask } from "./actions.js";

/** Start to send what is decided in any answer of the page. */
export function startApprovals() {
  document.addEventListener("parley:decide", (event) => {
    const { target, detail } = /** @type {CustomEvent} */ (event);
    const place = target instanceof Element ? target.closest(".approval") : null;
    if (place instanceof HTMLElement) void decide(place, detail);
  });
}

/**
 * Show the buttons to who may decide, and to others who does.
 *
 * @param {ParentNode} body
 */
export function drawApprovals(body) {
  for (const place of body.querySelectorAll(".approval:not([hidden])")) {
    place.classList.toggle("approval--others", !mayDecide(place.getAttribute("data-deciders") ?? "", Number(place.getAttribute("data-asker"))));
  }
}

/**
 * The server's own rule (chat/commands/tools.py), for what is shown; the server decides.
 *
 * @param {string} deciders
 * @param {number} asker
 */
function mayDecide(deciders, asker) {
  const { role, gone } = store.open;
  if (role === "viewer" || gone) return false;
  if (deciders === "asker") return asker === store.user.id;
  return deciders !== "owners" || role === "owner";
}

/**
 * @param {HTMLElement} place
 * @param {{ place: number, approve: boolean, arguments?: string }} decision
 */
async function decide(place, decision) {
  const message = place.closest("chat-message");
  const run = Number(message?.getAttribute("data-run"));
  const buttons = place.querySelectorAll("button");
  const note = place.querySelector(".approval__note");
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  try {
    await ask({ type: "tool.decide", run, ...decision });
  } catch (refusal) {
    for (const button of buttons) button.removeAttribute("aria-disabled");
    const { message: words } = /** @type {import("./actions.js").Refusal} */ (refusal);
    if (note) note.textContent = words || say("The server did not answer. Try again.");
  }
}
