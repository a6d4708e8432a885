/** Texts that are called by a name after a slash: one's own and the team's, and what is to be filled in of them. */

import { ask } from "./ask.js";

/** @typedef {{id: number, name: string, text: string, team: boolean}} Prompt */

/** `{a few words}` in a prompt. Not across lines: that is somebody's code. */
const BLANK = /\{[^{}\n]{1,60}\}/gu;

/** @type {Prompt[]} as they were last heard of */
let known = [];
let team = false;

/** @returns {Prompt[]} */
export const knownPrompts = () => known;

/** Whether this person makes and changes the team's. */
export const mayChangeTeams = () => team;

/** Ask for them anew. @returns {Promise<Prompt[]>} rejects with a Refusal, like the two below */
export const listPrompts = () => told({ type: "prompt.list" });

/**
 * @param {{name: string, text: string, prompt?: number, team?: boolean}} prompt without `prompt` a new one
 * @returns {Promise<Prompt[]>}
 */
export const savePrompt = (prompt) => told({ type: "prompt.save", ...prompt });

/** @param {number} prompt @returns {Promise<Prompt[]>} */
export const deletePrompt = (prompt) => told({ type: "prompt.delete", prompt });

/**
 * Those whose name begins with `query`, then those that have it elsewhere in it.
 * @param {Prompt[]} prompts
 * @param {string} query
 */
export function matching(prompts, query) {
  const wanted = query.toLocaleLowerCase();
  const placed = prompts.map((prompt) => ({ prompt, at: prompt.name.toLocaleLowerCase().indexOf(wanted) }));
  return placed.filter(({ at }) => at >= 0).sort((a, b) => Math.min(a.at, 1) - Math.min(b.at, 1)).map(({ prompt }) => prompt);
}

/**
 * Where the next thing to fill in stands, from `from` on, or from the beginning.
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
async function told(frame) {
  const answer = await ask(frame);
  known = answer.prompts;
  team = answer.team;
  return known;
}
