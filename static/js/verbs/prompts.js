/** Texts that are inserted by their name after a slash, personal ones and the team's, and the blanks to fill in. */

import { store } from "../state/store.js";
import { ask } from "./ask.js";

/** @import { FilePart } from "../state/types.js" */
/** @typedef {{id: number, name: string, text: string, team: boolean}} Prompt */
/**
 * What an MCP server offers; the `name` of a resource is its URI, `arguments` are [name, description, required].
 * @typedef {{server: string, server_name: string, kind: "prompt" | "resource", name: string, title: string, description: string, arguments: [string, string, boolean][]}} Offer
 */

/** `{a few words}` in a prompt. Braces across lines are code. */
const BLANK = /\{[^{}\n]{1,60}\}/gu;

/** A program may have to be started first; the server ends its own wait before this. */
const GIVE_SECONDS = 120;

/** @type {Prompt[]} as the server listed them last */
let known = [];
/** @type {Offer[]} */
let offers = [];
let team = false;

/** @returns {Prompt[]} */
export const knownPrompts = () => known;

/** What MCP servers offer. @returns {Offer[]} */
export const knownOffers = () => offers;

/** Whether this person makes and changes the team's. */
export const mayChangeTeams = () => team;

/** Ask for the list again. @returns {Promise<Prompt[]>} rejects with a Refusal, like the two below */
export const listPrompts = () => askForList({ type: "prompt.list" });

/**
 * @param {{name: string, text: string, prompt?: number, team?: boolean}} prompt without `prompt` a new one
 * @returns {Promise<Prompt[]>}
 */
export const savePrompt = (prompt) => askForList({ type: "prompt.save", ...prompt });

/** @param {number} prompt @returns {Promise<Prompt[]>} */
export const deletePrompt = (prompt) => askForList({ type: "prompt.delete", prompt });

/**
 * Those whose name begins with `query`, then those that have it elsewhere in it.
 * @param {Prompt[]} prompts
 * @param {string} query
 */
export function matching(prompts, query) {
  const wanted = query.toLocaleLowerCase();
  const found = prompts.map((prompt) => ({ prompt, at: prompt.name.toLocaleLowerCase().indexOf(wanted) }));
  return found.filter(({ at }) => at >= 0).sort((a, b) => Math.min(a.at, 1) - Math.min(b.at, 1)).map(({ prompt }) => prompt);
}

/**
 * Those that have `query` in their name, or in that of their server.
 * @param {Offer[]} known
 * @param {string} query
 */
export function matchingOffers(known, query) {
  const wanted = query.toLocaleLowerCase();
  return known.filter(({ server, title, name }) => `${server} ${title} ${name}`.toLocaleLowerCase().includes(wanted));
}

/**
 * The text of a server's prompt, or the files of its resource. Rejects with a Refusal.
 * @param {Offer} offer
 * @param {Record<string, string>} values of a prompt's arguments
 * @returns {Promise<{text: string, attachments: FilePart[], notes: string[]}>}
 */
export function takeOffer({ kind, server, name }, values) {
  const conversation = store.open.id ?? null;
  if (kind === "resource") return ask({ type: "server.resource", server, uri: name, conversation }, GIVE_SECONDS);
  return ask({ type: "server.prompt", server, name, values, conversation }, GIVE_SECONDS);
}

/**
 * The range of the next blank, from `from` on, or from the beginning.
 * @param {string} text
 * @param {number} from
 * @returns {[number, number] | null}
 */
export function nextBlank(text, from) {
  const blanks = [...text.matchAll(BLANK)];
  const next = blanks.find((blank) => blank.index >= from) ?? blanks[0];
  return next ? [next.index, next.index + next[0].length] : null;
}

/** @param {Record<string, unknown> & {type: string}} frame */
async function askForList(frame) {
  const answer = await ask(frame);
  known = answer.prompts;
  offers = answer.offers ?? [];
  team = answer.team;
  return known;
}
