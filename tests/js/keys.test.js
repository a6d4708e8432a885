import assert from "node:assert/strict";
import { test } from "node:test";
import { shownKeys, whyReserved } from "../../static/js/browser/keys.js";
import { holderOf, keysFor, keysOf, press, rebind, register } from "../../static/js/browser/shortcuts.js";

globalThis.HTMLElement ??= /** @type {any} */ (class {});

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

test("keys are shown as they are printed on the keyboard", () => {
  assert.deepEqual(shownKeys("Mod+Shift+O", false), ["Ctrl", "Shift", "O"]);
  assert.deepEqual(shownKeys("Mod+Shift+O", true), ["⌘", "⇧", "O"]);
  assert.deepEqual(shownKeys("Alt+ArrowUp", false), ["Alt", "↑"]);
  assert.deepEqual(shownKeys("Mod++", false), ["Ctrl", "+"]);
  assert.deepEqual(shownKeys("?", false), ["?"]);
});

test("keys that a browser or a text field needs are refused with the reason, all others are free", () => {
  for (const keys of ["Mod+T", "Mod+Shift+N", "F5"]) assert.match(whyReserved(keys), /browser/);
  assert.match(whyReserved("Mod+C"), /editing/);
  for (const keys of ["Tab", "Shift+Tab", "Enter", "ArrowDown"]) assert.match(whyReserved(keys), /focus/);
  assert.match(whyReserved("Escape"), /closes/);
  for (const keys of ["Mod+K", "Mod+Shift+O", "Alt+J", "?", "G", "F2", "Alt+ArrowUp"]) assert.equal(whyReserved(keys), "");
});

test("the keys that a person chose work, the old ones do nothing, and a reset brings those back", () => {
  /** @type {string[]} */
  const ran = [];
  const end = register({ id: "test.one", label: "One", keys: ["Mod+J"], run: () => void ran.push("one") });
  const hit = (/** @type {string} */ key, code = `Key${key.toUpperCase()}`) => {
    const event = { ...none, ctrlKey: true, key, code, target: null, preventDefault() {} };
    assert.equal(keysOf(event, false), `Mod+${key.toUpperCase()}`);
    press(/** @type {any} */ (event));
  };
  hit("j");
  rebind({ "test.one": ["Mod+I"] });
  hit("j");
  hit("i");
  assert.deepEqual(ran, ["one", "one"]);
  rebind({ "test.one": [] });
  hit("i");
  hit("j");
  rebind({});
  hit("j");
  assert.equal(ran.length, 3);
  end();
});

test("the action that already has the keys is found", () => {
  const one = { id: "test.one", label: "One", keys: ["Mod+J"], run() {} };
  const ends = [register(one), register({ id: "test.two", label: "Two", keys: ["Mod+I"], run() {} })];
  assert.equal(holderOf("Mod+I", "test.one")?.label, "Two");
  assert.equal(holderOf("Mod+J", "test.one"), undefined);
  rebind({ "test.two": ["Mod+U"] });
  assert.equal(holderOf("Mod+I", "test.one"), undefined);
  assert.equal(holderOf("Mod+U", "test.one")?.label, "Two");
  assert.deepEqual(keysFor(one), ["Mod+J"]);
  rebind({});
  ends.forEach((end) => end());
});
