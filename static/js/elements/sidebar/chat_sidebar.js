/** The list of conversations: pinned, folders, days; the archive and the trash. On a narrow window it is a drawer. */

import { emit } from "../../browser/events.js";
import { shelfOf, sectionsOf } from "../../state/sections.js";
import { store } from "../../state/store.js";
import { saveFolder } from "../../verbs/listed.js";
import { hasMore, reload } from "../../verbs/listing.js";
import { ChatElement } from "../chat_element.js";
import { arrange, find, paintAvatar, placeAbove, write } from "../dom.js";
import { onLongPress } from "./long_press.js";
import { drag } from "./sidebar_drag.js";
import { SidebarEntries } from "./sidebar_entries.js";
import { SidebarFind } from "./sidebar_find.js";
import { linksOf, walk } from "./sidebar_keys.js";
import { SidebarPages } from "./sidebar_pages.js";
import { fit } from "./sidebar_rows.js";
import { keepScroll } from "./sidebar_scroll.js";
import { SidebarSections } from "./sidebar_sections.js";
import { nameOf, noteOf, whatIsNone } from "./sidebar_words.js";

/** @import { Shelf, Section } from "../../state/sections.js" */
/** @import { Listed } from "../../state/types.js" */
/** @import { Where } from "../../verbs/listing.js" */

export class ChatSidebar extends ChatElement {
  /** @type {Shelf} */
  #shelf = "list";
  #entries = new SidebarEntries();
  #sections = new SidebarSections();
  /** @type {SidebarFind | null} */
  #find = null;
  #drawing = 0;
  #fitting = 0;
  /** What each section holds, whether or not it is in sight. @type {Section[]} */
  #arranged = [];
  /** @type {SidebarPages | null} */
  #pages = null;

  /** @param {AbortSignal} signal */
  begin(signal) {
    this.#sections.adopt(this.querySelectorAll(".section"));
    this.#entries.adopt(this.querySelectorAll(".listed"));
    for (const avatar of this.querySelectorAll("[data-name]")) if (avatar instanceof HTMLElement) paintAvatar(avatar, avatar.dataset.name ?? "");
    this.#find = new SidebarFind(this, { draw: () => this.#draw(), choose: () => linksOf(this).find((node) => node.matches(".listed__link"))?.click(), signal });
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
    this.#pages = new SidebarPages(scroller, { where: (button) => this.#whereOf(button), loaded: () => this.#draw(), signal });
    this.#pages.follow(this.#more);
    store.on("list", () => this.#drawSoon(), signal);
    store.on("connected", () => store.connected && this.#readAgain(), signal);
    signal.addEventListener("abort", () => {
      clearInterval(clock);
      sized.disconnect();
      cancelAnimationFrame(this.#drawing);
      cancelAnimationFrame(this.#fitting);
      this.#drawing = this.#fitting = 0;
    });
    this.#draw();
  }

  get #more() {
    return find(this, ".sidebar__more", HTMLButtonElement);
  }

  #drawSoon() {
    this.#drawing ||= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    cancelAnimationFrame(this.#drawing);
    this.#drawing = 0;
    const matches = this.#find?.matches ?? null;
    const sections = sectionsOf(store.list.items.values(), { shelf: this.#shelf, folders: store.list.folders, now: new Date(), matches });
    const list = find(this, ".sidebar__list", HTMLElement);
    keepScroll(find(this, ".sidebar__scroll", HTMLElement), () => {
      this.#arranged = sections;
      arrange(list, sections.map((section) => this.#sections.of(section, { shelf: this.#shelf, folder: section.folder?.id ?? null }, this.#pages)));
      this.#fit();
    });
    const none = find(this, ".sidebar__none", HTMLElement);
    none.hidden = sections.some(({ items, folder }) => items.length || folder);
    write(none, whatIsNone(this.#shelf, matches !== null, !hasMore({ shelf: this.#shelf, folder: null })));
    this.#more.hidden = !hasMore({ shelf: this.#shelf, folder: null });
    this.#drawPlace(matches !== null || !none.hidden);
  }

  #fit() {
    cancelAnimationFrame(this.#fitting);
    this.#fitting = 0;
    const lists = this.#arranged.map((section) => {
      const shown = !section.folder || section.folder.open ? section.items : [];
      return {
        list: this.#sections.listOf(section),
        count: shown.length,
        row: (/** @type {number} */ index) => this.#entries.of(/** @type {Listed} */ (shown[index])),
        indexOf: (/** @type {Element} */ node) => shown.findIndex(({ id }) => id === node.getAttribute("data-id")),
      };
    });
    fit(find(this, ".sidebar__scroll", HTMLElement), lists);
    this.#entries.forgetSome();
  }

  /** @param {boolean} quiet whether there is no word about the shelf besides its name */
  #drawPlace(quiet) {
    find(this, ".sidebar__where", HTMLElement).hidden = this.#shelf === "list";
    if (this.#shelf !== "list") write(find(this, ".sidebar__where-name", HTMLElement), nameOf(this.#shelf, null));
    const note = find(this, ".sidebar__note", HTMLElement);
    const words = quiet ? "" : noteOf(this.#shelf);
    note.hidden = !words;
    write(note, words);
    for (const button of this.querySelectorAll(".sidebar__shelf")) {
      if (button.getAttribute("data-shelf") === this.#shelf) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }

  // --- shelves and pages ---

  /** @param {Shelf} shelf */
  #turnTo(shelf) {
    this.#shelf = shelf;
    find(this, ".sidebar__scroll", HTMLElement).scrollTop = 0;
    this.#draw();
    this.#readAgain();
    this.#pages?.lookAgain(this.#more);
  }

  /** Ask for the archive or the trash again each time it is shown: the server does not announce changes in them. */
  #readAgain() {
    if (this.#shelf !== "list") void reload({ shelf: this.#shelf, folder: null }).catch(() => {});
  }

  /** @param {Element} node @returns {Where} */
  #whereOf(node) {
    const folder = this.#folderOf(node);
    return { shelf: this.#shelf, folder: folder?.id ?? null };
  }

  /** @param {Element} node */
  #folderOf(node) {
    const key = node.closest(".section")?.getAttribute("data-section");
    return store.list.folders.find(({ id }) => key === `folder-${id}`);
  }

  // --- what a person does ---

  /** @param {MouseEvent} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const button = target?.closest("button");
    const action = button?.getAttribute("data-action");
    if (action === "close") emit("parley:drawer", false);
    else if (action === "more" && button) void this.#pages?.load(button);
    else if (action === "list") this.#turnTo("list");
    else if (action === "shelf") {
      const shelf = /** @type {Shelf} */ (button?.getAttribute("data-shelf"));
      this.#turnTo(shelf === this.#shelf ? "list" : shelf);
    } else if (action === "fold" && button) this.#fold(button);
    else if (target?.closest(".listed__more, .section__more, .listed__link[role=button]")) this.#askForMenu(event, null);
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
    walk(this, find(this, ".sidebar__query", HTMLElement), event);
  }

  /** @param {Event} event @param {{x: number, y: number} | null} at where the menu is to stand; null for beside its button */
  #askForMenu(event, at) {
    const target = event.target instanceof Element ? event.target : null;
    const entry = target?.closest(".listed");
    const head = target?.closest(".section__name");
    const item = entry instanceof HTMLElement && store.list.items.get(entry.dataset.id ?? "");
    const folder = head && this.#folderOf(head);
    if (!item && !folder) return;
    event.preventDefault();
    const box = /** @type {HTMLElement} */ (item ? entry : head);
    // A long press comes twice where the browser also sends a contextmenu for it.
    if (box.hasAttribute("data-menu") && event.type !== "click") return;
    // The menu is loaded only when somebody asks for it.
    void import("./sidebar_menu.js").then(({ openEntryMenu, openFolderMenu }) => {
      if (item) openEntryMenu(item, shelfOf(item), box, at);
      else if (folder) openFolderMenu(folder, box, at);
    });
  }
}
