/** The model that answers next: a button and a list box, grouped by upstream. */

import { chooseModel } from "../actions.js";
import { store } from "../store.js";
import { say } from "../words.js";
import { find, make, placeAbove, write } from "./dom.js";

/** @typedef {import("../store.js").Model} Model */

/** A search field appears from this many models on: below, the eye is faster. */
const SEARCH_FROM = 10;

export class ChatModels extends HTMLElement {
  #active = 0;
  /** @type {Model[]} the models in the list as it is shown */
  #shown = [];
  /** @type {(() => void)[]} */
  #ends = [];

  connectedCallback() {
    const ending = new AbortController();
    const { signal } = ending;
    this.#menu.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState === "open"), { signal });
    this.#menu.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#query.addEventListener("input", () => {
      this.#active = 0;
      this.#drawList();
    }, { signal });
    this.#list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option) this.#choose(Number(option.getAttribute("data-place")));
    }, { signal });
    document.addEventListener("parley:choose-model", () => this.#menu.showPopover(), { signal });
    const draw = () => this.#draw();
    this.#ends = [() => ending.abort(), store.on("models", draw), store.on("conversation", draw)];
    this.#draw();
  }

  disconnectedCallback() {
    for (const end of this.#ends.splice(0)) end();
  }

  get #menu() { return find(this, ".models__menu", HTMLElement); }

  get #list() { return find(this, ".models__list", HTMLElement); }

  get #query() { return find(this, ".models__query", HTMLInputElement); }

  get #none() { return find(this, ".models__none", HTMLElement); }

  get #button() { return find(this, ".models__button", HTMLButtonElement); }

  #draw() {
    const chosen = store.chosenModel;
    const label = chosen?.model || say("No model");
    write(find(this, ".models__current", HTMLElement), label);
    this.#button.setAttribute("aria-label", say("Model: {model}", { model: label }));
    this.#button.title = label;
    this.#button.disabled = store.open.role === "viewer" || store.open.gone;
    if (this.#menu.matches(":popover-open")) this.#drawList();
  }

  /** @param {boolean} open */
  #toggled(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.#query.value = "";
    this.#query.hidden = store.models.length < SEARCH_FROM;
    const chosen = store.chosenModel;
    this.#drawList();
    this.#active = Math.max(0, this.#shown.findIndex((model) => model.upstream === chosen?.upstream && model.model === chosen.model));
    this.#markActive();
    placeAbove(this.#menu, this.#button, "end");
    const step = this.#none.hidden ? null : this.#none.querySelector("a");
    (step ?? (this.#query.hidden ? this.#list : this.#query)).focus();
  }

  #drawList() {
    const query = this.#query.value.trim().toLocaleLowerCase();
    const matching = store.models.filter((model) => `${model.upstream_name} ${model.model}`.toLocaleLowerCase().includes(query));
    const groups = byUpstream(matching);
    this.#shown = groups.flat();
    /** @type {HTMLElement[]} */
    const nodes = [];
    for (const group of groups) {
      const box = make("div", "models__section");
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", group[0]?.upstream_name ?? "");
      box.append(make("div", "models__group", group[0]?.upstream_name ?? ""), ...group.map((model) => this.#option(model)));
      nodes.push(box);
    }
    this.#none.hidden = store.models.length > 0;
    if (!nodes.length && store.models.length) nodes.push(make("p", "models__group", say("Nothing found.")));
    this.#list.replaceChildren(...nodes);
    this.#active = Math.min(this.#active, Math.max(0, this.#shown.length - 1));
    this.#markActive();
  }

  /** @param {Model} model */
  #option(model) {
    const chosen = store.chosenModel;
    const option = make("div", "models__option");
    const place = this.#shown.indexOf(model);
    option.id = `model-${place}`;
    option.dataset.place = String(place);
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(model.upstream === chosen?.upstream && model.model === chosen.model));
    option.append(make("bdi", "models__name", model.model));
    if (model.demo) option.append(make("span", "models__demo", say("demo")));
    option.append(find(document, "#icon-done-template", HTMLTemplateElement).content.cloneNode(true));
    return option;
  }

  #markActive() {
    for (const option of this.#list.querySelectorAll("[role=option]")) {
      const active = option.getAttribute("data-place") === String(this.#active);
      option.classList.toggle("models__option--active", active);
      if (active) option.scrollIntoView({ block: "nearest" });
    }
    const holder = this.#query.hidden ? this.#list : this.#query;
    holder.setAttribute("aria-activedescendant", `model-${this.#active}`);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const last = this.#shown.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: Math.min(last, this.#active + 1), ArrowUp: Math.max(0, this.#active - 1) };
    if (this.#query.hidden) Object.assign(moves, { Home: 0, End: last });
    const place = moves[event.key];
    if (place !== undefined) {
      event.preventDefault();
      this.#active = place;
      this.#markActive();
    } else if (!this.#shown.length) {
      return;
    } else if (event.key === "Enter" || (event.key === " " && this.#query.hidden)) {
      event.preventDefault();
      this.#choose(this.#active);
    }
  }

  /** @param {number} place */
  #choose(place) {
    const model = this.#shown[place];
    if (!model) return;
    chooseModel({ upstream: model.upstream, model: model.model });
    this.#menu.hidePopover();
    document.getElementById("composer-text")?.focus();
  }
}

/**
 * @param {Model[]} models
 * @returns {Model[][]}
 */
function byUpstream(models) {
  /** @type {Map<string, Model[]>} */
  const groups = new Map();
  for (const model of models) groups.set(model.upstream, [...(groups.get(model.upstream) ?? []), model]);
  return [...groups.values()];
}
