/** Texts that are inserted by their name after a slash, personal ones and the team's, and the blanks to fill in. */

import { ask } from "./ask.js";

/** @typedef {{id: number, name: string, text: string, team: boolean}} Prompt */

/** `{a few words}` in a prompt. Braces across lines are code. */
const BLANK = /\{[^{}\n]{1,60}\}/gu;

/** @type {Prompt[]} as the server listed them last */
let known = [];
let team = false;

/** @returns {Prompt[]} */
export const knownPrompts = () => known;

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
  team = answer.team;
  return known;
}
