/**
 * On a narrow window the sidebar is a drawer: its button opens it; Escape, a click beside it, a swipe, or going to a
 * conversation closes it. While it is open, the keyboard stays in it.
 */

import { listen } from "../browser/events.js";
import { register } from "../browser/shortcuts.js";
import { say } from "../words/words.js";

/** A finger that goes this much farther sideways than up or down is swiping, not scrolling. */
const SIDEWAYS = 1.5;
const BEGINS_PX = 10;
/** The drawer closes if it was dragged this far, or flicked this fast, when the finger is lifted. */
const ENOUGH_PX = 80;
const FLICK_PX_PER_MS = 0.5;

/** Follow what opens and closes the drawer. */
export function startDrawer() {
  listen("parley:drawer", showDrawer);
  listen("parley:went", () => showDrawer(false));
  document.querySelector(".scrim")?.addEventListener("click", () => showDrawer(false));
  // It is a drawer only on a narrow window.
  matchMedia("(width < 768px)").addEventListener("change", () => showDrawer(false));
  register({
    id: "drawer.close",
    label: say("Close the list of conversations"),
    keys: ["Escape"],
    when: isOpen,
    run: () => showDrawer(false),
  });
  const sidebar = document.getElementById("sidebar");
  if (sidebar) startSwipe(sidebar);
}

const isOpen = () => Boolean(document.getElementById("room")?.hasAttribute("data-drawer"));

/** @param {boolean} open */
function showDrawer(open) {
  const room = document.getElementById("room");
  const main = document.getElementById("main");
  const button = document.querySelector(".header__menu");
  if (!room || !main || isOpen() === open) return;
  room.toggleAttribute("data-drawer", open);
  main.inert = open;
  const skip = document.querySelector(".skip");
  if (skip instanceof HTMLElement) skip.inert = open;
  button?.setAttribute("aria-expanded", String(open));
  const target = open ? document.querySelector(".sidebar__close") : button;
  if (target instanceof HTMLElement) target.focus();
}

/** @param {HTMLElement} sidebar */
function startSwipe(sidebar) {
  /** @type {{x: number, y: number, at: number} | null} where the finger came down */
  let start = null;
  let drawn = 0;
  const outwards = () => (getComputedStyle(sidebar).direction === "rtl" ? 1 : -1);
  const end = (/** @type {TouchEvent} */ event) => {
    const speed = start ? drawn / Math.max(1, event.timeStamp - start.at) : 0;
    const closes = drawn > ENOUGH_PX || (drawn > BEGINS_PX && speed > FLICK_PX_PER_MS);
    start = null;
    drawn = 0;
    sidebar.removeAttribute("data-drawn");
    if (closes && event.type === "touchend") showDrawer(false);
  };
  sidebar.addEventListener("touchstart", (event) => {
    const touch = event.touches[0];
    start = isOpen() && touch && event.touches.length === 1 ? { x: touch.clientX, y: touch.clientY, at: event.timeStamp } : null;
  }, { passive: true });
  sidebar.addEventListener("touchmove", (event) => {
    const touch = event.touches[0];
    if (!start || !touch) return;
    const along = (touch.clientX - start.x) * outwards();
    const across = Math.abs(touch.clientY - start.y);
    if (!drawn && across > BEGINS_PX) start = null;
    if (!start || (!drawn && (along < BEGINS_PX || along < across * SIDEWAYS))) return;
    drawn = Math.max(1, along);
    sidebar.toggleAttribute("data-drawn", true);
    sidebar.style.setProperty("--drawn", `${drawn * outwards()}px`);
  }, { passive: true });
  sidebar.addEventListener("touchend", end, { passive: true });
  sidebar.addEventListener("touchcancel", end, { passive: true });
}
