/** The box above the list: it narrows the loaded list to the titles that contain what is typed. */

import { find } from "../dom.js";

/** @import { Listed } from "../../state/types.js" */

export class SidebarFind {
  #box;

  /**
   * @param {HTMLElement} sidebar
   * @param {{draw: () => void, choose: () => void, signal: AbortSignal}} list what shows the result, and opens the first of it
   */
  constructor(sidebar, { draw, choose, signal }) {
    this.#box = find(sidebar, ".sidebar__query", HTMLInputElement);
    this.#box.addEventListener("input", draw, { signal });
    this.#box.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter") choose();
      if (event.key !== "Escape" || !this.#box.value) return;
      event.preventDefault();
      event.stopPropagation();
      this.#box.value = "";
      draw();
    }, { signal });
  }

  /** Whether an entry is to be shown; null while nothing is typed. @returns {((item: Listed) => boolean) | null} */
  get matches() {
    const words = this.#box.value.trim().toLocaleLowerCase();
    return words ? (item) => item.title.toLocaleLowerCase().includes(words) : null;
  }
}
