/** Prompts: found by their names, and what is to be filled in of them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { useDocument } from "./support.js";

useDocument();
const { matching, nextBlank } = await import("../../static/js/verbs/prompts.js");

/** @param {string[]} names */
const prompts = (...names) => names.map((name, id) => ({ id, name, text: "", team: false }));

test("names that begin with the query come before those that contain it, in upper or lower case", () => {
  const found = matching(prompts("antwort", "Tone", "later", "translate"), "t").map(({ name }) => name);
  assert.deepEqual(found, ["Tone", "translate", "antwort", "later"]);
  assert.deepEqual(matching(prompts("a", "b"), "").length, 2);
  assert.deepEqual(matching(prompts("a", "b"), "x"), []);
});

test("blanks are selected one after the other, and after the last comes the first again", () => {
  const text = "Translate {text} into {a language}.";
  assert.deepEqual(nextBlank(text, 0), [10, 16]);
  assert.deepEqual(nextBlank(text, 16), [22, 34]);
  assert.deepEqual(nextBlank(text, 34), [10, 16]);
});

test("braces over several lines, empty ones and long ones are not blanks", () => {
  assert.equal(nextBlank("if (x) {\n  y();\n}", 0), null);
  assert.equal(nextBlank("{} and {{}}", 0), null);
  assert.equal(nextBlank(`{${"x".repeat(61)}}`, 0), null);
  assert.equal(nextBlank("nothing", 0), null);
});
