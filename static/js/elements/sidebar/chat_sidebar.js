/** The list of conversations: pinned, folders, days; the archive and the trash. On a narrow window it is a drawer. */

import { emit } from "../../browser/events.js";
import { placeOf, shelvesOf } from "../../state/shelves.js";
import { store } from "../../state/store.js";
import { saveFolder } from "../../verbs/listed.js";
import { hasMore, isLoaded, more, reload } from "../../verbs/listing.js";
import { say } from "../../words/words.js";
import { arrange, copyOf, find, paintAvatar, placeAbove, write } from "../dom.js";
import { onLongPress } from "./long_press.js";
import { drag } from "./sidebar_drag.js";
import { SidebarFind } from "./sidebar_find.js";
import { fit } from "./sidebar_rows.js";
import { heldStill } from "./sidebar_scroll.js";
import { nameOf, noteOf, whatIsNone } from "./sidebar_words.js";

/** @import { Place, Shelf } from "../../state/shelves.js" */
/** @import { Listed } from "../../state/types.js" */
/** @import { Where } from "../../verbs/listing.js" */

/** A page is asked for this long before its place is scrolled to. */
const AHEAD = "800px 0px";
/** So many entries are kept for when they come into sight again. */
const KEPT_ENTRIES = 600;
/** What an entry or a folder's heading has: what opens it, and beside it the button of its menu. */
const ENTRY_PARTS = ".listed__link, .shelf__toggle, .listed__more, .shelf__more";
/** @type {Record<string, string>} */
const ASIDE = { ArrowRight: ".listed__more, .shelf__more", ArrowLeft: ".listed__link, .shelf__toggle" };

export class ChatSidebar extends HTMLElement {
  /** @type {Place} */
  #place = "list";
  /** @type {Map<string, HTMLElement>} the entries in the document, and some that were, by conversation */
  #entries = new Map();
  /** @type {WeakMap<HTMLElement, string>} what each entry shows */
  #shown = new WeakMap();
  /** @type {Map<string, HTMLElement>} */
  #shelves = new Map();
  /** @type {SidebarFind | null} */
  #find = null;
  /** @type {(() => void)[]} */
  #ends = [];
  #drawing = 0;
  #fitting = 0;
  /** What each shelf holds, whether or not it is in sight. @type {Shelf[]} */
  #arranged = [];
  /** Lists whose last page did not come: their button waits for a click. @type {Set<Element>} */
  #failed = new Set();
  /** @type {IntersectionObserver | null} */
  #observer = null;

  connectedCallback() {
    for (const shelf of this.querySelectorAll(".shelf")) if (shelf instanceof HTMLElement) this.#shelves.set(shelf.dataset.shelf ?? "", shelf);
    for (const entry of this.querySelectorAll(".listed")) if (entry instanceof HTMLElement) this.#entries.set(entry.dataset.id ?? "", entry);
    for (const avatar of this.querySelectorAll("[data-name]")) if (avatar instanceof HTMLElement) paintAvatar(avatar, avatar.dataset.name ?? "");
    const ending = new AbortController();
    const { signal } = ending;
    this.#find = new SidebarFind(this, { draw: () => this.#draw(), choose: () => this.#links().find((node) => node.matches(".listed__link"))?.click(), signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("contextmenu", (event) => this.#askForMenu(event, { x: event.clientX, y: event.clientY }), { signal });
    onLongPress(this, (event) => this.#askForMenu(event, null), signal);
    this.addEventListener("dragstart", (event) => drag(this, event), { signal });
    const menu = find(this, "#account-menu", HTMLElement);
    menu.addEventListener("toggle", () => placeAbove(menu, find(this, ".sidebar__person", HTMLElement), "start"), { signal });
    const scroller = find(this, ".sidebar__scroll", HTMLElement);
    const fitSoon = () => void (this.#fitting ||= requestAnimationFrame(() => this.#fit()));
    scroller.addEventListener("scroll", fitSoon, { passive: true, signal });
    const sized = new ResizeObserver(fitSoon);
    sized.observe(scroller);
    // At midnight "today" becomes "yesterday".
    const clock = setInterval(() => this.#draw(), 600_000);
    const observer = new IntersectionObserver((seen) => this.#scrolledTo(seen), { root: scroller, rootMargin: AHEAD });
    this.#observer = observer;
    observer.observe(this.#more);
    this.#ends = [() => ending.abort(), store.on("list", () => this.#drawSoon()), store.on("connected", () => store.connected && this.#readAgain()), () => clearInterval(clock), () => observer.disconnect(), () => sized.disconnect()];
    this.#draw();
  }

  disconnectedCallback() {
    cancelAnimationFrame(this.#drawing);
    cancelAnimationFrame(this.#fitting);
    this.#drawing = this.#fitting = 0;
    for (const end of this.#ends.splice(0)) end();
  }

  get #more() {
    return find(this, ".sidebar__more", HTMLButtonElement);
  }

  /** @returns {HTMLElement[]} what the arrows walk through */
  #links() {
    return [...this.querySelectorAll(".listed__link, .shelf__toggle")].filter((node) => node instanceof HTMLElement);
  }

  #drawSoon() {
    this.#drawing ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    const matches = this.#find?.matches ?? null;
    const shelves = shelvesOf(store.list.items.values(), { place: this.#place, folders: store.list.folders, now: new Date(), matches });
    const list = find(this, ".sidebar__list", HTMLElement);
    heldStill(find(this, ".sidebar__scroll", HTMLElement), () => {
      this.#arranged = shelves;
      arrange(list, shelves.map((shelf) => this.#shelf(shelf)));
      this.#fit();
    });
    const none = find(this, ".sidebar__none", HTMLElement);
    none.hidden = shelves.some(({ items, folder }) => items.length || folder);
    write(none, whatIsNone(this.#place, matches !== null, !hasMore({ place: this.#place, folder: null })));
    this.#more.hidden = !hasMore({ place: this.#place, folder: null });
    this.#drawPlace(matches !== null || !none.hidden);
  }

  #fit() {
    cancelAnimationFrame(this.#fitting);
    this.#fitting = 0;
    const lists = this.#arranged.map(({ key, folder, items }) => {
      const shown = !folder || folder.open ? items : [];
      return {
        list: find(/** @type {HTMLElement} */ (this.#shelves.get(key)), ".shelf__list", HTMLElement),
        count: shown.length,
        row: (/** @type {number} */ index) => this.#entry(/** @type {Listed} */ (shown[index])),
        indexOf: (/** @type {Element} */ node) => shown.findIndex(({ id }) => id === node.getAttribute("data-id")),
      };
    });
    fit(find(this, ".sidebar__scroll", HTMLElement), lists);
    if (this.#entries.size > KEPT_ENTRIES) for (const [id, node] of this.#entries) if (!node.isConnected) this.#entries.delete(id);
  }

  /** @param {boolean} quiet whether there is no word about the place besides its name */
  #drawPlace(quiet) {
    find(this, ".sidebar__where", HTMLElement).hidden = this.#place === "list";
    if (this.#place !== "list") write(find(this, ".sidebar__where-name", HTMLElement), nameOf(this.#place, null));
    const note = find(this, ".sidebar__note", HTMLElement);
    const words = quiet ? "" : noteOf(this.#place);
    note.hidden = !words;
    write(note, words);
    for (const button of this.querySelectorAll(".sidebar__place")) {
      if (button.getAttribute("data-place") === this.#place) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  /** @param {Shelf} shelf */
  #shelf({ key, folder, items }) {
    let node = this.#shelves.get(key);
    if (!node) {
      node = find(copyOf(folder ? "folder-template" : "shelf-template"), ".shelf", HTMLElement);
      node.dataset.shelf = key;
      this.#shelves.set(key, node);
    }
    write(find(node, ".shelf__words", HTMLElement), nameOf(key, folder));
    if (folder) this.#drawFolder(node, folder, items);
    return node;
  }

  /**
   * @param {HTMLElement} node
   * @param {import("../../state/types.js").Folder} folder
   * @param {Listed[]} items
   */
  #drawFolder(node, folder, items) {
    const where = this.#whereOf(node);
    find(node, ".shelf__toggle", HTMLButtonElement).setAttribute("aria-expanded", String(folder.open));
    find(node, ".shelf__more", HTMLButtonElement).setAttribute("aria-label", say("More actions for the folder {name}", { name: folder.name }));
    const unread = items.some((item) => item.unread) || (folder.unread && !isLoaded(where));
    node.toggleAttribute("data-unread", !folder.open && unread);
    node.toggleAttribute("data-running", !folder.open && items.some((item) => item.running));
    find(node, ".shelf__none", HTMLElement).hidden = !folder.open || items.length > 0 || hasMore(where);
    const more = find(node, ".shelf__older", HTMLButtonElement);
    more.hidden = !folder.open || !hasMore(where);
    if (more.hidden) this.#observer?.unobserve(more);
    else this.#observer?.observe(more);
  }

  /** @param {Listed} item */
  #entry(item) {
    let entry = this.#entries.get(item.id);
    if (!entry) {
      entry = find(copyOf("listed-template"), ".listed", HTMLElement);
      entry.dataset.id = item.id;
      this.#entries.set(item.id, entry);
    }
    const isOpen = item.id === store.open.id;
    const sign = JSON.stringify([item.title, item.running, item.unread, item.people > 0, Boolean(item.trashed_at), isOpen]);
    // Of thousands of entries one has changed.
    if (this.#shown.get(entry) === sign) return entry;
    this.#shown.set(entry, sign);
    const link = find(entry, ".listed__link", HTMLAnchorElement);
    if (isOpen) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
    // What is in the trash cannot be opened: its entry is the button of its menu.
    if (item.trashed_at) link.removeAttribute("href");
    else link.href = `/c/${item.id}/`;
    for (const [name, value] of Object.entries({ role: "button", tabindex: "0", "aria-haspopup": "menu" })) {
      if (item.trashed_at) link.setAttribute(name, value);
      else link.removeAttribute(name);
    }
    entry.toggleAttribute("data-running", item.running);
    entry.toggleAttribute("data-unread", item.unread && !isOpen);
    entry.toggleAttribute("data-shared", item.people > 0);
    const title = item.title || say("New conversation");
    write(find(entry, ".listed__words", HTMLElement), title);
    find(entry, ".listed__more", HTMLButtonElement).setAttribute("aria-label", say("More actions for {title}", { title }));
    return entry;
  }

  // --- places and pages ---

  /** @param {Place} place */
  #turnTo(place) {
    this.#place = place;
    find(this, ".sidebar__scroll", HTMLElement).scrollTop = 0;
    this.#draw();
    this.#readAgain();
    this.#lookAgain(this.#more);
  }

  /** What is not the list is asked anew each time it is turned to: what happened to it meanwhile was not told. */
  #readAgain() {
    if (this.#place !== "list") void reload({ place: this.#place, folder: null }).catch(() => {});
  }

  /** @param {IntersectionObserverEntry[]} seen */
  #scrolledTo(seen) {
    for (const { isIntersecting, target } of seen) if (isIntersecting && target instanceof HTMLButtonElement && !this.#failed.has(target)) void this.#loadMore(target);
  }

  /** @param {HTMLButtonElement} button */
  async #loadMore(button) {
    try {
      await more(this.#whereOf(button));
      this.#failed.delete(button);
    } catch {
      this.#failed.add(button);
    }
    this.#draw();
    this.#lookAgain(button);
  }

  /** @param {HTMLButtonElement} button still in sight, it is to be seen again */
  #lookAgain(button) {
    this.#observer?.unobserve(button);
    if (!button.hidden) this.#observer?.observe(button);
  }

  /**
   * @param {Element} node
   * @returns {Where}
   */
  #whereOf(node) {
    const folder = this.#folderOf(node);
    return { place: this.#place, folder: folder?.id ?? null };
  }

  /** @param {Element} node */
  #folderOf(node) {
    const key = node.closest(".shelf")?.getAttribute("data-shelf");
    return store.list.folders.find(({ id }) => key === `folder-${id}`);
  }

  // --- what a person does ---

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("button");
    const action = button?.getAttribute("data-action");
    if (action === "close") emit("parley:drawer", false);
    else if (action === "more" && button) {
      this.#failed.delete(button);
      void this.#loadMore(button);
    } else if (action === "list") this.#turnTo("list");
    else if (action === "place") {
      const place = /** @type {Place} */ (button?.getAttribute("data-place"));
      this.#turnTo(place === this.#place ? "list" : place);
    } else if (action === "fold" && button) this.#fold(button);
    else if (target?.closest(".listed__more, .shelf__more, .listed__link[role=button]")) this.#askForMenu(event, null);
  }

  /** @param {Element} button */
  #fold(button) {
    const folder = this.#folderOf(button);
    if (!folder) return;
    store.list.foldOut(folder.id, !folder.open);
    this.#draw();
    void saveFolder(folder.id, { open: !folder.open });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing || (event.target instanceof Element && event.target.matches(".listed__rename, .menu *"))) return;
    const isMenuKey = event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
    const onPlaceholder = event.target instanceof Element && event.target.matches(".listed__link[role=button]") && (event.key === "Enter" || event.key === " ");
    if (isMenuKey || onPlaceholder) this.#askForMenu(event, null);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#walk(event);
    const aside = event.target instanceof Element && ASIDE[event.key] && event.target.parentElement?.querySelector(ASIDE[event.key] ?? "");
    if (aside instanceof HTMLElement && event.target !== aside && event.target instanceof Element && event.target.matches(ENTRY_PARTS)) aside.focus();
  }

  /**
   * Arrows walk through the list.
   * @param {KeyboardEvent} event
   */
  #walk(event) {
    const nodes = [find(this, ".sidebar__query", HTMLElement), ...this.#links()];
    const active = document.activeElement;
    const at = nodes.findIndex((node) => node === active || (active?.matches(".listed__more, .shelf__more") && node.parentElement === active.parentElement));
    if (at < 0) return;
    event.preventDefault();
    nodes[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
  }

  /**
   * @param {Event} event
   * @param {{x: number, y: number} | null} at where the menu is to stand; null for beside its button
   */
  #askForMenu(event, at) {
    const target = event.target instanceof Element ? event.target : null;
    const entry = target?.closest(".listed");
    const head = target?.closest(".shelf__name");
    const item = entry instanceof HTMLElement && store.list.items.get(entry.dataset.id ?? "");
    const folder = head && this.#folderOf(head);
    if (!item && !folder) return;
    event.preventDefault();
    const box = /** @type {HTMLElement} */ (item ? entry : head);
    // A long press says so twice where the browser makes a contextmenu of it.
    if (box.hasAttribute("data-menu") && event.type !== "click") return;
    // Not needed until somebody asks for it.
    void import("./sidebar_menu.js").then(({ openEntryMenu, openFolderMenu }) => {
      if (item) openEntryMenu(item, placeOf(item), box, at);
      else if (folder) openFolderMenu(folder, box, at);
    });
  }
}
