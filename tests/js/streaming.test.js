/** An answer looks the same whether it came whole or in pieces; and never shows half a marker on the way. */
import assert from "node:assert/strict";
import { test } from "node:test";
// @ts-expect-error: data without types
import spec from "commonmark-spec";
import { play } from "../../static/js/dom/play.js";
import { Body } from "../../static/js/worker/body.js";
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

test("notes stand at the end of the text, also while it grows and around code", () => {
  const text = "One[^a].\n\n[^a]: A\n\nTwo.\n\n```js\nlet x;\n```\n\n[^b]: B\n\nThree[^b].";
  const kinds = (/** @type {HTMLElement} */ container) => [...container.querySelectorAll(".prose > *")].map((node) => node.className || node.tagName.toLowerCase());
  stream(document, [...text], (container) => {
    const shown = kinds(container);
    assert.deepEqual(shown, shown.slice().sort((a, b) => Number(a === "note") - Number(b === "note")));
  });
  assert.deepEqual(kinds(whole(document, text)), ["p", "p", "code", "p", "note", "note"]);
});

test("notes are numbered in the order of their mention, and a word in brackets without a note stays a word", () => {
  const container = whole(document, "Second[^b], first[^a], second[^b], none[^c].\n\n[^a]: A\n[^b]: B");
  assert.deepEqual([...container.querySelectorAll(".reference")].map((node) => node.textContent), ["1", "2", "1"]);
  assert.deepEqual([...container.querySelectorAll(".note")].map((node) => node.textContent), ["2A", "1B"]);
  assert.match(container.querySelector("p")?.textContent ?? "", /none\[\^c\]\.$/);
});

/** What a document means, as the HTML of the page without what only shows it. @type {[string, string, RegExp | string][]} */
const MEANINGS = [
  ["emphasis beside Chinese quotes", "含**「重点」**内容", "<p>含<strong>「重点」</strong>内容</p>"],
  ["emphasis that ends in punctuation", "**注意：**正文", "<p><strong>注意：</strong>正文</p>"],
  ["a link ends before a full-width comma", "读https://example.com/issues/48，然后", /href="https:\/\/example\.com\/issues\/48".*<\/a>，然后/],
  ["a link ends before Chinese words", "见https://example.com/a查看详情。", /href="https:\/\/example\.com\/a".*<\/a>查看详情。/],
  ["a path of Chinese words is a part of the link", "https://zh.wikipedia.org/wiki/中文", /wiki\/%E4%B8%AD%E6%96%87"/],
  ["bare tags", "H<sub>2</sub>O<br>x", "<p>H<sub>2</sub>O<br>x</p>"],
  ["a tag with an attribute is text", '<sub class="a">2</sub>', /&lt;sub class=/],
  ["any other tag is text", "<b>bold</b> <script>", /&lt;b&gt;bold&lt;\/b&gt; &lt;script&gt;/],
  ["a comment is left out", "a <!-- b -->c", "<p>a c</p>"],
  ["details", "<details>\n<summary>More</summary>\n\ntext\n</details>", /<details[^>]*><summary>More<\/summary><p>text<\/p><\/details>/],
  ["fences in a Markdown fence", "```markdown\n```js\na\n```\n```\nafter", /```js\na\n```<\/code>.*<p>after<\/p>/s],
  ["code with a bar in a table", "| a | b |\n|---|---|\n| `x | y` | z |", /<code[^>]*>x \| y<\/code><\/td><td>z</],
  ["a table with a short delimiter row", "| a | b |\n|-----|\n| 1 | 2 |", /<th>b<\/th>/],
  ["bullets with two spaces under a number", "1. a\n  - b\n2. c", /<li>a<ul[^>]*><li>b<\/li><\/ul><\/li><li>c<\/li>/],
  ["an address with spaces", "[a](https://example.org/x y)", /title="https:\/\/example\.org\/x%20y"/],
  ["brackets that were escaped", "\\[1\\] and \\(optional\\)", "<p>[1] and (optional)</p>"],
];

test("what people reported elsewhere is read as it was meant", () => {
  for (const [name, text, expected] of MEANINGS) {
    const found = whole(document, text).querySelector(".prose")?.innerHTML ?? "";
    if (typeof expected === "string") assert.equal(found, expected, name);
    else assert.match(found, expected, name);
  }
});

test("a comment in a person's own words stays", () => {
  const container = document.createElement("div");
  play(container, new Body().flush([{ type: "text", text: "a <!-- b -->\n\n<!-- c -->" }], null, true));
  assert.equal(container.textContent, "a <!-- b --><!-- c -->");
});

/** The formulas of a text. @param {string} text */
const formulas = (text) => [...whole(document, text).querySelectorAll(".math__source")].map((node) => node.textContent);

test("a dollar begins a formula by Pandoc's rule, also between Chinese words, and money stays money", () => {
  assert.deepEqual(formulas("设$x$为正实数，当$x>0$时，$f(x)=x^2$单调"), ["x", "x>0", "f(x)=x^2"]);
  assert.deepEqual(formulas("We have $3 \\times 4 = 12$ and $2 x + 1 = 7$, the $n$th"), ["3 \\times 4 = 12", "2 x + 1 = 7", "n"]);
  for (const text of [
    "A premium of $740 buys $5 million of cover.",
    "Plan: $10K flat, Phase 2 at $8K. Spent $155 so far, $34 last week, **$800** in total.",
    "$/PR is down but $/session is up, and the range is $123 - $234.",
    "Only $59(save $100) today. Prices: US$5, A$7.50, 5$ and 10$.",
    "From $5 and 10$, $HOME/$USER, ${a}-${b}, ($) and ($), $USD and CAD$.",
    "| Pen | $2.40 | $3.50 |\n|---|---|---|\n| Ruler | $1 | $2 |",
  ]) assert.deepEqual(formulas(text), [], text);
});

test("display formulas may hold blank lines, stand bare in their environment, and a mark that is missing ends at its paragraph", () => {
  assert.deepEqual(formulas("\\[\na = b\n\n=\n\nc\n\\]"), ["a = b \\\\\n= \\\\\nc"]);
  assert.deepEqual(formulas("so\n\\begin{align}\na &= b\n\\end{align}\nand"), ["\\begin{align}\na &= b\n\\end{align}"]);
  assert.deepEqual(formulas("$$ a\n\nwords\n\n$$b$$"), ["b"]);
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
