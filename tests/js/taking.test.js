/** What is taken out of an answer is what was in it: tables, code as files, arguments of tools. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { asCsv, asMarkdown } from "../../static/js/dom/tables.js";
import { fileName } from "../../static/js/dom/tools.js";
import { Pretty } from "../../static/js/worker/json.js";
import { chance, pieces, useDocument, whole } from "./support.js";

const document = useDocument();

/** @param {string} markdown */
function table(markdown) {
  return /** @type {HTMLTableElement} */ (whole(document, markdown).querySelector("table"));
}

/** linkedom's tables have no rows and cells. @param {HTMLTableElement} element */
function withRows(element) {
  for (const row of element.querySelectorAll("tr")) Object.defineProperty(row, "cells", { value: [...row.querySelectorAll("th, td")] });
  Object.defineProperty(element, "rows", { value: [...element.querySelectorAll("tr")] });
  return element;
}

const RICH = `| left | **right** | mid |
|:--|--:|:-:|
| a \\| b | \`x \\| y\` | [link](https://example.org/a_(b)) |
| *em* ~~no~~ | $x^2$ | 2 * 3 \\_ [z] \\$a\\$ |
| \`\`tick \` tick\`\` | [https://bank.example](https://evil.example) | |
`;

test("a table copied as Markdown is the same table again", () => {
  const first = table(RICH);
  const copied = asMarkdown(withRows(first));
  assert.equal(table(copied).innerHTML, first.innerHTML, copied);
  assert.match(copied, /^\| left \| \*\*right\*\* \| mid \|\n\| :-- \| --: \| :-: \|\n/);
});

test("a table copied as CSV has its words, quoted where necessary", () => {
  const copied = asCsv(withRows(table('| a | b |\n|---|---|\n| one, two | say "hi" |\n| **bold** `code` | [here](https://example.org) |')));
  assert.equal(copied, 'a,b\r\n"one, two","say ""hi"""\r\nbold code,here\r\n');
});

test("a spreadsheet reads no cell of a copied table as a formula, and numbers stay numbers", () => {
  for (const cell of ["=SUM(A1)", "+cmd", "-1+2", "@x", "＝1+1", "%0A=1", "\\|x"]) {
    const [, row] = asCsv(withRows(table(`| a |\n|---|\n| ${cell} |`))).split("\r\n");
    assert.match(row ?? "", /^"'/, cell);
  }
  for (const cell of ["-3", "-3.5", "+1,000.5", "12 %", "5"]) {
    const [, row] = asCsv(withRows(table(`| a |\n|---|\n| ${cell} |`))).split("\r\n");
    assert.equal((row ?? "").replace(/^"|"$/g, ""), cell);
  }
});

test("code is saved with the file ending of its language", () => {
  const names = { Python: "code.py", js: "code.js", "c++": "code.cpp", Dockerfile: "Dockerfile", "": "code.txt", "../../x": "code.txt", constructor: "code.txt", toml: "code.toml" };
  for (const [language, name] of Object.entries(names)) assert.equal(fileName(language), name);
});

const ARGUMENTS = [
  '{"city":"Oslo","days":[1,2.50,1e400],"deep":{"a":{},"b":[],"c":null}}',
  '  { "text" : "a \\"quoted\\" {brace}, [bracket]: \\\\", "n":-0 }  ',
  "[]",
  "{}",
  '[[1],[2,[3]]]',
  '{"ünïcode":"👩‍👩‍👧"}',
];

test("arguments of a tool are indented as they come, and stay the same JSON, letter by letter", () => {
  for (const given of ARGUMENTS) {
    const shown = new Pretty().add(given);
    assert.deepEqual(JSON.parse(shown), JSON.parse(given));
    const tokens = (/** @type {string} */ text) => text.match(/"(?:[^"\\]|\\.)*"|[^\s]/g);
    assert.deepEqual(tokens(shown), tokens(given));
    for (let seed = 0; seed < 5; seed += 1) {
      const pretty = new Pretty();
      assert.equal(pieces(given, chance(seed), 5).map((piece) => pretty.add(piece)).join(""), shown);
    }
  }
  assert.equal(new Pretty().add('{"a":[1,{}],"b":"c"}'), '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": "c"\n}');
});

test("arguments that are not JSON stay as they are, and nesting does not multiply them", () => {
  for (const given of ["city = Oslo  # no JSON", "", "plain { text }"]) assert.equal(new Pretty().add(given), given);
  assert.equal(new Pretty().add('{"a": what is  this}'), '{\n  "a": what is  this}');
  assert.ok(new Pretty().add("[".repeat(10_000)).length < 10_000 * 45);
});
