/** Room for a soft keyboard that lies over the page, and for nothing else that makes the visible part smaller. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { useDocument } from "./support.js";

const page = useDocument();
/** @type {(() => void)[]} */ const listeners = [];
const viewport = { height: 800, offsetTop: 0, scale: 1, addEventListener: (/** @type {string} */ _, /** @type {() => void} */ call) => listeners.push(call) };
/** @type {number[][]} */ const scrolls = [];
Object.assign(globalThis, { window: globalThis, innerHeight: 800, visualViewport: viewport, scrollTo: (/** @type {number[]} */ ...to) => scrolls.push(to) });
const { startKeyboard } = await import("../../static/js/window/soft_keyboard.js");
startKeyboard();

/** @param {Partial<typeof viewport>} change */
function seen(change) {
  Object.assign(viewport, { height: 800, offsetTop: 0, scale: 1 }, change);
  listeners[0]?.();
  return page.documentElement.style.getPropertyValue("--keyboard");
}

test("the page makes room for a keyboard that covers it, and takes the room back", () => {
  assert.equal(seen({ height: 464.5, offsetTop: 120 }), "336px");
  assert.deepEqual(scrolls, [[0, 0]]);
  assert.equal(seen({}), "0px");
});

test("a bar of the browser and a zoomed page are not taken for a keyboard", () => {
  assert.equal(seen({ height: 750 }), "0px");
  assert.equal(seen({ height: 400, scale: 2 }), "0px");
});
