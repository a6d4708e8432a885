/** The elements of all messages that were shown since the conversation was opened, also of branches that are not shown now. */

import { link } from "../../link/link.js";
import { isLive } from "../../state/messages.js";
import { ChatMessage } from "./chat_message.js";

/** @import { Message, MessageId, Step } from "../../state/types.js" */

export class Nodes {
  /** @type {Map<string, ChatMessage>} */
  #nodes = new Map();

  /** The element of a message; it stays the same when the stored copy replaces the pending one. @param {Message} message */
  of(message) {
    const key = message.role === "user" && message.client_id ? message.client_id : String(message.id);
    const known = this.#nodes.get(key) ?? new ChatMessage();
    this.#nodes.set(key, known);
    return known;
  }

  /** The element of an answer. @param {MessageId} id */
  answer(id) {
    return this.#nodes.get(String(id));
  }

  /** @param {number} run */
  ofRun(run) {
    return [...this.#nodes.values()].find((node) => node.message?.run?.id === run);
  }

  showRuns() {
    for (const node of this.#nodes.values()) node.showRun();
  }

  /** @param {Step[]} path @param {boolean} named the authors of messages are shown, once for each run of messages by the same person */
  draw(path, named) {
    let before = "";
    return path.map((step, at) => {
      const { message } = step;
      const author = message.role === "user" ? `user ${message.author?.id}` : "";
      const node = this.of(message);
      node.show(step, { named: named && author !== "" && author !== before, last: at === path.length - 1 });
      before = author;
      return node;
    });
  }

  /** @param {ReadonlyMap<MessageId, Message>} messages the known ones; the elements of others are dropped */
  dropOthers(messages) {
    for (const [key, node] of this.#nodes) {
      const id = node.message?.id;
      if (id === undefined || messages.has(id)) continue;
      node.release();
      this.#nodes.delete(key);
    }
  }

  /** Drop all elements of the conversation. */
  clear() {
    for (const node of this.#nodes.values()) {
      const run = node.message?.run;
      if (run && isLive(run)) link.unwatch(run.id);
      node.release();
    }
    this.#nodes.clear();
  }
}
