import assert from "node:assert/strict";
import { test } from "node:test";
import { rank, fit } from "../../static/js/state/fuzzy.js";

/** @param {string[]} names @param {string} query */
const ranked = (names, query) => rank(names, (name) => name, query).map(({ entry }) => entry);

test("every word of the query must fit, in any order", () => {
  assert.ok(fit("Rivers and their bends", "bends river"));
  assert.equal(fit("Rivers and their bends", "river lakes"), null);
  assert.equal(fit("Rivers", "srevir"), null);
});

test("the beginning is better than a word, a word better than its middle, its middle better than scattered letters", () => {
  const names = ["Chat about a cat", "Concatenate", "Coat", "Catalogue"];
  assert.deepEqual(ranked(names, "cat"), ["Catalogue", "Chat about a cat", "Concatenate", "Coat"]);
});

test("the first letters of words are enough", () => {
  assert.deepEqual(ranked(["Once", "New conversation", "Increase"], "nc")[0], "New conversation");
  assert.deepEqual(fit("New conversation", "nc")?.offsets, [0, 4]);
});

test("case and marks do not count, and the offsets are those of the name", () => {
  assert.deepEqual(fit("Über Flüsse", "flusse")?.offsets, [5, 6, 7, 8, 9, 10]);
  assert.deepEqual(fit("İstanbul trip", "trip")?.offsets, [9, 10, 11, 12]);
  assert.ok(fit("河はなぜ曲がるのか", "曲がる"));
});

test("equal fits stay in their order", () => {
  assert.deepEqual(ranked(["Plan A", "Plan B", "Plan C"], "plan"), ["Plan A", "Plan B", "Plan C"]);
});

test("an empty query fits everything, and no input takes long", () => {
  assert.equal(ranked(["b", "a"], "").length, 2);
  const began = performance.now();
  fit("ab".repeat(5000), `${"a".repeat(200)}c`);
  assert.ok(performance.now() - began < 500);
});
