/** What a reader sees of a sentence that is still being written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { closeHalfOpen, showable } from "../../static/js/worker/halfopen.js";

const CLOSED = [
  ["plain", "plain"],
  ["a **b", "a **b**"],
  ["a **b ", "a **b**"],
  ["a **", "a "],
  ["a *", "a "],
  ["a **b*", "a **b**"],
  ["a **b**", "a **b**"],
  ["a **b** c *d", "a **b** c *d*"],
  ["***both", "***both***"],
  ["**a *b", "**a *b***"],
  ["~~gone", "~~gone~~"],
  ["20~25", "20~25"],
  ["2 * 3 and 4*5", "2 * 3 and 4*5"],
  ["snake_case_name", "snake_case_name"],
  ["use `code", "use `code`"],
  ["use `", "use "],
  ["``a ` b", "``a ` b``"],
  ["``a`", "``a``"],
  ["`a **b`", "`a **b`"],
  ["see [this", "see this"],
  ["see [this]", "see this"],
  ["see [this](http://exa", "see this"],
  ["see [this](http://example.org) and", "see [this](http://example.org) and"],
  ["see [a **b](x", "see a **b**"],
  ["![alt", ""],
  ["x ![alt](htt", "x "],
  ["ends in \\", "ends in "],
  ["\\*not emphasis", "\\*not emphasis"],
  ["\\( x_1", ""],
  ["a \\(x\\) b \\[y", "a \\(x\\) b "],
  ["\\(", ""],
  ["$$", ""],
  ["$$ a_b", ""],
  ["so $x_1", "so "],
  ["so $x_1$", "so $x_1$"],
  ["so $2^", "so "],
  ["costs $5 a", "costs $5 a"],
  ["$5 and $6 too", "$5 and $6 too"],
  ["text[^1", "text"],
  ["text[^1]", "text"],
  ["text[^1] goes", "text[^1] goes"],
  ["not [^ a note", "not ^ a note"],
  ["<https://exa", "https://exa"],
  ["a < b", "a < b"],
  ["含**「重点", "含**「重点**"],
  ["中文*强", "中文*强*"],
  ["设$x", "设"],
  ["so $3 \\times", "so "],
  ["so \\begin{al", "so "],
  ["so \\begin{align} a", "so "],
  ["\\begin{pmatrix}1\\end{pmatrix} is", "\\begin{pmatrix}1\\end{pmatrix} is"],
  ["H<sub>2", "H<sub>2</sub>"],
  ["**H<sub>2", "**H<sub>2</sub>**"],
  ["H<sub>", "H"],
  ["H<su", "H"],
  ["H<sub>2</su", "H<sub>2</sub>"],
  ["one<br", "one"],
  ["a <!-- b", "a "],
  ["a <!-- b --> c", "a <!-- b --> c"],
  ["a <div", "a <div"],
];

test("half-open markers are closed, or hidden while nothing follows them", () => {
  for (const [given, expected] of CLOSED) assert.equal(closeHalfOpen(given ?? ""), expected, JSON.stringify(given));
});

const SHOWN = [
  ["text", "text"],
  ["text\n-", "text\n"],
  ["text\n- ", "text\n"],
  ["text\n- a", "text\n- a"],
  ["text\n---", "text\n"],
  ["text\n12", "text\n"],
  ["text\n12. a", "text\n12. a"],
  ["#", ""],
  ["# T", "# T"],
  ["> ", ""],
  ["```py", ""],
  ["```py\n", "```py\n"],
  ["- ```py", ""],
  ["text\n\n[^1", "text\n\n"],
  ["text\n\n[^1]: ", "text\n\n"],
  ["text\n\n[^1]: a", "text\n\n[^1]: a"],
  ["text\n</deta", "text\n"],
  ["a\n\n| x |", "a\n\n"],
  ["a\n\n| x | y |\n", "a\n\n"],
  ["a\n\n| x | y |\n|--", "a\n\n"],
  ["a\n\n| x |\n|---|\n", "a\n\n| x |\n|---|\n"],
  ["a\n\n| x |\n|---|\n| 1", "a\n\n| x |\n|---|\n| 1"],
];

test("a last line of only markers, and the head of a table, are not shown yet", () => {
  for (const [given, expected] of SHOWN) assert.equal((given ?? "").slice(0, showable(given ?? "")), expected, JSON.stringify(given));
});

test("half-open markers are closed in linear time", () => {
  for (const unit of ["[", "*a ", "**a_", "`", "~~x", "![", "[a](", "\\(", "$x ", "$$", "[^1] ", "[^", "<a:", "<sub>", "<sub>a</sub", "<!-- ", "\\begin{align}", "](", "`a``b```c"]) {
    const begin = performance.now();
    closeHalfOpen(unit.repeat(100_000));
    assert.ok(performance.now() - begin < 1000, unit);
  }
});
