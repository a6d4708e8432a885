/**
 * The tree of a conversation's messages, and the one path through it that is shown. Pure: no document, no store.
 *
 * Rule of the branch: at each fork the newest sibling is shown, unless the reader chose another one. A person who opens a
 * conversation is led to what was written last (`neededTo`), whichever branch that is on.
 */

/** @import { Chosen, Gap, Island, Message, MessageId, Step } from "./types.js" */

/** The name of a fork, which is the key of its chosen sibling. @param {MessageId | null} parent */
export function forkOf(parent) {
  return parent === null ? "root" : String(parent);
}

/** @type {Island} */
const WHOLE = { gap: null, anchor: null };

/**
 * The messages that are shown, from the first one down.
 * @param {ReadonlyMap<MessageId, Message>} messages
 * @param {Chosen} chosen
 * @param {Island} [island]
 * @returns {Step[]}
 */
export function shownPath(messages, chosen, { gap, anchor } = WHOLE) {
  const forks = childrenByFork(messages);
  /** @type {Step[]} */
  const steps = [];
  let siblings = firstSiblings(messages, forks, anchor);
  let overGap = false;
  while (siblings && siblings.length) {
    const version = chosenVersion(siblings, chosen);
    const message = /** @type {Message} */ (siblings[version]);
    steps.push({ message, siblings: siblings.map((sibling) => sibling.id), version, gap: overGap });
    siblings = forks.get(forkOf(message.id));
    const beyond = gap?.after === message.id ? messages.get(gap.before) : undefined;
    overGap = beyond !== undefined;
    if (beyond) siblings = forks.get(forkOf(beyond.parent));
  }
  return steps;
}

/**
 * The siblings to be chosen on the way to a message, as far up as messages are loaded.
 * @param {ReadonlyMap<MessageId, Message>} messages
 * @param {MessageId} id
 * @returns {Chosen}
 */
export function chosenTo(messages, id) {
  const forks = childrenByFork(messages);
  /** @type {Chosen} */
  const chosen = {};
  for (let step = messages.get(id); step; step = step.parent === null ? undefined : messages.get(step.parent)) {
    const fork = forkOf(step.parent);
    if ((forks.get(fork)?.length ?? 0) > 1) chosen[fork] = step.id;
  }
  return chosen;
}

/**
 * The part of `chosenTo` without which the path would not go there: the forks that have a newer sibling.
 * @param {ReadonlyMap<MessageId, Message>} messages
 * @param {MessageId} id
 * @returns {Chosen}
 */
export function neededTo(messages, id) {
  const forks = childrenByFork(messages);
  return Object.fromEntries(Object.entries(chosenTo(messages, id)).filter(([fork, child]) => forks.get(fork)?.at(-1)?.id !== child));
}

/**
 * What is left of a gap now that more messages are loaded; null when it is closed.
 * @param {Gap} gap
 * @param {ReadonlyMap<MessageId, Message>} messages
 * @param {Chosen} chosen
 * @returns {Gap | null}
 */
export function narrowGap({ after, before }, messages, chosen) {
  const forks = childrenByFork(messages);
  let last = after;
  for (let siblings = forks.get(forkOf(last)); siblings; siblings = forks.get(forkOf(last))) {
    const next = siblings[chosenVersion(siblings, chosen)]?.id;
    if (next === before) return null;
    if (typeof next !== "number" || next > before) break;
    last = next;
  }
  let first = before;
  for (let parent = messages.get(first)?.parent; typeof parent === "number" && messages.has(parent); parent = messages.get(parent)?.parent) {
    if (parent === last) return null;
    first = parent;
  }
  return { after: last, before: first };
}

/**
 * @param {ReadonlyMap<MessageId, Message>} messages
 * @returns {Map<string, Message[]>} siblings in the order in which they were made
 */
function childrenByFork(messages) {
  /** @type {Map<string, Message[]>} */
  const forks = new Map();
  for (const message of [...messages.values()].sort(byAge)) {
    const fork = forkOf(message.parent);
    const siblings = forks.get(fork);
    if (siblings) siblings.push(message);
    else forks.set(fork, [message]);
  }
  return forks;
}

/**
 * Stored messages by their number, those on their way after them. One that was refused comes first: it is shown where
 * nothing was written since, and hides nothing that was.
 * @param {Message} a
 * @param {Message} b
 */
function byAge(a, b) {
  const refused = Number(Boolean(b.pending?.error)) - Number(Boolean(a.pending?.error));
  if (refused) return refused;
  if (typeof a.id === "number" && typeof b.id === "number") return a.id - b.id;
  if (typeof a.id === "number") return -1;
  return typeof b.id === "number" ? 1 : 0;
}

/**
 * Where the path begins: at the roots, or, while earlier messages are not loaded, above the anchor or the newest loaded one.
 * @param {ReadonlyMap<MessageId, Message>} messages
 * @param {Map<string, Message[]>} forks
 * @param {MessageId | null} anchor
 */
function firstSiblings(messages, forks, anchor) {
  const roots = forks.get("root");
  let top = (anchor !== null && messages.get(anchor)) || [...messages.values()].sort(byAge).at(-1);
  while (top && top.parent !== null && messages.has(top.parent)) top = messages.get(top.parent);
  if (!top || top.parent === null) return roots;
  return forks.get(forkOf(top.parent));
}

/** @param {Message[]} siblings @param {Chosen} chosen */
function chosenVersion(siblings, chosen) {
  const id = chosen[forkOf(siblings[0]?.parent ?? null)];
  const version = siblings.findIndex((sibling) => sibling.id === id);
  return version < 0 ? siblings.length - 1 : version;
}
