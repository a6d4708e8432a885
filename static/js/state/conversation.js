/** The conversation on the page, and a verb for each of its changes. */

import { isLive } from "./messages.js";
import { Outgoing } from "./outgoing.js";
import { dropMessage, dropStored, firstOf, forgetBefore, joinHistory, leadTo, putMessages, showAround } from "./thread.js";
import { forkOf, shownPath, neededTo } from "./tree.js";

/** @import { Chosen, ConversationPatch, Feedback, Gap, Message, MessageId, ModelChoice, Open, OpenData, Options, Run, Step, Topic } from "./types.js" */

const NO_MODEL = { upstream: "", model: "", persona: null };

export class Conversation {
  /** @type {OpenData} */
  #open = emptyConversation(null);
  /** Computed again only after messages have changed, because a flush reads it several times. @type {Step[] | null} */
  #path = null;
  #told;

  /** @param {(...topics: Topic[]) => void} tell */
  constructor(tell) {
    this.#told = tell;
    this.outgoing = new Outgoing(() => this.#open, (...topics) => this.#tell(...topics));
  }

  /** @returns {Open} */
  get open() {
    return this.#open;
  }

  /** The messages that are shown, from the first one down. */
  get path() {
    this.#path ??= shownPath(this.#open.messages, this.#open.chosen, this.#open);
    return this.#path;
  }

  /** @param {Topic[]} topics */
  #tell(...topics) {
    if (topics.includes("messages")) this.#path = null;
    this.#told(...topics);
  }

  /** @param {Partial<OpenData>} changes @param {Topic[]} topics */
  #change(changes, ...topics) {
    Object.assign(this.#open, changes);
    this.#tell(...topics);
  }

  /** Turn to another conversation. @param {Partial<OpenData>} known what is known of it; without an id it is a new one */
  turnTo(known) {
    this.#open = { ...emptyConversation(known.id ?? null), ...known };
    this.#tell("conversation", "messages", "list", "queue");
  }

  /** The first message of the new conversation is stored. @param {string} id */
  begin(id) {
    this.#change({ id, loaded: true }, "conversation", "list");
  }

  /** This person may no longer see it. */
  lose() {
    this.#change({ gone: true }, "conversation");
  }

  /** @param {string} title */
  rename(title) {
    this.#change({ title }, "conversation");
  }

  /** @param {ModelChoice} choice of a conversation that is stored; a new one takes what was preferred last */
  chooseModel(choice) {
    const { id, model } = this.#open;
    // Another model than its persona's: it is not that persona any more.
    this.#change(id ? choice : model && model !== choice.model ? NO_MODEL : {}, "conversation");
  }

  /** @param {Options} options all that are set; they replace those before */
  setOptions(options) {
    this.#change({ ...(this.#open.id ? {} : NO_MODEL), options, persona: null }, "conversation");
  }

  /**
   * @param {OpenData["persona"]} persona
   * @param {Options} options
   * @param {ModelChoice | null} model null where it names none
   */
  setPersona(persona, options, model) {
    this.#change({ persona, options, ...model }, "conversation", "models");
  }

  /** @param {ConversationPatch} patch */
  applyPatch({ conversation, after, more, messages, ...head }) {
    const open = this.#open;
    if (conversation !== open.id || open.gone) return;
    if (after === 0) {
      dropStored(open);
      Object.assign(open, { more, gap: null, anchor: null, oldest: firstOf(messages) });
    }
    const isFirst = !open.loaded;
    const { revision, title, role, upstream, model, options, persona, members, queue } = head;
    Object.assign(open, { revision, title, role, upstream, model, options, persona, members, queue, loaded: true });
    putMessages(open, messages);
    if (isFirst && messages.length) {
      const last = Math.max(...messages.map(({ id }) => Number(id)));
      open.chosen = { ...neededTo(open.messages, last), ...open.chosen };
    }
    for (const { client_id } of [...queue, ...messages]) if (client_id) open.waiting.delete(client_id);
    this.#tell("conversation", "messages", "queue");
  }

  /** @param {{conversation: string, messages: Message[], more: boolean}} history */
  applyHistory(history) {
    if (history.conversation !== this.#open.id) return;
    joinHistory(this.#open, history, this.path.at(-1)?.message.id);
    this.#tell("messages");
  }

  /** @param {{conversation: string, message: number, messages: Message[], chosen: Chosen, gap: Gap | null, more: boolean}} around */
  applyAround(around) {
    if (around.conversation !== this.#open.id) return;
    showAround(this.#open, around);
    this.#tell("messages");
  }

  /**
   * Apply what a live run reports.
   * @param {number} message
   * @param {number} run
   * @param {Partial<Run>} state
   */
  applyRun(message, run, state) {
    const known = this.#open.messages.get(message);
    if (!known || (known.run && known.run.id > run)) return;
    const before = known.run;
    // The row may have said that the run has ended before its last renders are played.
    if (before?.id === run && !isLive(before)) return;
    known.run = { ...(before?.id === run ? before : {}), ...state, id: run, status: state.status ?? before?.status ?? "running" };
    // Readers are told only when a run begins or ends: what a flush changes concerns its message alone.
    if (isLive(before) !== isLive(known.run)) this.#tell("run");
  }

  /** Show the path through a message that is loaded. @param {MessageId} id */
  leadTo(id) {
    leadTo(this.#open, id);
    this.#tell("messages");
  }

  /** @param {MessageId | null} parent @param {MessageId | null} child null for the newest, whichever that is */
  choose(parent, child) {
    const fork = forkOf(parent);
    const others = Object.entries(this.#open.chosen).filter(([known]) => known !== fork);
    this.#change({ chosen: Object.fromEntries(child === null ? others : [...others, [fork, child]]) }, "messages");
  }

  /** Forget the messages above the newest `count` of the shown path. @param {number} count */
  forgetAbove(count) {
    const first = this.path.at(-count)?.message.id;
    if (this.path.length <= count || typeof first !== "number") return;
    forgetBefore(this.#open, first);
    this.#tell("messages");
  }

  /** Remove a message and all below it. @param {MessageId} id @returns {Message[]} what was removed */
  remove(id) {
    const removed = dropMessage(this.#open, id);
    if (removed.length) this.#tell("messages");
    return removed;
  }

  /** @param {Message[]} messages that were removed too early */
  putBack(messages) {
    putMessages(this.#open, messages);
    this.#tell("messages");
  }

  /** @param {number} id @param {Feedback | undefined} feedback */
  rate(id, feedback) {
    const message = this.#open.messages.get(id);
    if (!message) return;
    this.#open.messages.set(id, { ...message, feedback });
    this.#tell("messages");
  }
}

/** @param {string | null} id @returns {OpenData} */
function emptyConversation(id) {
  return {
    id, revision: 0, title: "", role: "owner", upstream: "", model: "", members: [],
    messages: new Map(), more: false, oldest: Infinity, loaded: id === null, gone: false, chosen: {}, gap: null, anchor: null,
    options: {}, persona: null, queue: [], waiting: new Map(),
  };
}
