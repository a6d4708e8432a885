/** The dialog that says who is in the conversation, and where its owner adds people and changes what they may. */

import { listen } from "../browser/events.js";
import { store } from "../state/store.js";
import { ask, reasonOf } from "../verbs/ask.js";
import { say } from "../words/words.js";
import { ChatElement } from "./chat_element.js";
import { arrange, copyOf, find, paintAvatar, write } from "./dom.js";

/** @import { Member } from "../state/types.js" */

/** How long a removal can be taken back. */
const UNDO_MS = 12_000;

export class ChatShare extends ChatElement {
  /** @type {Map<number, HTMLElement>} */
  #rows = new Map();
  /** @type {Member | null} the member who was just removed, as they were */
  #removed = null;
  #undoTimer = 0;

  /** @param {AbortSignal} signal */
  begin(signal) {
    listen("parley:share", () => this.#open(), { signal });
    const dialog = this.#dialog;
    dialog.addEventListener("click", (event) => this.#click(event, dialog), { signal });
    find(this, ".share__form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#add();
    }, { signal });
    find(this, ".share__undo", HTMLButtonElement).addEventListener("click", () => void this.#undo(), { signal });
    find(this, ".share__list", HTMLElement).addEventListener("change", (event) => this.#changeRole(event), { signal });
    store.on("conversation", () => this.#draw(), signal);
    signal.addEventListener("abort", () => clearTimeout(this.#undoTimer));
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  #open() {
    this.#note("");
    this.#draw();
    this.#dialog.showModal();
    const name = find(this, ".share__name", HTMLInputElement);
    if (!find(this, ".share__form", HTMLFormElement).hidden) name.focus();
  }

  #draw() {
    const { members, role, id, gone } = store.open;
    const mayChange = role === "owner";
    find(this, ".share__form", HTMLFormElement).hidden = !mayChange;
    arrange(find(this, ".share__list", HTMLElement), members.map((member) => this.#row(member, mayChange)));
    if ((!id || gone) && this.#dialog.open) this.#dialog.close();
  }

  /** @param {Member} member @param {boolean} mayChange */
  #row(member, mayChange) {
    const row = this.#rows.get(member.user) ?? find(copyOf("member-template"), ".member", HTMLElement);
    this.#rows.set(member.user, row);
    row.dataset.user = String(member.user);
    row.toggleAttribute("data-present", member.present);
    const mine = member.user === store.person.user.id;
    write(find(row, ".member__name", HTMLElement), mine ? `${member.name} (${say("you")})` : member.name);
    paintAvatar(find(row, ".avatar", HTMLElement), member.name);
    const role = find(row, ".member__role", HTMLSelectElement);
    if (document.activeElement !== role) role.value = member.role;
    role.disabled = !mayChange || mine;
    role.setAttribute("aria-label", say("Role of {name}", { name: member.name }));
    const remove = find(row, ".member__remove", HTMLButtonElement);
    remove.hidden = !mayChange || mine;
    remove.title = say("Remove {name}", { name: member.name });
    remove.setAttribute("aria-label", remove.title);
    // A conversation needs an owner: the last one cannot leave.
    const others = store.open.members.filter(({ user }) => user !== member.user);
    find(row, ".member__leave", HTMLButtonElement).hidden = !mine || !others.some((other) => member.role !== "owner" || other.role === "owner");
    return row;
  }

  async #add() {
    const name = find(this, ".share__name", HTMLInputElement);
    const role = find(this, ".share__role", HTMLSelectElement);
    const wanted = name.value.trim();
    if (!wanted) return;
    if (await this.#ask({ type: "member.add", name: wanted, role: role.value })) {
      name.value = "";
      this.#note(say("{name} was added.", { name: wanted }));
      name.focus();
    }
  }

  /** @param {Event} event */
  #changeRole(event) {
    const role = event.target;
    const user = Number(role instanceof HTMLSelectElement && role.closest(".member")?.getAttribute("data-user"));
    if (role instanceof HTMLSelectElement && user) void this.#ask({ type: "member.role", user, role: role.value });
  }

  /** @param {Event} event @param {HTMLDialogElement} dialog */
  #click(event, dialog) {
    const target = event.target instanceof Element ? event.target : null;
    if (target === dialog || target?.closest("[data-action=close]")) dialog.close();
    const user = Number(target?.closest(".member__remove, .member__leave") && target.closest(".member")?.getAttribute("data-user"));
    if (user) void this.#remove(user);
  }

  /** @param {number} user */
  async #remove(user) {
    const member = store.open.members.find((entry) => entry.user === user);
    if (!(await this.#ask({ type: "member.remove", user })) || !member || user === store.person.user.id) return;
    this.#note(say("{name} was removed.", { name: member.name }));
    this.#removed = member;
    const undo = find(this, ".share__undo", HTMLButtonElement);
    undo.hidden = false;
    undo.focus();
    this.#undoTimer = window.setTimeout(() => this.#note(""), UNDO_MS);
  }

  async #undo() {
    const member = this.#removed;
    if (!member || !(await this.#ask({ type: "member.add", name: member.username, role: member.role }))) return;
    this.#note(say("{name} was added.", { name: member.name }));
    find(this, ".share__name", HTMLInputElement).focus();
  }

  /** @param {Record<string, unknown> & {type: string}} frame @returns {Promise<boolean>} */
  async #ask(frame) {
    this.#note("");
    try {
      await ask({ ...frame, conversation: store.open.id });
      return true;
    } catch (refusal) {
      this.#note(reasonOf(refusal), true);
      this.#draw();
      return false;
    }
  }

  /** @param {string} text @param {boolean} [danger] */
  #note(text, danger = false) {
    clearTimeout(this.#undoTimer);
    this.#removed = null;
    find(this, ".share__undo", HTMLElement).hidden = true;
    const note = find(this, ".share__note", HTMLElement);
    note.classList.toggle("share__note--danger", danger);
    write(note, text);
  }
}
