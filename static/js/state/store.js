/**
 * What the page knows: told by frames and by the person, read by the elements. Each subject has private fields and a
 * verb for each change. It must not know the document or the link.
 */

import { Conversation } from "./conversation.js";
import { List } from "./list.js";
import { Models } from "./models.js";
import { Person } from "./person.js";
import { Topics } from "./topics.js";

/** @import { Chosen, Options } from "./types.js" */

class Store {
  #topics = new Topics();
  #connected = true;
  person = new Person(this.#topics.tell);
  models = new Models(this.#topics.tell);
  list = new List(this.#topics.tell);
  conversation = new Conversation(this.#topics.tell);
  on = this.#topics.on.bind(this.#topics);

  /** The conversation on the page, to be read. */
  get open() {
    return this.conversation.open;
  }

  /** Whether what is shown is current: false once a lost connection is worth mentioning. */
  get connected() {
    return this.#connected;
  }

  /** @param {boolean} connected */
  connect(connected) {
    if (this.#connected === connected) return;
    this.#connected = connected;
    this.#topics.tell("connected");
  }

  /** A draft has changed in another way than by typing. */
  tellDraft() {
    this.#topics.tell("draft");
  }

  /**
   * Turn to another conversation; null is a new one.
   * @param {string | null} id
   * @param {Chosen} chosen
   * @param {Options} [options] of a new one
   */
  turnTo(id, chosen, options = {}) {
    this.conversation.turnTo({ id, chosen, options, title: (id && this.list.items.get(id)?.title) || "" });
  }

  /** @param {string} id a conversation that this person may no longer see */
  lose(id) {
    this.list.remove([id]);
    if (this.open.id === id) this.conversation.lose();
  }

  /** The model that answers the next message, or null where there is none. */
  get chosenModel() {
    const { id, persona, upstream, model } = this.open;
    return (id || persona) && model ? { upstream, model } : this.models.first;
  }
}

export const store = new Store();
