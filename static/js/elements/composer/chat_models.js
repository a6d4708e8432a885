/** The model that answers next: a button and a list box, those used last first, then grouped by upstream. */

import { listen } from "../../browser/events.js";
import { recallObject } from "../../state/memory.js";
import { store } from "../../state/store.js";
import { chooseModel } from "../../verbs/actions.js";
import { say } from "../../words/words.js";
import { ChatElement } from "../chat_element.js";
import { find, make, placeAbove, write } from "../dom.js";

/** @import { Model } from "../../state/types.js" */

/** A search field and the models used last appear from this many models on; fewer are found faster by looking. */
const SEARCH_FROM = 10;

export class ChatModels extends ChatElement {
  #drawn = "";
  #active = 0;
  /** @type {HTMLElement[]} the options in the list, in its order */
  #options = [];
  /** @type {Model[]} the model of each */
  #shown = [];

  /** @param {AbortSignal} signal */
  begin(signal) {
    // On "beforetoggle", because "toggle" comes so late that somebody quick may have typed already.
    this.#menu.addEventListener("beforetoggle", (event) => this.#reset(/** @type {ToggleEvent} */ (event).newState === "open"), { signal });
    this.#menu.addEventListener("toggle", (event) => this.#toggled(/** @type {ToggleEvent} */ (event).newState === "open"), { signal });
    this.#menu.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.#query.addEventListener("input", () => {
      this.#active = 0;
      this.#drawList();
    }, { signal });
    this.#list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option) this.#choose(Number(option.getAttribute("data-index")));
    }, { signal });
    listen("parley:choose-model", () => this.#menu.showPopover(), { signal });
    listen("parley:options", () => void this.#openOptions(), { signal });
    find(this, ".models__options", HTMLButtonElement).addEventListener("click", () => void this.#openOptions(), { signal });
    store.on(["models", "conversation"], () => this.#draw(), signal);
    this.#draw();
  }

  get #menu() { return find(this, ".models__menu", HTMLElement); }

  get #list() { return find(this, ".models__list", HTMLElement); }

  get #query() { return find(this, ".models__query", HTMLInputElement); }

  get #none() { return find(this, ".models__none", HTMLElement); }

  get #button() { return find(this, ".models__button", HTMLButtonElement); }

  #draw() {
    const label = store.open.persona?.name || store.chosenModel?.model || say("No model");
    const isSet = Object.keys(store.open.options).length > 0;
    write(find(this, ".models__current", HTMLElement), label);
    for (const mark of this.querySelectorAll(".models__mark")) if (mark instanceof HTMLElement) mark.hidden = !isSet;
    this.#button.setAttribute("aria-label", isSet ? say("Model: {model}, with options", { model: label }) : say("Model: {model}", { model: label }));
    this.#button.title = label;
    this.#button.disabled = store.open.role === "viewer" || store.open.gone;
    if (this.#menu.matches(":popover-open") && this.#source !== this.#drawn) this.#drawList();
  }

  /** What the list is drawn from: drawing the same again would lose a press that is under way. */
  get #source() { return JSON.stringify([store.models.known, store.chosenModel]); }

  /** @param {boolean} opens */
  #reset(opens) {
    if (!opens) return;
    this.#query.value = "";
    this.#query.hidden = store.models.known.length < SEARCH_FROM;
    this.#drawList();
    this.#active = Math.max(0, this.#shown.findIndex(isChosen));
  }

  /** @param {boolean} open */
  #toggled(open) {
    this.#button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.#markActive();
    placeAbove(this.#menu, this.#button, "end");
    const step = this.#none.hidden ? null : this.#none.querySelector("a");
    (step ?? (this.#query.hidden ? this.#list : this.#query)).focus();
  }

  #drawList() {
    this.#drawn = this.#source;
    const words = this.#query.value.trim().toLocaleLowerCase().split(/\s+/);
    const matching = store.models.known.filter((model) => {
      const name = `${model.upstream_name} ${model.model}`.toLocaleLowerCase();
      return words.every((word) => name.includes(word));
    });
    const recent = this.#query.value || store.models.known.length < SEARCH_FROM ? [] : recentModels();
    const sections = byUpstream(matching).map((models) => ({ title: models[0]?.upstream_name ?? "", models, full: false }));
    if (recent.length > 1) sections.unshift({ title: say("Last used"), models: recent, full: true });
    this.#shown = sections.flatMap(({ models }) => models);
    this.#options = [];
    const nodes = sections.map(({ title, models, full }) => {
      const box = make("div", "models__section");
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", title);
      box.append(make("div", "models__group", title), ...models.map((model) => this.#option(model, full)));
      return box;
    });
    this.#none.hidden = store.models.known.length > 0;
    this.#list.replaceChildren(...nodes);
    if (!nodes.length && store.models.known.length) this.#list.append(make("p", "models__group", say("Nothing found.")));
    this.#active = Math.min(this.#active, Math.max(0, this.#shown.length - 1));
    this.#markActive();
  }

  /** @param {Model} model @param {boolean} full with the upstream's name, outside of its group */
  #option(model, full) {
    const option = make("div", "models__option");
    const index = this.#options.push(option) - 1;
    option.id = `model-${index}`;
    option.dataset.index = String(index);
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", String(isChosen(model)));
    option.append(make("bdi", "models__name", model.model));
    if (full) option.append(make("bdi", "models__of", model.upstream_name));
    if (model.demo) option.append(make("span", "models__demo", say("demo")));
    option.append(find(document, "#icon-done-template", HTMLTemplateElement).content.cloneNode(true));
    return option;
  }

  #markActive() {
    this.#list.querySelector(".models__option--active")?.classList.remove("models__option--active");
    const active = this.#options[this.#active];
    active?.classList.add("models__option--active");
    active?.scrollIntoView({ block: "nearest" });
    const holder = this.#query.hidden ? this.#list : this.#query;
    holder.setAttribute("aria-activedescendant", active?.id ?? "");
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const inList = event.target === this.#list || event.target === this.#query;
    if (event.isComposing || !inList) return;
    const last = this.#shown.length - 1;
    /** @type {Record<string, number>} */
    const moves = { ArrowDown: Math.min(last, this.#active + 1), ArrowUp: Math.max(0, this.#active - 1) };
    if (this.#query.hidden) Object.assign(moves, { Home: 0, End: last });
    const index = moves[event.key];
    if (index !== undefined) {
      event.preventDefault();
      this.#active = index;
      this.#markActive();
    } else if (!this.#shown.length) {
      return;
    } else if (event.key === "Enter" || (event.key === " " && this.#query.hidden)) {
      event.preventDefault();
      this.#choose(this.#active);
    }
  }

  /** @param {number} index */
  #choose(index) {
    const model = this.#shown[index];
    if (!model) return;
    chooseModel({ upstream: model.upstream, model: model.model });
    this.#menu.hidePopover();
    document.getElementById("composer-text")?.focus();
  }

  async #openOptions() {
    if (this.#menu.matches(":popover-open")) this.#menu.hidePopover();
    const { openOptions } = await import("./on_demand.js");
    openOptions(this.#button);
  }
}

/** @param {Model} model */
function isChosen(model) {
  const chosen = store.chosenModel;
  return model.upstream === chosen?.upstream && model.model === chosen.model;
}

/** The models that this person chose last in this browser and that still exist, newest first. @returns {Model[]} */
function recentModels() {
  const { list } = recallObject("models.recent") ?? {};
  if (!Array.isArray(list)) return [];
  return list.flatMap((chosen) => store.models.known.find((model) => model.upstream === chosen?.upstream && model.model === chosen?.model) ?? []);
}

/** @param {Model[]} models @returns {Model[][]} */
function byUpstream(models) {
  /** @type {Map<string, Model[]>} */
  const groups = new Map();
  for (const model of models) {
    const group = groups.get(model.upstream);
    if (group) group.push(model);
    else groups.set(model.upstream, [model]);
  }
  return [...groups.values()];
}
