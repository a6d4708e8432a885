/** The conversation's title, which is edited in place, its model, and its present members. */

import { emit } from "../browser/events.js";
import { store } from "../state/store.js";
import { rename } from "../verbs/listed.js";
import { say, sayList } from "../words/words.js";
import { ChatElement } from "./chat_element.js";
import { arrange, find, make, paintAvatar, write } from "./dom.js";

/** @import { Member } from "../state/types.js" */

/** More avatars than this are counted instead of shown. */
const SHOWN_PEOPLE = 4;

export class ChatHeader extends ChatElement {
  /** @type {Map<number, HTMLElement>} */
  #avatars = new Map();

  /** @param {AbortSignal} signal */
  begin(signal) {
    const title = find(this, ".header__title", HTMLInputElement);
    title.addEventListener("keydown", (event) => this.#key(event, title), { signal });
    title.addEventListener("change", () => this.#commit(title), { signal });
    title.addEventListener("blur", () => this.#draw(), { signal });
    const menu = find(this, ".header__menu", HTMLButtonElement);
    menu.addEventListener("click", () => emit("parley:drawer", true), { signal });
    const share = () => emit("parley:share", null);
    for (const name of [".header__share", ".header__people"]) find(this, name, HTMLButtonElement).addEventListener("click", share, { signal });
    store.on(["conversation", "models"], () => this.#draw(), signal);
    this.#draw();
  }

  #draw() {
    const { id, title, role, loaded, gone } = store.open;
    const input = find(this, ".header__title", HTMLInputElement);
    const known = loaded || title;
    if (document.activeElement !== input && known && input.value !== title) input.value = title;
    if (!id) input.value = "";
    input.readOnly = !id || !loaded || gone || role === "viewer";
    input.tabIndex = input.readOnly ? -1 : 0;
    write(find(this, ".header__heading", HTMLElement), title || say("New conversation"));
    const model = find(this, ".header__model", HTMLElement);
    model.hidden = !id;
    write(model, store.open.model);
    find(this, ".header__share", HTMLElement).hidden = !id || gone;
    this.#drawPeople();
  }

  #drawPeople() {
    const people = store.open.members;
    const button = find(this, ".header__people", HTMLElement);
    button.hidden = people.length < 2;
    const shown = people.length > 1 ? [...people].sort(presentFirst) : [];
    // Only their initials are seen; the button's label says their names.
    button.setAttribute("aria-label", say("People in this conversation: {names}", { names: sayList(shown.map(nameOf)) }));
    const nodes = shown.slice(0, SHOWN_PEOPLE).map((member) => this.#avatar(member));
    const rest = shown.length - SHOWN_PEOPLE;
    if (rest > 0) {
      const count = make("span", "avatar avatar--count");
      count.dataset.initials = `+${rest}`;
      count.ariaHidden = "true";
      count.title = sayList(shown.slice(SHOWN_PEOPLE).map((member) => member.name));
      nodes.push(count);
    }
    arrange(button, nodes);
  }

  /** @param {Member} member */
  #avatar(member) {
    const node = this.#avatars.get(member.user) ?? make("span", "avatar");
    this.#avatars.set(member.user, node);
    node.classList.toggle("avatar--away", !member.present);
    node.title = nameOf(member);
    node.ariaHidden = "true";
    paintAvatar(node, member.name);
    return node;
  }

  /** @param {KeyboardEvent} event @param {HTMLInputElement} title */
  #key(event, title) {
    if (event.isComposing) return;
    if (event.key === "Escape") title.value = store.open.title;
    if (event.key !== "Enter" && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") this.#commit(title);
    document.getElementById("composer-text")?.focus();
  }

  /** @param {HTMLInputElement} title */
  #commit(title) {
    const text = title.value.trim();
    const { id, title: before } = store.open;
    if (id && text && !title.readOnly && text !== before) void rename({ id, title: before }, text);
    else title.value = store.open.title;
  }
}

/** @param {Member} a @param {Member} b */
function presentFirst(a, b) {
  return Number(b.present) - Number(a.present) || a.name.localeCompare(b.name);
}

/** @param {Member} member */
const nameOf = ({ name, present }) => (present ? say("{name}, active now", { name }) : name);
