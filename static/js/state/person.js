/** The person who is signed in, what they chose for all their pages, and what the server allows them. */

/** @import { Limits, Preferences, Topic, User } from "./types.js" */

export class Person {
  /** @type {User} */
  #user = { id: 0, name: "", is_staff: false };
  /** @type {Limits} */
  #limits = { max_message_chars: 200_000, max_attachment_bytes: 20_000_000, max_attachments: 10, trash_days: 0 };
  /** @type {Preferences} */
  #preferences = {};
  #tell;

  /** @param {(...topics: Topic[]) => void} tell */
  constructor(tell) {
    this.#tell = tell;
  }

  /** @returns {Readonly<User>} */
  get user() {
    return this.#user;
  }

  /** @returns {Readonly<Limits>} */
  get limits() {
    return this.#limits;
  }

  /** @returns {Readonly<Preferences>} */
  get preferences() {
    return this.#preferences;
  }

  /** @param {User} user @param {Partial<Limits>} [limits] those that are known by now */
  become(user, limits = {}) {
    this.#user = user;
    this.#limits = { ...this.#limits, ...limits };
    this.#tell("conversation");
  }

  /** @param {Preferences} preferences all of them */
  prefer(preferences) {
    this.#preferences = preferences;
    this.#tell("preferences");
  }
}
