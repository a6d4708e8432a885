/** The part of a tool's card in which a person decides whether the call may run. */
import { emit } from "../browser/events.js";
import { escaped, hasUnseen } from "../shared/letters.js";
import { say, sayCount } from "../words/words.js";
import { button, element, label, safeAddress } from "./make.js";

/** @import { Fields } from "./make.js" */

/** It stays empty until somebody has to decide. @returns {{ outer: HTMLElement, set: (fields: Fields) => void }} */
export function approval() {
  const outer = element("div", "approval");
  outer.hidden = true;
  /** @param {Fields} now */
  const set = (now) => {
    const asks = now.status === "waiting" && Number.isSafeInteger(now.index);
    if (asks === !outer.hidden) return;
    // The focus of a person who has just decided moves to the card's head.
    if (!asks && outer.contains(document.activeElement)) outer.parentElement?.querySelector("summary")?.focus();
    outer.hidden = !asks;
    outer.replaceChildren(...(asks ? questionOf(now) : []));
    outer.setAttribute("data-index", asks ? String(now.index) : "");
    outer.setAttribute("data-deciders", String(now.deciders ?? ""));
    outer.setAttribute("data-asker", Number.isSafeInteger(now.asker?.id) ? String(now.asker.id) : "");
  };
  return { outer, set };
}

/** @param {Fields} fields */
function questionOf({ name, mayEdit, warning, arguments: written, asker, deciders }) {
  const words = element("p", "approval__words");
  words.append(label("span", "", say("Allow the model to run this tool?")));
  if (warning) words.append(" ", label("strong", "approval__warning", say("The server stopped while the tool was running: its effect may have happened already.")));
  const { hosts, isClear } = contentOf(String(written ?? ""));
  if (!isClear) words.append(" ", label("strong", "approval__warning", unseenWords()));
  const asked = [...hosts].map(([host, count]) => label("p", "approval__host", addressWords(host, count)));
  const buttons = element("div", "approval__buttons");
  const approve = button("approve", "button button--primary approval__approve", say("Run {tool}", { tool: String(name ?? "") }));
  buttons.append(approve, button("decline", "button", say("Decline")));
  const parts = [words, ...asked];
  if (mayEdit) {
    buttons.append(button("change", "button button--quiet approval__change", say("Edit the arguments")));
    const text = /** @type {HTMLTextAreaElement} */ (element("textarea", "input approval__arguments", "ltr"));
    text.defaultValue = pretty(String(written ?? ""));
    text.spellcheck = false;
    text.hidden = true;
    text.setAttribute("aria-label", say("Arguments"));
    parts.push(text);
  }
  const others = deciders === "asker" ? say("{name} decides.", { name: String(asker?.name ?? say("former member")) }) : say("An owner of this conversation decides.");
  parts.push(buttons, label("p", "approval__others", others), label("p", "approval__note", ""));
  parts.at(-1)?.setAttribute("role", "status");
  return parts;
}

/**
 * What the two buttons do: the page sends the decision, and says in `.approval__note` when it was refused.
 *
 * @param {HTMLElement} pressed
 * @param {boolean} approve
 */
export function decide(pressed, approve) {
  const box = pressed.closest(".approval");
  const text = box?.querySelector("textarea");
  const changed = approve && text && !text.hidden && text.value !== text.defaultValue ? { arguments: text.value } : {};
  const detail = { index: Number(box?.getAttribute("data-index")), approve, ...changed };
  emit("parley:decide", detail, pressed);
}

/** @param {HTMLElement} pressed */
export function change(pressed) {
  const text = pressed.closest(".approval")?.querySelector("textarea");
  if (!text) return;
  text.hidden = !text.hidden;
  pressed.textContent = text.hidden ? say("Edit the arguments") : say("Keep the original arguments");
  if (!text.hidden) text.focus();
}

/** What is said where a tool gets or gives letters that nobody can see. */
export const unseenWords = () => say("This contains invisible characters, shown here by number, such as ⟨U+200B⟩. They may hide text.");

/** @param {string} host @param {number} count */
function addressWords(host, count) {
  return sayCount("Asks {host}, and sends it {count} character of path and query.", "Asks {host}, and sends it {count} characters of path and query.", count, { host });
}

/**
 * What a call would send: each host whose address is among the arguments, as a browser reads it, with the characters after
 * the host; and whether every character can be seen.
 *
 * @param {string} json
 */
function contentOf(json) {
  /** @type {Map<string, number>} */
  const hosts = new Map();
  let isClear = !hasUnseen(json);
  const look = (/** @type {string} */ name, /** @type {unknown} */ value) => {
    isClear &&= !hasUnseen(name) && !(typeof value === "string" && hasUnseen(value));
    const address = typeof value === "string" && /^\s*https?:/i.test(value) ? safeAddress(value) : null;
    if (address) hosts.set(address.host, (hosts.get(address.host) ?? 0) + address.pathname.length + address.search.length);
    return value;
  };
  try {
    JSON.parse(json, look);
  } catch {
    // Not JSON: the letters were looked at, and the tool will refuse it.
  }
  return { hosts, isClear };
}

/** @param {string} json */
function pretty(json) {
  try {
    return escaped(JSON.stringify(JSON.parse(json), null, 2));
  } catch {
    return json;
  }
}
