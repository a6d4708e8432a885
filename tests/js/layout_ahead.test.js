/** Of a thread of thousands only what is near the window is marked, and few rectangles are asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LayoutAhead } from "../../static/js/dom/layout_ahead.js";

/**
 * A thread of messages, each 100 px high, whose window of 800 px begins at `top`.
 *
 * @param {number} count
 */
function thread(count) {
  const scene = { top: 0, asked: 0 };
  const children = Array.from({ length: count }, (_, place) => {
    const classes = new Set();
    return {
      classList: { add: (/** @type {string} */ name) => classes.add(name), remove: (/** @type {string} */ name) => classes.delete(name) },
      isNear: () => classes.has("message--near"),
      getBoundingClientRect() {
        scene.asked += 1;
        return { top: place * 100 - scene.top, bottom: place * 100 + 100 - scene.top };
      },
    };
  });
  const scroller = { getBoundingClientRect: () => ({ top: 0, bottom: 800 }) };
  const near = new LayoutAhead(/** @type {any} */ (scroller), /** @type {any} */ ({ children }));
  const places = () => children.flatMap((child, place) => (child.isNear() ? [place] : []));
  return { scene, near, places };
}

test("only messages within a page and a half above or below are near", () => {
  const { scene, near, places } = thread(10_000);
  for (const top of [0, 500_000, 999_200, 3_000]) {
    scene.top = top;
    near.update();
    const found = places();
    assert.equal(found[0], Math.max(0, Math.floor((top - 1500) / 100)));
    assert.ok(found.length <= 40, `${found.length} of 10,000`);
    assert.ok(found.every((place, at) => place === (found[0] ?? 0) + at), "without gaps");
    assert.ok(found.includes(top / 100 + 4), "what is seen is among them");
  }
});

test("an update reads the rectangles of messages that are near, not of all", () => {
  const { scene, near } = thread(10_000);
  scene.top = 400_000;
  near.update();
  scene.asked = 0;
  scene.top += 120;
  near.update();
  assert.ok(scene.asked < 70, `${scene.asked} rectangles`);
});

test("an empty thread has nothing near", () => {
  const { near, places } = thread(0);
  near.update();
  assert.deepEqual(places(), []);
});
