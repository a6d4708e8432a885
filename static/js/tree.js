/**
 * The tree of a conversation's messages, and the one path through it that is shown. Pure: no document, no store.
 *
 * Rule of the branch: at each fork the newest sibling is shown, unless the reader chose another one.
 */

/** @typedef {import("./store.js").Message} Message */
/** @typedef {import("./store.js").MessageId} MessageId */
/** @typedef {Record<string, MessageId>} Choices the sibling chosen below each parent; "root" stands for no parent */
/** @typedef {{message: Message, siblings: MessageId[], place: number}} Step `place` counts from 0 */

/**
 * The name of a fork, as choices are kept under it.
 * @param {MessageId | null} parent
 */
export function forkOf(parent) {
  return parent === null ? "root" : String(parent);
}

/**
 * The messages that are shown, from the first one down.
 * @param {Map<MessageId, Message>} messages
 * @param {Choices} choices
 * @returns {Step[]}
 */
export function shownPath(messages, choices) {
  const forks = childrenByFork(messages);
  /** @type {Step[]} */
  const steps = [];
  let siblings = firstSiblings(messages, forks);
  while (siblings && siblings.length) {
    const place = chosenPlace(siblings, choices);
    const message = /** @type {Message} */ (siblings[place]);
    steps.push({ message, siblings: siblings.map((sibling) => sibling.id), place });
    siblings = forks.get(forkOf(message.id));
  }
  return steps;
}

/**
 * @param {Map<MessageId, Message>} messages
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
 * Where the path begins: at the roots, or, while earlier messages are not loaded, above the newest loaded one.
 * @param {Map<MessageId, Message>} messages
 * @param {Map<string, Message[]>} forks
 */
function firstSiblings(messages, forks) {
  const roots = forks.get("root");
  let top = [...messages.values()].sort(byAge).at(-1);
  while (top && top.parent !== null && messages.has(top.parent)) top = messages.get(top.parent);
  if (!top || top.parent === null) return roots;
  return forks.get(forkOf(top.parent));
}

/**
 * @param {Message[]} siblings
 * @param {Choices} choices
 */
function chosenPlace(siblings, choices) {
  const chosen = choices[forkOf(siblings[0]?.parent ?? null)];
  const place = siblings.findIndex((sibling) => sibling.id === chosen);
  return place < 0 ? siblings.length - 1 : place;
}
