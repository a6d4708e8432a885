/** Tool calls that wait for a person: whether this person may decide, and the sending of what was decided. */

import { listen } from "../browser/events.js";
import { store } from "../state/store.js";
import { ask, reasonOf } from "./ask.js";

/** Start to send the decisions that are made in any answer of the page. */
export function startApprovals() {
  listen("parley:decide", (decision, { target }) => {
    const card = target instanceof Element ? target.closest(".approval") : null;
    if (card instanceof HTMLElement) void decide(card, decision);
  });
}

/** Show the buttons to those who may decide, and to others who decides. @param {ParentNode} body */
export function drawApprovals(body) {
  for (const card of body.querySelectorAll(".approval:not([hidden])")) {
    card.classList.toggle("approval--others", !mayDecide(card.getAttribute("data-deciders") ?? "", Number(card.getAttribute("data-asker"))));
  }
}

/**
 * The same rule as the server's (chat/commands/tools.py), used only for what is shown; the server decides.
 *
 * @param {string} deciders
 * @param {number} asker
 */
function mayDecide(deciders, asker) {
  const { role, gone } = store.open;
  if (role === "viewer" || gone) return false;
  if (deciders === "asker") return asker === store.person.user.id;
  return deciders !== "owners" || role === "owner";
}

/** @param {HTMLElement} card @param {import("../browser/events.js").Events["parley:decide"]} decision */
async function decide(card, decision) {
  const message = card.closest("chat-message");
  const run = Number(message?.getAttribute("data-run"));
  const buttons = card.querySelectorAll("button");
  const note = card.querySelector(".approval__note");
  for (const button of buttons) button.setAttribute("aria-disabled", "true");
  try {
    await ask({ type: "tool.decide", run, ...decision });
  } catch (refusal) {
    for (const button of buttons) button.removeAttribute("aria-disabled");
    if (note) note.textContent = reasonOf(refusal);
  }
}
