/** How the list of conversations is arranged: twin of chat/listing.py, whose tests have the same days. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { headingsAt, shelfOf, sectionsOf } from "../../static/js/state/sections.js";

const NOW = new Date(2026, 10, 26, 12);
const FOLDERS = [{ id: 1, name: "Reading", open: true, unread: false }, { id: 2, name: "Work", open: false, unread: false }];
/** @param {number} days */
const daysAgo = (days) => new Date(2026, 10, 26 - days, 9, 30).toISOString();

/**
 * @param {string} id
 * @param {Partial<import("../../static/js/state/types.js").Listed>} [fields]
 * @returns {import("../../static/js/state/types.js").Listed}
 */
const listed = (id, fields = {}) => ({
  id, title: id, updated_at: daysAgo(0), running: false, unread: false, role: "owner", people: 0, pinned: false, archived: false, folder: null,
  trashed_at: null, ...fields,
});
/**
 * @param {import("../../static/js/state/types.js").Listed[]} items
 * @param {Partial<Parameters<typeof sectionsOf>[1]>} [view]
 */
const arranged = (items, view = {}) =>
  sectionsOf(items, { shelf: "list", folders: FOLDERS, now: NOW, ...view }).map(({ key, items: found }) => [key, found.map(({ id }) => id).join(" ")]);

test("days have the headings that the first paint gives them", () => {
  const heading = headingsAt(NOW);
  const told = [-1, 0, 1, 2, 7, 8, 30, 31, 300, 331, 800].map((days) => heading(daysAgo(days)));
  assert.deepEqual(told, ["today", "today", "yesterday", "week", "week", "month", "month", "2026-10", "2026-01", "2025-12", "2024-09"]);
});

test("days are counted right when the clocks change, and the last minute before midnight is yesterday", () => {
  for (const zone of ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"]) {
    process.env.TZ = zone;
    for (let day = 0; day < 365; day += 1) {
      const heading = headingsAt(new Date(2026, 0, 2 + day, 0, 1));
      assert.equal(heading(new Date(2026, 0, 1 + day, 23, 59).toISOString()), "yesterday", `${zone}, day ${day}`);
      assert.equal(heading(new Date(2026, 0, 2 + day, 0, 0).toISOString()), "today", `${zone}, day ${day}`);
    }
  }
  process.env.TZ = "UTC";
});

test("pinned conversations come first, folders before days, each newest first, and nothing twice", () => {
  const items = [
    listed("old", { updated_at: daysAgo(40) }), listed("b"), listed("filed", { folder: 2, updated_at: daysAgo(3) }), listed("c"),
    listed("top", { pinned: true, folder: 2, updated_at: daysAgo(90) }), listed("newer", { folder: 2 }),
    listed("orphan", { folder: 99, updated_at: daysAgo(1) }), listed("away", { archived: true }), listed("gone", { trashed_at: daysAgo(1) }),
  ];
  assert.deepEqual(arranged(items), [
    ["pinned", "top"], ["folder-1", ""], ["folder-2", "newer filed"], ["today", "c b"], ["yesterday", "orphan"], ["2026-10", "old"],
  ]);
  assert.deepEqual(arranged(items, { shelf: "archive" }), [["today", "away"]]);
  assert.deepEqual(arranged(items, { shelf: "trash" }), [["yesterday", "gone"]]);
});

test("a search includes the folders, and is grouped by days", () => {
  const items = [listed("aa", { pinned: true }), listed("ab", { folder: 1, updated_at: daysAgo(1) }), listed("b")];
  assert.deepEqual(arranged(items, { matches: ({ title }) => title.startsWith("a") }), [["today", "aa"], ["yesterday", "ab"]]);
});

test("an archived conversation in the trash is listed in the trash", () => {
  assert.deepEqual([listed("a"), listed("a", { archived: true }), listed("a", { archived: true, trashed_at: "2026" })].map(shelfOf), ["list", "archive", "trash"]);
});

test("ten thousand conversations are arranged within a frame", () => {
  const items = Array.from({ length: 10_000 }, (_, index) => listed(String(index), { updated_at: daysAgo(index / 10) }));
  arranged(items);
  const began = performance.now();
  sectionsOf(items, { shelf: "list", folders: FOLDERS, now: NOW });
  assert.ok(performance.now() - began < 100, `${performance.now() - began} ms`);
});
