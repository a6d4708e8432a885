/**
 * The text that is not sent yet, of each conversation and of a new one: stored in this browser at once, and on the server
 * for the person's other devices. Each save builds on a revision. Nothing is overwritten unseen: what another device wrote
 * meanwhile is offered, and the newest wins.
 */

import { link } from "../link/link.js";
import { namesOf, recall, recallObject, remember } from "../state/memory.js";
import { store } from "../state/store.js";
import { ask } from "./ask.js";

/** @typedef {{conversation: string | null, text: string, revision: number}} Stored */

/** A draft is saved after a pause in typing, and this often while a person types without a pause. */
const PAUSE_MS = 1000;
const LONGEST_MS = 5000;
/** At most this many drafts that could not be saved before are saved at each connection. */
const MOST_AT_ONCE = 20;
/** From this length on, storing the text at each key press is noticeable. */
const LONG_CHARS = 20_000;
const LONG_DELAY_MS = 250;

/** @type {Map<string | null, Draft>} */
const drafts = new Map();
let connected = false;

export class Draft {
  /** @type {string | null} */ #conversation;
  #key;
  /** @type {{text: string, revision: number}} what the server has, as far as this browser knows */ #base;
  /** The text of a save without an answer: if the answer is lost, the text is still recognized as ours. @type {string | null} */ #sent = null;
  /** The save that is on its way. @type {object | null} */ #flight = null;
  #saveTimer = 0;
  #storeTimer = 0;
  #unsavedSince = 0;
  text;
  /** What another device wrote; "" for nothing. */
  other;

  /** @param {string | null} conversation */
  constructor(conversation) {
    this.#conversation = conversation;
    this.#key = conversation ?? "new";
    this.text = recall(`draft.${this.#key}`);
    this.other = recall(`draft-other.${this.#key}`);
    const { text = "", revision = 0 } = recallObject(`draft-base.${this.#key}`) ?? {};
    this.#base = { text: String(text), revision: Number(revision) || 0 };
  }

  get unsaved() {
    return this.text !== this.#base.text;
  }

  /** @param {string} text */
  type(text) {
    if (text === this.text) return;
    this.text = text;
    clearTimeout(this.#storeTimer);
    if (text.length < LONG_CHARS) this.storeText();
    else this.#storeTimer = window.setTimeout(() => this.storeText(), LONG_DELAY_MS);
    this.#saveSoon();
  }

  /** It was sent. */
  clear() {
    this.type("");
    this.#offer("");
    void this.save();
  }

  storeText() {
    clearTimeout(this.#storeTimer);
    remember(`draft.${this.#key}`, this.text);
  }

  /** Take the other device's text. @returns {string} the one before */
  takeOther() {
    const before = this.text;
    this.type(this.other);
    this.#offer("");
    store.tellDraft();
    return before;
  }

  dismissOther() {
    this.#offer("");
    store.tellDraft();
  }

  /** Ask what the server has, and save what it does not. */
  async sync() {
    try {
      this.hear(await ask({ type: "draft.get", conversation: this.#conversation }));
    } catch {
      // It is gone, not ours, or there is no connection: the text stays in this browser.
    }
  }

  /** @param {Stored} stored as the server has it */
  hear({ text, revision }) {
    if (revision > this.#base.revision) {
      const { unsaved } = this;
      const isOurs = text === this.#sent;
      this.#sent = null;
      this.#setBase({ text, revision });
      if (isOurs || text === this.text) this.storeText();
      else if (!unsaved || !this.text) {
        this.text = text;
        this.storeText();
      } else if (text) this.#offer(text);
      store.tellDraft();
    }
    if (!this.unsaved) return;
    if (this.text) this.#saveSoon();
    else void this.save();
  }

  async save() {
    clearTimeout(this.#saveTimer);
    this.#unsavedSince = 0;
    if (!this.unsaved || this.#flight || !connected) return;
    const flight = (this.#flight = {});
    const sent = (this.#sent = this.text);
    try {
      const stored = await ask({ type: "draft.save", conversation: this.#conversation, text: sent, revision: this.#base.revision });
      if (this.#flight !== flight) return;
      this.#flight = null;
      this.hear(stored);
    } catch (refusal) {
      if (this.#flight !== flight) return;
      this.#flight = null;
      if (/** @type {import("./ask.js").Refusal} */ (refusal).code === "timeout") void this.sync();
    }
  }

  /** The connection broke: the next `sync` shows whether a save on its way arrived. */
  lose() {
    this.#flight = null;
  }

  #saveSoon() {
    clearTimeout(this.#saveTimer);
    const now = Date.now();
    this.#unsavedSince ||= now;
    const pause = Math.min(PAUSE_MS, Math.max(0, this.#unsavedSince + LONGEST_MS - now));
    this.#saveTimer = window.setTimeout(() => void this.save(), pause);
  }

  /** @param {{text: string, revision: number}} base */
  #setBase({ text, revision }) {
    if (revision < this.#base.revision) return;
    this.#base = { text, revision };
    remember(`draft-base.${this.#key}`, JSON.stringify(this.#base));
  }

  /** @param {string} text */
  #offer(text) {
    this.other = text;
    remember(`draft-other.${this.#key}`, text);
  }
}

/**
 * @param {string | null} conversation null for a new one
 * @returns {Draft}
 */
export function draftOf(conversation) {
  const draft = drafts.get(conversation) ?? new Draft(conversation);
  drafts.set(conversation, draft);
  return draft;
}

/** @param {Stored} stored unasked: one of this person's devices has saved it */
export function receiveDraft(stored) {
  drafts.get(stored.conversation)?.hear(stored);
}

/** The drafts of this browser, also those of earlier pages. */
const known = () => namesOf("draft.").map((name) => name.slice("draft.".length)).map((key) => draftOf(key === "new" ? null : key));

/** Try once more to save them. @returns {Promise<number>} of how many the text is in this browser only */
export async function saveDrafts() {
  const kept = known();
  await Promise.all(kept.map((draft) => draft.save()));
  return kept.filter(({ text, unsaved }) => text && unsaved).length;
}

/** Follow the connection and the page's end. */
export function startDrafts() {
  link.on("link", ({ state }) => {
    connected = state === "open";
    if (!connected) for (const draft of drafts.values()) draft.lose();
  });
  link.on("welcome", () => {
    // What is shown, and what an earlier page could not save.
    for (const draft of new Set([draftOf(store.open.id), ...known().filter(({ unsaved }) => unsaved).slice(0, MOST_AT_ONCE)])) void draft.sync();
  });
  const leave = () => {
    for (const draft of drafts.values()) {
      draft.storeText();
      void draft.save();
    }
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.hidden && leave());
}
