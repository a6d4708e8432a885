/** An answer looks the same whether it came whole or in pieces; and never shows half a marker on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
// @ts-expect-error: data without types
import spec from "commonmark-spec";
import { play } from "../../static/js/dom/play.js";
import { Growing } from "../../static/js/worker/growing.js";
import { ANSWERS, EXTENSIONS } from "./documents.js";
import { chance, pieces, stream, useDocument, whole } from "./support.js";

const document = useDocument();
/** @type {{ markdown: string, number: number }[]} */ const examples = spec.tests;
/** @param {string} text */
const tabs = (text) => text.replaceAll("→", "\t");

const DOCUMENTS = [...examples.map(({ markdown }) => tabs(markdown)), ...EXTENSIONS, ...Object.values(ANSWERS)];

test("every document of CommonMark, every extension and whole answers, at random splits, end like the whole document", () => {
  assert.ok(examples.length > 600);
  DOCUMENTS.forEach((text, number) => {
    const expected = whole(document, text).innerHTML;
    for (let seed = 0; seed < 3; seed += 1) {
      assert.equal(stream(document, pieces(text, chance(number * 7 + seed), 6)).innerHTML, expected, `${number}, seed ${seed}: ${text}`);
    }
  });
});

test("the same documents end like the whole one when they come one character at a time", () => {
  DOCUMENTS.forEach((text, number) => {
    if (number < examples.length && number % 4 !== 0) return;
    assert.equal(stream(document, [...text]).innerHTML, whole(document, text).innerHTML, text);
  });
});

test("documents of many blocks, character by character and in large pieces, end like the whole document", () => {
  const random = chance(5);
  for (let round = 0; round < 12; round += 1) {
    const text = Array.from({ length: 25 }, () => tabs(examples[Math.floor(random() * examples.length)]?.markdown ?? "")).join("\n\n");
    const expected = whole(document, text).innerHTML;
    assert.equal(stream(document, pieces(text, random, 40)).innerHTML, expected);
    assert.equal(stream(document, pieces(text, random, 400)).innerHTML, expected);
  }
});

test("settled blocks are right before the whole is parsed: an ordinary answer needs no repair at the end", () => {
  for (const [name, text] of Object.entries(ANSWERS)) {
    const random = chance(name.length);
    for (let round = 0; round < 20; round += 1) {
      const growing = new Growing([0]);
      for (const piece of pieces(`${text}\n\nThe end.\n\n`, random, 30)) {
        growing.append(piece);
        growing.flush(false);
      }
      assert.deepEqual(growing.flush(true), [], name);
    }
  }
});

test("half a marker is never shown, at any moment of any split", () => {
  for (const [name, text] of Object.entries(ANSWERS)) {
    const random = chance(name.length);
    const splits = [[...text], ...Array.from({ length: 10 }, () => pieces(text, random, 9))];
    for (const split of splits) {
      stream(document, split, (container) => {
        const shown = prose(container);
        assert.doesNotMatch(shown, /\*\*|`|~~|\]\(|!\[|^#|^\||\[\^|\\\(|\$\$|\\\[|\$[a-z]|^\s*[-*+]\s?$/m, name);
      });
    }
  }
});

test("a formula is shown only when it is whole, and is never replaced", () => {
  const text = `${ANSWERS["math"]}${ANSWERS["everything"]}`;
  /** @type {(string | null)[]} */ let before = [];
  stream(document, [...text], (container) => {
    const now = [...container.querySelectorAll(".math__source")].map((node) => node.textContent);
    assert.deepEqual(now.slice(0, before.length), before);
    before = now;
  });
  assert.deepEqual(before.slice(0, 4), ["a_1 * b_2", "x^2 + y_1", "\\sum_i x_i", "n > 1"]);
  assert.equal(before.length, 7);
});

test("notes are numbered in the order of their mention, and a word in brackets without a note stays a word", () => {
  const container = whole(document, "Second[^b], first[^a], second[^b], none[^c].\n\n[^a]: A\n[^b]: B");
  assert.deepEqual([...container.querySelectorAll(".reference")].map((node) => node.textContent), ["1", "2", "1"]);
  assert.deepEqual([...container.querySelectorAll(".note")].map((node) => node.textContent), ["2A", "1B"]);
  assert.match(container.querySelector("p")?.textContent ?? "", /none\[\^c\]\.$/);
});

test("text above the last block is never touched, and a growing paragraph stays in its text node", () => {
  const container = document.createElement("div");
  /** @type {Node | null} */ let paragraph = null;
  /** @type {Node | null} */ let text = null;
  stream(document, ["First paragraph.\n\n", "Second ", "grows ", "here"], (now) => {
    const first = now.querySelector("p");
    if (first && paragraph) assert.equal(first, paragraph);
    paragraph = first;
    const second = now.querySelectorAll("p")[1]?.firstChild ?? null;
    if (second && text) assert.equal(second, text);
    text = second;
  });
  assert.ok(container);
});

test("a long answer is put in chunks, and a late definition of its first link repairs it as a whole", () => {
  const text = `See [it].\n\n${Array.from({ length: 300 }, (_, i) => `Paragraph ${i}.`).join("\n\n")}\n\n[it]: https://example.org\n`;
  const expected = whole(document, text);
  const container = stream(document, pieces(text, chance(1), 200));
  assert.equal(container.innerHTML, expected.innerHTML);
  assert.equal(container.querySelectorAll("p").length, 301);
  assert.equal(container.querySelector("p a")?.getAttribute("href"), "https://example.org/");
  assert.deepEqual([...container.querySelectorAll(".prose > .prose")].map((chunk) => chunk.children.length), [40, 40, 40, 40, 40, 40, 21]);
});

test("chunks are cut and refilled at every length", () => {
  for (const [first, second] of [[39, 40], [40, 41], [41, 40], [80, 81], [81, 80], [120, 3], [121, 79], [5, 0]]) {
    const container = document.createElement("div");
    const paragraphs = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => /** @type {[string, null, string]} */ (["p", null, `${i} `]));
    play(container, [["add", [], ["prose", null, ...paragraphs(first ?? 0)]], ["cut", [0], second ?? 0], ["add", [0], ["p", null, "end"]]]);
    const kept = Math.min(first ?? 0, second ?? 0);
    assert.equal(container.textContent, `${Array.from({ length: kept }, (_, i) => `${i} `).join("")}end`);
    play(container, [["text", [0, kept, 0], "!"]]);
    assert.ok(container.textContent.endsWith("end!"));
  }
});

test("an open code fence has its card from its first line on and appends to one text node", () => {
  /** @type {Node | null} */ let text = null;
  let steps = 0;
  stream(document, ["See:\n```py", "thon\nif x:\n", "    y = 1\n", "\n", "  z", "\n``", "`\nafter"], (container) => {
    const code = container.querySelector("figure.code code");
    if (!code) return;
    steps += 1;
    assert.equal(container.querySelector(".code__language")?.textContent, "python");
    assert.equal(code.childNodes.length, 1);
    if (text) assert.equal(code.firstChild, text);
    text = code.firstChild;
    assert.doesNotMatch(code.textContent ?? "", /`/);
  });
  assert.ok(steps >= 5);
});

test("carriage returns, also split from their line feeds, are line ends", () => {
  const text = "a\r\n\r\n- b\r\n- c\r\n\r\n```\r\nd\r\ne\r\n```\r\nf";
  const expected = whole(document, text.replaceAll("\r\n", "\n")).innerHTML;
  assert.equal(stream(document, [...text]).innerHTML, expected);
  assert.equal(stream(document, ["a\rb\r", "\nc"]).innerHTML, whole(document, "a\nb\nc").innerHTML);
});

/** What a reader reads as prose: code keeps its backticks. @param {HTMLElement} container */
function prose(container) {
  const copy = /** @type {HTMLElement} */ (container.cloneNode(true));
  for (const code of copy.querySelectorAll("code, button")) code.remove();
  return copy.textContent ?? "";
}
