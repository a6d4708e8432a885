/** What this browser has sent in the open conversation and the server has not stored yet: messages of the thread and of the queue. */

/** @import { Message, OpenData, Topic, Waiting } from "./types.js" */

export class Outgoing {
  #open;
  #tell;

  /** @param {() => OpenData} open @param {(...topics: Topic[]) => void} tell */
  constructor(open, tell) {
    this.#open = open;
    this.#tell = tell;
  }

  /** @param {Message} message one of this browser's, for the thread */
  post(message) {
    this.#open().messages.set(message.id, message);
    this.#tell("messages");
  }

  /** @param {string} clientId @returns {Message | undefined} */
  posted(clientId) {
    return this.#open().messages.get(`pending:${clientId}`);
  }

  /** @param {string} clientId @param {string | null} error why the server did not take it; null when it is sent again */
  refuse(clientId, error) {
    if (this.#change(clientId, { error })) this.#tell("messages");
  }

  /** It is stored; its rows are on their way. @param {string} clientId @param {number} answer */
  store(clientId, answer) {
    this.#change(clientId, { error: null, answer });
  }

  /** @param {Waiting} unsent for the queue */
  enqueue(unsent) {
    this.#open().waiting.set(unsent.client_id, unsent);
    this.#tell("queue");
  }

  /** @param {string} clientId @param {Partial<Waiting>} change */
  changeQueued(clientId, change) {
    const known = this.#open().waiting.get(clientId);
    if (known) this.enqueue({ ...known, ...change });
  }

  /** @param {string} clientId */
  dropQueued(clientId) {
    if (this.#open().waiting.delete(clientId)) this.#tell("queue");
  }

  /** @param {string} clientId @param {import("./types.js").Pending} pending */
  #change(clientId, pending) {
    const message = this.posted(clientId);
    if (message) this.#open().messages.set(message.id, { ...message, pending });
    return message !== undefined;
  }
}
