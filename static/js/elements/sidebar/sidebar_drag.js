/** Dragging a conversation to another section: a short way for what its menu does. */

import { store } from "../../state/store.js";
import { file, moveTo } from "../../verbs/listed.js";

/** Follow the drag of an entry that has begun. @param {HTMLElement} sidebar @param {DragEvent} event */
export function drag(sidebar, event) {
  const entry = event.target instanceof Element ? event.target.closest(".listed") : null;
  const item = entry instanceof HTMLElement ? store.list.items.get(entry.dataset.id ?? "") : undefined;
  if (!item || item.trashed_at || item.archived) return;
  const ending = new AbortController();
  const { signal } = ending;
  /** @type {Element | null} */
  let over = null;
  const mark = (/** @type {Element | null} */ section) => {
    over?.removeAttribute("data-over");
    over = section;
    over?.setAttribute("data-over", "");
  };
  sidebar.addEventListener("dragover", (/** @type {DragEvent} */ moved) => {
    const section = moved.target instanceof Element ? moved.target.closest(".section") : null;
    if (section) moved.preventDefault();
    mark(section);
  }, { signal });
  sidebar.addEventListener("drop", (dropped) => {
    dropped.preventDefault();
    const key = over?.getAttribute("data-section") ?? "";
    const known = store.list.items.get(item.id) ?? item;
    if (key === "pinned") void file(known, { pinned: true });
    else if (key.startsWith("folder-")) void moveTo(known, Number(key.slice("folder-".length)));
    else if (known.folder !== null) void moveTo(known, null);
    else if (known.pinned) void file(known, { pinned: false });
  }, { signal });
  document.addEventListener("dragend", () => {
    mark(null);
    ending.abort();
  }, { signal });
}
