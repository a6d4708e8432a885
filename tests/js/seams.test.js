/** An answer that broke off and went on is one document: a seam marks the place and cuts nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { play } from "../../static/js/dom/play.js";
import { Body } from "../../static/js/worker/body.js";
import { useDocument, whole } from "./support.js";

const document = useDocument();

/** @import { Part } from "../../static/js/shared/transcript.js" */

/** @param {string} before @param {string} after @returns {Part[]} */
const broken = (before, after) => [{ type: "text", text: before }, { type: "seam", attempt: 2, of: 3, why: "x" }, { type: "text", text: after }];

/** @param {Part[]} parts */
function stored(parts) {
  const container = document.createElement("div");
  play(container, new Body().flush(parts, null, true));
  return container;
}

/**
 * The page after an answer came character by character and broke off in between.
 *
 * @param {Part[]} parts
 * @param {(container: HTMLElement) => void} [look] at each moment
 */
function live(parts, look = () => {}) {
  const container = document.createElement("div");
  const body = new Body();
  /** @type {Part[]} */ const shown = [];
  const flush = () => {
    play(container, body.flush(shown, { status: "running" }, false));
    look(container);
  };
  for (const part of parts) {
    shown.push(part.type === "text" ? { ...part, text: "" } : part);
    flush();
    for (const character of part.type === "text" ? [...String(part.text)] : []) {
      const last = /** @type {Part} */ (shown.at(-1));
      last.text += character;
      body.note([["text", shown.length - 1, character]]);
      flush();
    }
  }
  play(container, body.flush(shown, { status: "done" }, true));
  return container;
}

/** @param {HTMLElement} container */
function withoutSeams(container) {
  const copy = /** @type {HTMLElement} */ (container.cloneNode(true));
  for (const seam of copy.querySelectorAll(".seam")) seam.remove();
  return copy.innerHTML;
}

const TEXT = `Some **bold words**, then

- one item
- two \`items\`

1. first

   of a kind
2. second

\`\`\`js
const x = "**not bold**";

\`\`\`

| a | b |
|---|---|
| c | d |

> quoted
> twice

[the end](https://example.org/).
`;

test("wherever an answer is cut, it ends like the whole one, with one seam, live and stored", () => {
  const expected = whole(document, TEXT).innerHTML;
  for (let at = 1; at < TEXT.length; at += 1) {
    const parts = broken(TEXT.slice(0, at), TEXT.slice(at));
    for (const container of [stored(parts), live(parts)]) {
      assert.equal(withoutSeams(container), expected, `cut at ${at}`);
      assert.equal(container.querySelectorAll(".prose > .seam").length, 1, `cut at ${at}`);
    }
    assert.equal(live(parts).innerHTML, stored(parts).innerHTML, `cut at ${at}`);
  }
});

test("a word that broke in two is one word, and the seam follows its paragraph", () => {
  const prose = stored(broken("One bro", "ken word.\n\nNext.")).firstElementChild;
  assert.deepEqual([...(prose?.children ?? [])].map((node) => node.textContent), ["One broken word.", "Connection lost, continued (2 of 3)", "Next."]);
});

test("a fence that broke in two is one code block, and what follows the seam in it is code", () => {
  const container = stored(broken("```py\na = 1\nb", " = 2\n```\n\n**After.**"));
  assert.equal(container.querySelector("figure.code code")?.textContent, "a = 1\nb = 2");
  assert.equal(container.querySelectorAll("figure.code").length, 1);
  assert.equal(container.querySelector("strong")?.textContent, "After.");
});

test("a list that broke in two is one list", () => {
  const container = stored(broken("1. one\n2. tw", "o\n3. three"));
  assert.deepEqual([...container.querySelectorAll("ol > li")].map((item) => item.textContent), ["one", "two", "three"]);
  assert.equal(container.querySelectorAll("ol").length, 1);
});

test("a seam between two blocks is drawn between them", () => {
  const prose = stored(broken("One.\n\n", "Two.")).firstElementChild;
  assert.deepEqual([...(prose?.children ?? [])].map((node) => node.className), ["", "seam", ""]);
});

test("while the broken block grows the seam stays where it is, and the text stays one text node", () => {
  /** @type {Element | null} */ let seam = null;
  /** @type {Node | null} */ let text = null;
  const parts = broken("A sentence", " that goes on for a while, and on.");
  live(parts, (container) => {
    const now = container.querySelector(".seam");
    if (seam) assert.equal(now, seam);
    seam = now;
    const first = container.querySelector("p")?.firstChild ?? null;
    if (text) assert.equal(first, text);
    text = first;
  });
  assert.ok(seam && text);
});

test("a code block that grows after a seam stays in its text node, too", () => {
  /** @type {Node | null} */ let text = null;
  live(broken("Look:\n\n```js\nlet a", " = 1;\nlet b = 2;\n```\n\nDone."), (container) => {
    const now = container.querySelector("figure.code code")?.firstChild ?? null;
    if (text) assert.equal(now, text);
    text = now;
  });
  assert.equal(/** @type {Node | null} */ (text)?.textContent, "let a = 1;\nlet b = 2;");
});

test("two seams in one block, a seam at the very end and one before any text are shown", () => {
  const seam = { type: "seam", attempt: 2, of: 3, why: "x" };
  const text = (/** @type {string} */ words) => ({ type: "text", text: words });
  assert.equal(stored([text("a"), seam, text("b"), seam, text("c")]).innerHTML.match(/class="seam"/g)?.length, 2);
  assert.match(stored([text("done."), seam]).innerHTML, /<p>done\.<\/p><p class="seam">/);
  const thought = stored([{ type: "reasoning", text: "hm" }, seam, text("So.")]);
  assert.deepEqual([...thought.children].map((node) => node.className), ["reasoning", "seam", "prose"]);
});

test("a model that thinks again before it continues does not cut its code fence", () => {
  const parts = broken("```js\nlet a", " = 1;\n```\n\nDone.");
  parts.splice(2, 0, { type: "reasoning", text: "Where was I?" });
  for (const container of [stored(parts), live(parts)]) {
    assert.equal(container.querySelectorAll("figure.code").length, 1);
    assert.equal(container.querySelector("figure.code code")?.textContent, "let a = 1;");
    assert.deepEqual([...container.children].map((node) => node.className), ["prose", "reasoning"]);
  }
});

test("text after reasoning without a seam is a separate text", () => {
  const parts = [{ type: "text", text: "a" }, { type: "reasoning", text: "hm" }, { type: "text", text: "b" }];
  assert.deepEqual([...stored(parts).children].map((node) => node.className), ["prose", "reasoning", "prose"]);
});

test("a code block after a seam gets its colours at the right offsets", () => {
  const body = new Body();
  body.flush(broken("a", "b\n\n```js\nlet x\n```\n\nend"), null, true);
  assert.deepEqual(body.takeCode().map(({ path }) => path), [[0, 2]]);
});

test("the words of a seam say why the answer was continued", () => {
  const words = (/** @type {string} */ why) =>
    stored([{ type: "text", text: "a" }, { type: "seam", attempt: 2, of: 3, why }]).querySelector(".seam")?.textContent;
  assert.equal(words(""), "Continued");
  assert.equal(words("Fake closed the connection."), "Connection lost, continued (2 of 3)");
  assert.equal(words("the server restarted"), "The server restarted, continued (2 of 3)");
});
