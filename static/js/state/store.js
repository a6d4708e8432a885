/**
 * What the page knows: one owner, told by frames and by the person, read by the elements.
 * It must not know the document or the link.
 */

import { isLive } from "./messages.js";
import { choicesTo, forkOf, narrowed, shownPath, waysTo } from "./tree.js";

/** @import { ConversationPatch, Feedback, Folder, Listed, Message, MessageId, Model, ModelChoice, Open, Preferences, Run, Topic, User, Waiting } from "./types.js" */

class Store {
  /** @type {User} */
  user = { id: 0, name: "", is_staff: false };
  limits = { max_message_chars: 200_000, max_attachment_bytes: 20_000_000, max_attachments: 10, trash_days: 0 };
  /** Whether what is shown is what is: false from when a lost connection is worth a word. */
  connected = true;
  /** @type {Model[]} */
  models = [];
  /** @type {ModelChoice | null} what the server suggests for a new conversation */
  suggested = null;
  /** @type {ModelChoice | null} what this person chose last */
  preferred = null;
  /** @type {Map<string, Listed>} */
  listed = new Map();
  /** @type {Folder[]} by name */
  folders = [];
  /** @type {Preferences} */
  preferences = {};
  /** @type {Open} */
  open = emptyConversation(null);

  /** @type {Map<Topic, Set<() => void>>} */
  #readers = new Map();
  /** Made anew when messages have changed: a flush asks for it several times. @type {import("./types.js").Step[] | null} */
  #path = null;

  /**
   * Call `reader` after each change of `topic`; the result ends that.
   * @param {Topic} topic
   * @param {() => void} reader
   * @returns {() => void}
   */
  on(topic, reader) {
    const readers = this.#readers.get(topic) ?? new Set();
    this.#readers.set(topic, readers.add(reader));
    return () => void readers.delete(reader);
  }

  /** @param {Topic[]} topics */
  tell(...topics) {
    if (topics.includes("messages")) this.#path = null;
    for (const topic of topics) for (const reader of this.#readers.get(topic) ?? []) reader();
  }

  /** The messages that are shown, from the first one down. */
  get path() {
    this.#path ??= shownPath(this.open.messages, this.open.choices, this.open);
    return this.#path;
  }

  /**
   * Turn to another conversation; null is a new one.
   * @param {string | null} id
   * @param {import("./types.js").Choices} choices
   */
  turnTo(id, choices) {
    this.open = emptyConversation(id);
    this.open.choices = choices;
    this.open.title = (id && this.listed.get(id)?.title) || "";
    this.tell("conversation", "messages", "list", "queue");
  }

  /** @param {boolean} connected */
  connect(connected) {
    if (this.connected === connected) return;
    this.connected = connected;
    this.tell("connected");
  }

  /** @param {ConversationPatch} patch */
  applyPatch(patch) {
    const open = this.open;
    if (patch.conversation !== open.id || open.gone) return;
    if (patch.after === 0) {
      for (const id of open.messages.keys()) if (typeof id === "number") open.messages.delete(id);
      Object.assign(open, { more: patch.more, gap: null, anchor: null });
      open.oldest = Math.min(...patch.messages.map(({ id }) => Number(id)));
    }
    const isFirst = !open.loaded;
    const { revision, title, role, upstream, model, options, persona, members, queue } = patch;
    Object.assign(open, { revision, title, role, upstream, model, options, persona, members, queue, loaded: true });
    this.#upsert(patch.messages);
    if (isFirst && patch.messages.length) {
      const last = Math.max(...patch.messages.map(({ id }) => Number(id)));
      open.choices = { ...waysTo(open.messages, last), ...open.choices };
    }
    for (const { client_id } of [...queue, ...patch.messages]) if (client_id) open.waiting.delete(client_id);
    this.tell("conversation", "messages", "queue");
  }

  /** @param {{conversation: string, messages: Message[], more: boolean}} history */
  applyHistory(history) {
    if (history.conversation !== this.open.id) return;
    const { open } = this;
    const end = this.path.at(-1)?.message.id;
    this.#upsert(history.messages);
    // A fork that comes in sight may have a newer sibling: the reader stays on the branch they read.
    if (end !== undefined) open.choices = { ...open.choices, ...waysTo(open.messages, end) };
    const first = Math.min(...history.messages.map(({ id }) => Number(id)));
    if (open.gap && first > open.gap.after) open.gap = narrowed(open.gap, open.messages, open.choices);
    else {
      open.more = history.more;
      open.oldest = Math.min(open.oldest, first);
    }
    this.tell("messages");
  }

  /**
   * The messages around one of them take the place of those that were loaded.
   * @param {{conversation: string, message: number, messages: Message[], choices: import("./types.js").Choices, gap: import("./types.js").Gap | null, more: boolean}} around
   */
  applyAround({ conversation, message, messages, choices, gap, more }) {
    const { open } = this;
    if (conversation !== open.id) return;
    for (const id of open.messages.keys()) if (typeof id === "number") open.messages.delete(id);
    this.#upsert(messages);
    Object.assign(open, { gap, more, anchor: message, oldest: Math.min(...messages.map(({ id }) => Number(id))) });
    open.choices = { ...open.choices, ...choices };
    this.tell("messages");
  }

  /**
   * Show the path through a message that is loaded.
   * @param {MessageId} id
   */
  leadTo(id) {
    const { open } = this;
    open.anchor = id;
    open.choices = { ...open.choices, ...choicesTo(open.messages, id) };
    this.tell("messages");
  }

  /**
   * Let go of what is above the newest `count` messages of the shown path; it can be loaded again.
   * @param {number} count
   */
  forgetAbove(count) {
    const { open, path } = this;
    const first = path.at(-count)?.message.id;
    if (path.length <= count || typeof first !== "number") return;
    for (const id of open.messages.keys()) if (typeof id === "number" && id < first) open.messages.delete(id);
    open.oldest = first;
    open.more = true;
    open.anchor = null;
    if (open.gap && open.gap.after < first) open.gap = null;
    this.tell("messages");
  }

  /**
   * Take a message away with all below it.
   * @param {MessageId} id
   * @returns {Message[]} what was taken away
   */
  remove(id) {
    const removed = this.#drop(id);
    if (removed.length) this.tell("messages");
    return removed;
  }

  /** @param {MessageId} id */
  #drop(id) {
    const { messages } = this.open;
    const gone = new Set([id]);
    // A message is younger than its parent, and what is on its way comes last.
    const ids = [...messages.keys()].sort((a, b) => (typeof a === "number" && typeof b === "number" ? a - b : typeof a === "number" ? -1 : 1));
    for (const each of ids) if (gone.has(messages.get(each)?.parent ?? "")) gone.add(each);
    const removed = [...gone].map((each) => messages.get(each)).filter((message) => message !== undefined);
    for (const each of gone) messages.delete(each);
    return removed;
  }

  /** @param {Message[]} messages that were taken away too early */
  putBack(messages) {
    this.#upsert(messages);
    this.tell("messages");
  }

  /**
   * @param {number} id
   * @param {Feedback | undefined} feedback
   */
  rate(id, feedback) {
    const message = this.open.messages.get(id);
    if (!message) return;
    this.open.messages.set(id, { ...message, feedback });
    this.tell("messages");
  }

  /** @param {Message} message one of ours, on its way */
  addPending(message) {
    this.open.messages.set(message.id, message);
    this.tell("messages");
  }

  /**
   * @param {string} clientId
   * @returns {Message | undefined}
   */
  pending(clientId) {
    return this.open.messages.get(`pending:${clientId}`);
  }

  /**
   * @param {string} clientId
   * @param {string | null} error why the server did not take it; null when it is sent again
   */
  markPending(clientId, error) {
    const message = this.pending(clientId);
    if (!message) return;
    this.open.messages.set(message.id, { ...message, pending: { error } });
    this.tell("messages");
  }

  /**
   * It is stored; its rows are on their way.
   * @param {string} clientId
   * @param {number} answer
   */
  storePending(clientId, answer) {
    const message = this.pending(clientId);
    if (message) this.open.messages.set(message.id, { ...message, pending: { error: null, answer } });
  }

  /** @param {Waiting} unsent */
  addWaiting(unsent) {
    this.open.waiting.set(unsent.client_id, unsent);
    this.tell("queue");
  }

  /**
   * @param {string} clientId
   * @param {Partial<Waiting>} change
   */
  changeWaiting(clientId, change) {
    const known = this.open.waiting.get(clientId);
    if (known) this.addWaiting({ ...known, ...change });
  }

  /** @param {string} clientId */
  dropWaiting(clientId) {
    if (this.open.waiting.delete(clientId)) this.tell("queue");
  }

  /** @param {string} clientId */
  dropPending(clientId) {
    if (this.open.messages.delete(`pending:${clientId}`)) this.tell("messages");
  }

  /**
   * A live run went on.
   * @param {number} message
   * @param {number} run
   * @param {Partial<Run>} state
   */
  applyRun(message, run, state) {
    const known = this.open.messages.get(message);
    if (!known || (known.run && known.run.id > run)) return;
    const before = known.run;
    // The row may have said that the run has ended before its last renders are played.
    if (before?.id === run && !isLive(before)) return;
    known.run = { ...(before?.id === run ? before : {}), ...state, id: run, status: state.status ?? before?.status ?? "running" };
    // Told when one begins or ends: what a flush changes is its message's own affair.
    if (isLive(before) !== isLive(known.run)) this.tell("run");
  }

  /**
   * @param {MessageId | null} parent
   * @param {MessageId | null} child null for the newest, whichever that is
   */
  choose(parent, child) {
    const fork = forkOf(parent);
    const others = Object.entries(this.open.choices).filter(([known]) => known !== fork);
    this.open.choices = Object.fromEntries(child === null ? others : [...others, [fork, child]]);
    this.tell("messages");
  }

  /**
   * Add or replace entries of the list.
   * @param {Listed[]} items
   */
  list(items) {
    for (const item of items) this.listed.set(item.id, item);
    this.tell("list");
  }

  /** @param {string[]} ids conversations that are in none of this person's lists */
  unlist(ids) {
    for (const id of ids) this.listed.delete(id);
    this.tell("list");
  }

  /** @param {string} id a conversation that this person may no longer see */
  lose(id) {
    this.listed.delete(id);
    if (this.open.id === id) this.open.gone = true;
    this.tell("list", "conversation");
  }

  /** The model that answers the next message, or null where there is none. */
  get chosenModel() {
    const { upstream, model } = this.open;
    if ((this.open.id || this.open.persona) && model) return { upstream, model };
    const known = this.preferred;
    const exists = known && this.models.some((entry) => entry.upstream === known.upstream && entry.model === known.model);
    return exists ? known : this.suggested;
  }

  /** @param {Message[]} messages */
  #upsert(messages) {
    const open = this.open;
    for (const message of messages) {
      if (message.trashed) {
        this.#drop(message.id);
        continue;
      }
      const known = open.messages.get(message.id);
      // A patch may have been written before the run's last frame that this page has already played.
      if (known?.run && message.run && known.run.id > message.run.id) message.run = known.run;
      open.messages.set(message.id, message);
      const pending = message.client_id && message.role === "user" ? `pending:${message.client_id}` : "";
      if (pending) open.messages.delete(pending);
    }
  }
}

/**
 * @param {string | null} id
 * @returns {Open}
 */
function emptyConversation(id) {
  return {
    id, revision: 0, title: "", role: "owner", upstream: "", model: "", members: [],
    messages: new Map(), more: false, oldest: Infinity, loaded: id === null, gone: false, choices: {}, gap: null, anchor: null,
    options: {}, persona: null, queue: [], waiting: new Map(),
  };
}

export const store = new Store();
