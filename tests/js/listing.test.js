/** A page of a list that was read before a change, and arrives after it, does not undo the change. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { useDocument } from "./support.js";

useDocument();
Object.assign(globalThis, { window: globalThis });
const { settle } = await import("../../static/js/verbs/ask.js");
const { link } = await import("../../static/js/link/link.js");
const { more, reload, take } = await import("../../static/js/verbs/listing.js");
const { store } = await import("../../static/js/state/store.js");

/** @type {any[]} */ let sent = [];
link.send = (frame) => void sent.push(frame);
const where = /** @type {const} */ ({ shelf: "list", folder: null });

/** @param {string} id @param {Record<string, unknown>} [change] @returns {any} */
const item = (id, change = {}) => ({ id, title: id, pinned: null, folder: null, updated_at: "2026-11-29T10:00:00Z", ...change });
const titles = () => Object.fromEntries([...store.list.items.values()].map(({ id, title }) => [id, title]));

/** The server answers the command that was sent last. @param {any[]} items @param {string | null} [next] */
const answers = (items, next = null) => settle({ re: sent.at(-1).re, shelf: "list", items, next }, true);

beforeEach(() => {
  sent = [];
  store.list.remove([...store.list.items.keys()]);
  take({ items: [item("bread"), item("rye")], next: "older", ...where });
});

test("the list is taken as the server says it is", async () => {
  const reloaded = reload(where);
  answers([item("bread", { title: "Toast" })]);
  await reloaded;
  assert.deepEqual(titles(), { bread: "Toast" });
});

test("what was changed, added or removed by a frame while the page was on its way stays so", async () => {
  const reloaded = reload(where);
  store.list.put([item("bread", { title: "Renamed" }), item("new")]);
  store.list.remove(["rye"]);
  answers([item("bread"), item("rye"), item("new", { title: "As it was read" })]);
  await reloaded;
  assert.deepEqual(titles(), { bread: "Renamed", new: "new" });
});

test("so it is with an older page", async () => {
  const loaded = more(where);
  assert.equal(sent.at(-1).before, "older");
  store.list.put([item("oats", { title: "Renamed" })]);
  answers([item("oats"), item("barley")]);
  await loaded;
  assert.deepEqual(titles(), { bread: "bread", rye: "rye", oats: "Renamed", barley: "barley" });
});
