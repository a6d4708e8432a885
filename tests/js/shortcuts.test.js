import { parseHTML } from "linkedom";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

const { document, HTMLElement, HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement } = parseHTML("<textarea></textarea><button></button>");
Object.assign(globalThis, { HTMLElement, HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement });
const { keysOf, press, register, shortcuts } = await import("../../static/js/browser/shortcuts.js");

const bare = { key: "", code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, isComposing: false, keyCode: 0, defaultPrevented: false };
/** @type {(() => void)[]} */
let ends = [];

afterEach(() => {
  for (const end of ends) end();
  ends = [];
});

/**
 * Press keys in an element; whether the page took them.
 * @param {Partial<KeyboardEvent>} keys
 * @param {string} [where]
 */
function pressed(keys, where = "button") {
  let taken = false;
  press(/** @type {any} */ ({ ...bare, target: document.querySelector(where), ...keys, preventDefault: () => (taken = true) }));
  return taken;
}

/** @param {Partial<import("../../static/js/browser/shortcuts.js").Shortcut>} shortcut */
function have(shortcut) {
  ends.push(register({ id: "it", label: "Do it", keys: ["J"], run: () => {}, ...shortcut }));
}

test("keys are written the same for every keyboard", () => {
  assert.equal(keysOf({ ...bare, key: "O", code: "KeyO", ctrlKey: true, shiftKey: true }, false), "Mod+Shift+O");
  assert.equal(keysOf({ ...bare, key: "o", code: "KeyO", metaKey: true, shiftKey: true }, true), "Mod+Shift+O");
  assert.equal(keysOf({ ...bare, key: "o", code: "KeyO", ctrlKey: true }, true), "Ctrl+O");
  assert.equal(keysOf({ ...bare, key: "щ", code: "KeyO", ctrlKey: true }, false), "Mod+O");
  assert.equal(keysOf({ ...bare, key: "ø", code: "KeyO", altKey: true }, true), "Alt+O");
  assert.equal(keysOf({ ...bare, key: "ArrowUp", code: "ArrowUp", altKey: true }, false), "Alt+ArrowUp");
  assert.equal(keysOf({ ...bare, key: "?", code: "Slash", shiftKey: true }, false), "?");
  assert.equal(keysOf({ ...bare, key: " ", code: "Space" }, false), "Space");
  assert.equal(keysOf({ ...bare, key: "Shift", code: "ShiftLeft", shiftKey: true }, false), "");
});

test("a letter works as a shortcut only outside of text fields", () => {
  have({});
  assert.equal(pressed({ key: "j", code: "KeyJ" }), true);
  assert.equal(pressed({ key: "j", code: "KeyJ" }, "textarea"), false);
});

test("Escape and shortcuts with a modifier work in text fields, too", () => {
  have({ keys: ["Alt+ArrowUp", "Escape"] });
  assert.equal(pressed({ key: "ArrowUp", code: "ArrowUp", altKey: true }, "textarea"), true);
  assert.equal(pressed({ key: "Escape", code: "Escape" }, "textarea"), true);
});

test("a key press of an input method triggers no shortcut", () => {
  have({ keys: ["Escape"] });
  assert.equal(pressed({ key: "Escape", code: "Escape", isComposing: true }, "textarea"), false);
  assert.equal(pressed({ key: "Escape", code: "Escape", keyCode: 229 }, "textarea"), false);
});

test("a shortcut that does not apply or had nothing to do leaves the key to the next one", () => {
  /** @type {string[]} */
  const done = [];
  have({ id: "elsewhere", when: () => false, run: () => void done.push("elsewhere") });
  have({ id: "nothing", run: () => (done.push("nothing"), false) });
  have({ id: "here", run: () => void done.push("here") });
  assert.equal(pressed({ key: "j", code: "KeyJ" }), true);
  assert.deepEqual(done, ["nothing", "here"]);
  assert.deepEqual(shortcuts().map(({ id }) => id), ["elsewhere", "nothing", "here"]);
});

test("a shortcut that was removed does nothing", () => {
  register({ id: "gone", label: "", keys: ["J"], run: () => {} })();
  assert.equal(pressed({ key: "j", code: "KeyJ" }), false);
});
