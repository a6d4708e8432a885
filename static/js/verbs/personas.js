/** Personas: a system prompt with options, tools and perhaps a model, under a name; personal ones and the team's. */

import { link } from "../link/link.js";
import { store } from "../state/store.js";
import { chooseOptions } from "./actions.js";
import { ask } from "./ask.js";

/** @import { Options } from "../state/types.js" */
/** @typedef {{id: number, name: string, team: boolean, version: number, upstream: string, model: string, options: Options}} Persona */

/** @type {Persona[]} as the server listed them last */
let known = [];
/** @type {string[]} the tools that models may use */
let tools = [];
/** @type {{max: number, leftOut: string[]}} how many tools a model is told of, and those of which it is not where all are wanted */
let room = { max: 128, leftOut: [] };
let team = false;

/** @returns {Persona[]} */
export const knownPersonas = () => known;

export const knownTools = () => tools;

export const roomForTools = () => room;

/** Whether this person makes and changes the team's. */
export const mayChangeTeams = () => team;

/** @param {Persona} persona */
export const mayChange = (persona) => !persona.team || team;

/** Ask for the list again. Rejects with a Refusal, like the two below. */
export const listPersonas = () => askForList({ type: "persona.list" });

/** @param {{name: string, options: Options, persona?: number, upstream?: string, model?: string, team?: boolean}} persona without `persona` a new one */
export const savePersona = (persona) => askForList({ type: "persona.save", ...persona });

/** @param {number} persona */
export const deletePersona = (persona) => askForList({ type: "persona.delete", persona });

/** From now on this persona answers in the open conversation. @param {Persona | null} persona */
export function choosePersona(persona) {
  const { id } = store.open;
  if (!persona && !id) return chooseOptions({});
  const model = persona?.model ? { upstream: persona.upstream, model: persona.model } : null;
  store.conversation.setPersona(persona && { id: persona.id, name: persona.name, version: persona.version }, persona?.options ?? {}, model);
  if (id) link.send({ type: "conversation.persona", conversation: id, persona: persona?.id ?? null });
}

/** The same options, whatever the order of their names. @param {Options} a @param {Options} b */
export function sameOptions(a, b) {
  const sorted = (/** @type {Options} */ options) => JSON.stringify(Object.entries(options).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
}

/** @param {Record<string, unknown> & {type: string}} frame */
async function askForList(frame) {
  const answer = await ask(frame);
  known = answer.personas;
  tools = answer.tools;
  room = { max: answer.max_tools ?? room.max, leftOut: answer.left_out ?? [] };
  team = answer.team;
  return known;
}
