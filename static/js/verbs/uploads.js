/**
 * The files of one draft: on their way to the server, there, or refused. After a lost connection they are sent again; uploaded
 * ones are remembered with the draft, so that a reload does not lose them. Knows neither the document nor the conversation.
 */

import { csrfToken, renewToken } from "../browser/csrf.js";
import { recallObject, remember } from "../state/memory.js";

/** @import { FilePart } from "../state/types.js" */
/**
 * @typedef {object} Upload
 * @property {string} key
 * @property {string} name
 * @property {number} size_bytes
 * @property {"waiting" | "sending" | "reading" | "there" | "refused"} state `reading`: the server has all of it, and reads it
 * @property {number} progress 0 to 1
 * @property {string} error why it was refused
 * @property {string} note what the server says about it
 * @property {FilePart | null} part
 * @property {Blob | null} data null where it is not to be sent (again)
 * @property {string | null} text of a pasted text, so that it can become text again
 * @property {boolean} changeable no message has it yet, so its encoding can be changed
 */
/** @typedef {{max_attachment_bytes: number, max_attachments: number}} Limits */
/** @typedef {{status: number, body: any}} Answer */
/** @typedef {{cancel: () => void, done: Promise<Answer>}} Sending */
/** @typedef {(id: string, encoding: string) => Promise<Answer>} Recode */
/** @typedef {(data: Blob, name: string, progress: (share: number) => void) => Sending} Send `done` rejects where there is no connection */

/** Two at once fill the line; more would only slow each of them down. */
const AT_ONCE = 2;
const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 20_000;
/** The server is busy, restarting or away: the same file may be sent again later. */
const LATER = new Set([0, 429, 502, 503, 504]);
/** What a short wait does not change. */
const NOT_SOON = new Set(["day_full", "hour_full"]);
/** The fields of a file's part. */
const FIELDS = ["id", "name", "media_type", "kind", "size_bytes", "width", "height", "count", "encoding", "scans", "is_scan"];

export class Uploads {
  /** @type {Upload[]} */
  items = [];
  #name;
  #limits;
  #changed;
  #send;
  #recode;
  #words;
  /** @type {Map<string, Sending>} */
  #sending = new Map();
  #retryMs = FIRST_RETRY_MS;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /**
   * @param {string} name where they are remembered, "" for nowhere
   * @param {Limits} limits
   * @param {{send: Send, recode?: Recode, changed: () => void, words: {tooLarge: (limit: number) => string, failed: () => string}}} options
   */
  constructor(name, limits, { send, recode, changed, words }) {
    this.#recode = recode;
    this.#name = name;
    this.#limits = limits;
    this.#send = send;
    this.#changed = changed;
    this.#words = words;
    if (name) this.#restore();
  }

  /** Whether all of them are there. */
  get ready() {
    return this.items.every((item) => item.state === "there");
  }

  /** Whether one of them is still on its way; a refused one goes nowhere by itself. */
  get underway() {
    return this.items.some((item) => item.state !== "there" && item.state !== "refused");
  }

  /** What a message takes with it. @returns {FilePart[]} */
  get parts() {
    return this.items.flatMap((item) => (item.part ? [item.part] : []));
  }

  /** @param {{name: string, data: Blob, text?: string}[]} files @returns {number} how many were over the limit */
  add(files) {
    const room = Math.max(0, this.#limits.max_attachments - this.items.length);
    for (const { name, data, text } of files.slice(0, room)) {
      const item = waiting(name, data, text ?? null);
      if (data.size > this.#limits.max_attachment_bytes) Object.assign(item, { state: "refused", error: this.#words.tooLarge(this.#limits.max_attachment_bytes), data: null });
      this.items.push(item);
    }
    this.#next();
    return Math.max(0, files.length - room);
  }

  /** @param {string} key @returns {Upload | undefined} what was removed */
  remove(key) {
    const item = this.items.find((each) => each.key === key);
    this.#sending.get(key)?.cancel();
    this.#sending.delete(key);
    this.items = this.items.filter((each) => each.key !== key);
    this.#next();
    return item;
  }

  /** Try the refused one again. @param {string} key */
  retry(key) {
    const item = this.items.find((each) => each.key === key);
    if (!item?.data || item.state !== "refused") return;
    Object.assign(item, { state: "waiting", error: "", progress: 0 });
    this.#next();
  }

  /** Forget the refused ones. */
  dropRefused() {
    this.items = this.items.filter((item) => item.state !== "refused");
    this.#next();
  }

  /** Have an uploaded text read in another encoding. @param {string} key @param {string} encoding @returns {Promise<string>} what went wrong, "" for nothing */
  async recode(key, encoding) {
    const item = this.items.find((each) => each.key === key);
    if (!item?.part || !this.#recode) return "";
    item.state = "reading";
    this.#changed();
    const { status, body } = await this.#recode(item.part.id, encoding).catch(() => ({ status: 0, body: null }));
    item.state = "there";
    if (status === 200) Object.assign(item, { part: partOf(body), note: body.note ?? "" });
    this.#next();
    return status === 200 ? "" : body?.message ?? this.#words.failed();
  }

  /** The connection may be back: try at once instead of waiting for the timer. */
  wake() {
    this.#retryMs = FIRST_RETRY_MS;
    this.#next();
  }

  /** Add files that are uploaded already: of a message that was cancelled or is edited. @param {FilePart[]} parts */
  put(parts) {
    for (const part of parts) {
      if (this.items.length >= this.#limits.max_attachments || this.items.some((item) => item.part?.id === part.id)) continue;
      this.items.push(there(part, "", false));
    }
    this.#next();
  }

  /** They belong to a message now. */
  clear() {
    for (const sending of this.#sending.values()) sending.cancel();
    this.#sending.clear();
    this.items = [];
    this.#next();
  }

  /** Remember the files with another draft from now on. @param {string} name */
  rename(name) {
    remember(this.#name, "");
    this.#name = name;
    this.#remember();
  }

  #next() {
    clearTimeout(this.#timer);
    for (const item of this.items) {
      if (this.#sending.size >= AT_ONCE) break;
      if (item.state === "waiting" && item.data) void this.#upload(item, item.data);
    }
    this.#remember();
    this.#changed();
  }

  /** @param {Upload} item @param {Blob} data */
  async #upload(item, data) {
    item.state = "sending";
    const sending = this.#send(data, item.name, (share) => {
      item.progress = share;
      if (share >= 1) item.state = "reading";
      this.#changed();
    });
    this.#sending.set(item.key, sending);
    const { status, body } = await sending.done.catch(() => ({ status: 0, body: null }));
    if (this.#sending.get(item.key) !== sending) return;
    this.#sending.delete(item.key);
    if (status === 201) {
      Object.assign(item, { state: "there", part: partOf(body), note: body.note ?? "", name: body.name, size_bytes: body.size_bytes, data: null });
      this.#retryMs = FIRST_RETRY_MS;
    } else if (LATER.has(status) && !NOT_SOON.has(body?.code)) {
      item.state = "waiting";
      item.progress = 0;
      this.#remember();
      this.#changed();
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#next(), this.#retryMs);
      this.#retryMs = Math.min(LAST_RETRY_MS, this.#retryMs * 2);
      return;
    } else {
      // A fault of the file itself would be the same the next time.
      const again = ![413, 422].includes(status);
      Object.assign(item, { state: "refused", error: body?.message ?? this.#words.failed(), data: again ? data : null });
    }
    this.#next();
  }

  #remember() {
    if (!this.#name) return;
    const stored = this.items.filter(({ part, text }) => part ?? text !== null).map(({ part, name, note, text }) => (part ? { part, note } : { name, text }));
    remember(this.#name, stored.length ? JSON.stringify({ kept: stored }) : "");
  }

  #restore() {
    const stored = recallObject(this.#name)?.kept;
    for (const { part, note, name, text } of Array.isArray(stored) ? stored : []) {
      if (part?.id) this.items.push(there(partOf(part), note ?? "", true));
      else if (typeof text === "string") this.items.push(waiting(String(name), new Blob([text], { type: "text/plain" }), text));
    }
    if (this.items.some((item) => item.state === "waiting")) queueMicrotask(() => this.#next());
  }
}

/**
 * @param {string} name
 * @param {Blob} data
 * @param {string | null} text
 * @returns {Upload}
 */
function waiting(name, data, text) {
  return { key: crypto.randomUUID(), name, size_bytes: data.size, state: "waiting", progress: 0, error: "", note: "", part: null, data, text, changeable: true };
}

/**
 * @param {FilePart} part
 * @param {string} note
 * @param {boolean} changeable
 * @returns {Upload}
 */
function there(part, note, changeable) {
  return { key: crypto.randomUUID(), name: part.name, size_bytes: part.size_bytes, state: "there", progress: 1, error: "", note, part, data: null, text: null, changeable };
}

/** @param {any} body @returns {FilePart} */
function partOf(body) {
  const known = FIELDS.filter((field) => body[field] !== undefined).map((field) => [field, body[field]]);
  return { type: "attachment", ...Object.fromEntries(known) };
}

/** Send a file over HTTP. The body is the bare file, so that the server can write it to disk as it arrives. @type {Send} */
export function sendFile(data, name, progress) {
  const request = new XMLHttpRequest();
  /** @type {Promise<Answer>} */
  const done = new Promise((resolve, reject) => {
    request.open("POST", "/files/");
    request.responseType = "json";
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("X-File-Name", encodeURIComponent(name.replace(/\p{Surrogate}/gu, "\ufffd")));
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
    request.addEventListener("load", () => {
      const answer = { status: request.status, body: request.response };
      if (answer.body?.code !== "stale_page") return resolve(answer);
      // Somebody signed in in another tab. With the new token it is tried again, as after a lost connection.
      void renewToken().then(() => resolve({ status: 0, body: null }));
    });
    request.addEventListener("error", reject);
    request.addEventListener("abort", reject);
    request.send(data);
  });
  return { cancel: () => request.abort(), done };
}

/** Have the server read a text in another encoding. @type {Recode} */
export async function readAgain(id, encoding) {
  const body = new URLSearchParams({ encoding });
  const answer = await fetch(`/files/${id}/encoding/`, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } });
  return { status: answer.status, body: await answer.json().catch(() => null) };
}

/** Delete an uploaded file that no message has. @param {string} id */
export function takeBack(id) {
  // If this fails, the server deletes the file after a day.
  void fetch(`/files/${id}/`, { method: "DELETE", headers: { "X-CSRFToken": csrfToken() } }).catch(() => {});
}
