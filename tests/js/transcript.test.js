/** The fold, on the cases that Python reads too. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { BrokenTranscript, emptyState, fold } from "../../static/js/shared/transcript.js";

const folder = new URL("../transcripts/", import.meta.url);

for (const file of readdirSync(folder)) {
  const { name, changes, state } = JSON.parse(readFileSync(new URL(file, folder), "utf8"));
  test(`a state with patches equals the fresh state: ${name}`, () => {
    const folded = emptyState();
    for (const patch of changes) fold(folded, structuredClone(patch));
    assert.deepEqual(folded, state);
    assert.deepEqual(fold(emptyState(), structuredClone(changes.flat())), state);
  });
}

const text = ["add", 0, { type: "text", text: "" }];
const BROKEN = [
  [["text", 0, "no part yet"]],
  [["add", 1, { type: "text", text: "" }]],
  [["add", 0, "not a part"]],
  [["add", 0, { text: "no type" }]],
  [text, ["text", 0, 5]],
  [text, ["text", 1, "beyond"]],
  [text, ["text", -1, "before"]],
  [text, ["text", 0.5, "between"]],
  [text, ["text", "__proto__", "x"]],
  [["set", 0, {}]],
  [text, ["set", 0, null]],
  [["run", "not fields"]],
  [["jump", 0]],
  [[]],
  ["text"],
  [null],
  [["add", 0, { type: "tool_call", id: "a", name: "b" }], ["text", 0, "no arguments to grow"]],
];

test("a change that does not fit is an error, never a guess", () => {
  for (const changes of BROKEN) assert.throws(() => fold(emptyState(), structuredClone(changes)), BrokenTranscript, JSON.stringify(changes));
});

test("a field called __proto__ stays a field", () => {
  const state = fold(emptyState(), JSON.parse('[["add", 0, {"type": "text", "text": "", "__proto__": {"x": 1}}], ["run", {"__proto__": {"y": 2}}]]'));
  assert.equal(/** @type {any} */ (state.parts[0]).x, undefined);
  assert.equal(/** @type {any} */ (state.run).y, undefined);
});
