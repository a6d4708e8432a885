/** The part of the options dialog that chooses tools: all, some or none; those of a server stand together. */

import { knownTools, roomForTools } from "../../verbs/personas.js";
import { say, sayCount, sayNumber } from "../../words/words.js";
import { find, make } from "../dom.js";
import { BETWEEN, groupsOf } from "./tool_groups.js";

/** @import { Options } from "../../state/types.js" */

export class ToolFields {
  #form;
  /** @type {Set<string>} the tools that are offered, where not all are */
  #wanted = new Set();

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    form.addEventListener("input", ({ target }) => {
      if (target instanceof HTMLInputElement && target.name === "tools") this.draw();
    });
  }

  /** @param {Options["tools"]} tools */
  fill(tools) {
    const use = this.#form.elements.namedItem("tools");
    if (use instanceof RadioNodeList) use.value = tools === undefined ? "" : tools === false ? "none" : "some";
    this.#wanted = new Set(Array.isArray(tools) ? tools : []);
    this.draw();
  }

  /** @returns {{tools?: Options["tools"]}} */
  read() {
    const use = this.#use();
    if (!use) return {};
    return { tools: use === "some" && this.#wanted.size > 0 ? [...this.#wanted].sort() : false };
  }

  draw() {
    const list = find(this.#form, ".options__tools", HTMLElement);
    const use = this.#use();
    list.hidden = use !== "some";
    const focused = document.activeElement instanceof HTMLInputElement ? document.activeElement.dataset.tool : undefined;
    const groups = groupsOf([...new Set([...knownTools(), ...this.#wanted])]);
    list.replaceChildren(...[...groups].map(([server, names]) => this.#group(server, names)));
    const again = focused === undefined ? null : [...list.querySelectorAll("input")].find((box) => box.dataset.tool === focused);
    again?.focus();
    this.#drawNote();
  }

  #use() {
    return String(new FormData(this.#form).get("tools") ?? "");
  }

  /** What a model is not told of. */
  #drawNote() {
    const { max, leftOut } = roomForTools();
    const note = find(this.#form, ".options__room", HTMLElement);
    const use = this.#use();
    const over = use === "some" ? this.#wanted.size - max : use === "" ? leftOut.length : 0;
    const many = sayCount("There is no room for {count} of these tools.", "There is no room for {count} of these tools.", Math.max(over, 0));
    const why = say("A model can be offered at most {max} tools. Choose the ones that you need.", { max: sayNumber(max) });
    note.textContent = over > 0 ? `${many} ${why}` : "";
    note.title = use === "" ? leftOut.join(", ") : "";
  }

  /** @param {string} server @param {string[]} names */
  #group(server, names) {
    const group = make("div", "options__server");
    if (server) {
      const all = this.#box(server, server, names.every((name) => this.#wanted.has(name)), (on) => {
        for (const name of names) this.#set(name, on);
        this.draw();
      });
      all.classList.add("options__tool--server");
      group.append(all);
    }
    group.append(...names.map((name) => this.#box(name, server ? name.slice(server.length + BETWEEN.length) : name, this.#wanted.has(name), (on) => {
      this.#set(name, on);
      this.draw();
    })));
    return group;
  }

  /** @param {string} name @param {boolean} on */
  #set(name, on) {
    if (on) this.#wanted.add(name);
    else this.#wanted.delete(name);
  }

  /** @param {string} name @param {string} words @param {boolean} checked @param {(on: boolean) => void} changed */
  #box(name, words, checked, changed) {
    const label = make("label", "field__check options__tool");
    const box = /** @type {HTMLInputElement} */ (make("input", ""));
    box.type = "checkbox";
    box.checked = checked;
    box.dataset.tool = name;
    box.addEventListener("change", () => changed(box.checked));
    label.append(box, make("code", "", words));
    return label;
  }
}
