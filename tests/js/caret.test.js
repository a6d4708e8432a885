/** The caret stands behind the last letter, wherever that is, and nowhere when nothing is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { moveCaret } from "../../static/js/dom/caret.js";
import { play } from "../../static/js/dom/play.js";
import { Body } from "../../static/js/worker/body.js";
import { useDocument } from "./support.js";

const document = useDocument();

/**
 * The body of an answer that is being written, with the caret in it.
 *
 * @param {import("../../static/js/shared/transcript.js").Part[]} parts
 */
function written(parts) {
  const container = /** @type {HTMLElement} */ (document.createElement("div"));
  play(container, new Body().flush(parts, { status: "running" }, false));
  moveCaret(container, true);
  return container;
}

/** @param {string} text */
const afterText = (text) => written([{ type: "text", text }]).querySelectorAll(".caret");

for (const [text, tag, last] of /** @type {const} */ ([
  ["One.\n\nTwo *goes* on", "P", "Two goes on"],
  ["## A heading", "H2", "A heading"],
  ["> said\n> again", "P", "said\nagain"],
  ["- a\n- b `c`", "LI", "b c"],
  ["- a\n  1. b\n     - c", "LI", "c"],
  ["- a\n\n- b\n\n  c", "P", "c"],
  ["```js\nlet a", "CODE", "let a"],
  [`${"x\n\n".repeat(100)}last`, "P", "last"],
])) {
  test(`the caret is after ${JSON.stringify(text.slice(-20))}`, () => {
    const carets = afterText(text);
    assert.equal(carets.length, 1);
    assert.equal(carets[0]?.tagName, tag);
    assert.equal(carets[0]?.textContent, last);
  });
}

test("tables and thoughts have no caret; an answer that broke off above a thought has it", () => {
  assert.equal(afterText("|a|b|\n|-|-|\n|1|2|\n").length, 0);
  const text = { type: "text", text: "Word" };
  const thought = { type: "reasoning", text: "Hm", thinking: false };
  assert.equal(written([thought]).querySelectorAll(".caret").length, 0);
  const container = written([text]);
  assert.equal(container.querySelectorAll(".caret").length, 1);
  moveCaret(container, false);
  assert.equal(container.querySelectorAll(".caret").length, 0);
  play(container, [["add", [], ["reasoning", { thinking: false }, "Hm"]]]);
  moveCaret(container, true);
  assert.equal(container.querySelector(".caret")?.textContent, "Word");
});
