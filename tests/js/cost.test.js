/** What a flush costs does not grow with the answer, and no input makes it explode. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Growing } from "../../static/js/worker/growing.js";
import { spans } from "../../static/js/worker/highlight.js";
import { parseBlocks } from "../../static/js/worker/markdown.js";

const SECTION = `## A section

A paragraph with **bold**, *emphasis*, \`code\` and [a link](https://example.org/page), long enough to be of the usual
length of what models write when they explain something to somebody who asked.

- a first point, with \`code\`
- a second one
  - nested

| name | value |
|------|------:|
| a    | 1     |
| b    | 2     |

\`\`\`python
def f(x):
    return [y * 2 for y in range(x) if y % 3]
\`\`\`

1. Then this
2. and that.

`;

/**
 * Milliseconds of each flush of a text that comes in pieces of four tokens.
 *
 * @param {string} text
 * @param {number} chars of a piece
 */
function flushTimes(text, chars) {
  const growing = new Growing([0]);
  const times = [];
  for (let at = 0; at < text.length; at += chars) {
    growing.append(text.slice(at, at + chars));
    const begin = performance.now();
    growing.flush(false);
    times.push(performance.now() - begin);
  }
  const begin = performance.now();
  const repairs = growing.flush(true).length;
  return { times, last: performance.now() - begin, repairs };
}

/** @param {number[]} values */
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

test("an answer of 100,000 tokens: the last tenth of its flushes costs what the second did", (context) => {
  const text = SECTION.repeat(Math.ceil(400_000 / SECTION.length));
  const { times, last, repairs } = flushTimes(text, 80);
  const tenth = Math.floor(times.length / 10);
  const early = median(times.slice(tenth, 2 * tenth));
  const late = median(times.slice(-tenth));
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? 0;
  context.diagnostic(
    `${text.length} characters, ${times.length} flushes: early ${early.toFixed(2)} ms, late ${late.toFixed(2)} ms, p95 ${p95.toFixed(2)} ms, whole parse ${last.toFixed(0)} ms`,
  );
  assert.equal(repairs, 0);
  assert.ok(late < early * 2 + 0.5, `${early} ms, then ${late} ms`);
});

test("a code block of 100,000 tokens costs the same from its first line to its last", (context) => {
  const text = `\`\`\`js\n${"const answer = compute(question, { deep: true });\n".repeat(8000)}`;
  const { times, repairs } = flushTimes(text, 80);
  const tenth = Math.floor(times.length / 10);
  const [early, late] = [median(times.slice(tenth, 2 * tenth)), median(times.slice(-tenth))];
  context.diagnostic(`early ${early.toFixed(3)} ms, late ${late.toFixed(3)} ms`);
  assert.equal(repairs, 0);
  assert.ok(late < early * 3 + 0.2, `${early} ms, then ${late} ms`);
});

test("the ops of a flush, and the nodes in them, do not grow with the answer", (context) => {
  const text = SECTION.repeat(Math.ceil(200_000 / SECTION.length));
  const growing = new Growing([0]);
  const sizes = [];
  for (let at = 0; at < text.length; at += 80) {
    growing.append(text.slice(at, at + 80));
    const ops = growing.flush(false);
    sizes.push({ ops: ops.length, chars: JSON.stringify(ops).length });
  }
  const most = (/** @type {"ops" | "chars"} */ what, /** @type {{ ops: number, chars: number }[]} */ some) => Math.max(...some.map((size) => size[what]));
  const [early, late] = [sizes.slice(0, 500), sizes.slice(-500)];
  context.diagnostic(`most ops ${most("ops", early)} then ${most("ops", late)}, most characters ${most("chars", early)} then ${most("chars", late)}`);
  assert.ok(most("ops", sizes) <= 12);
  assert.equal(most("ops", late), most("ops", early));
  assert.ok(most("chars", late) <= 1.2 * most("chars", early));
});

const MANY = 50_000;
/** @type {Record<string, string>} */
const HOSTILE = {
  brackets: "[".repeat(MANY),
  "nested brackets": `${"[".repeat(MANY)}a${"]".repeat(MANY)}`,
  "half links": "[a](".repeat(MANY / 4),
  "half images": "![a](<".repeat(MANY / 6),
  quotes: `${">".repeat(MANY)}a`,
  "quotes and lists": `${"> - ".repeat(MANY / 4)}a`,
  emphasis: "*a _b ".repeat(MANY / 6),
  "open strong": "**a_".repeat(MANY / 4),
  backticks: Array.from({ length: 300 }, (_, i) => `${"`".repeat(i)} `).join(""),
  "escaped formulas": "\\(a ".repeat(MANY / 4),
  dollars: "$$a ".repeat(MANY / 4),
  "single dollars": "$a ".repeat(MANY / 3),
  "escaped dollars": "$a\\$".repeat(MANY / 5),
  "open brackets of formulas": "\\[\n".repeat(MANY / 3),
  "closed far away": `${"\\[\n\n".repeat(MANY / 4)}\\] words`,
  "environments": "\\begin{align}\n".repeat(MANY / 14),
  "open tags": "<sub>".repeat(MANY / 5),
  "tags in tags": `${"<sub>".repeat(MANY / 12)}${"</sub>".repeat(MANY / 12)}`,
  "details": "<details>\n".repeat(MANY / 10),
  "details in details": `${"<details>\n".repeat(MANY / 20)}${"</details>\n".repeat(MANY / 20)}`,
  "comments of a line": "<!--\n".repeat(MANY / 5),
  "Markdown fences": "```markdown\n".repeat(MANY / 12),
  "rows with half code": `|a|b|\n|-|-|\n${"|`|\n".repeat(MANY / 16)}`,
  "rows with dollars": `|a|b|\n|-|-|\n${"|$x|".repeat(MANY / 4)}`,
  "numbers with bullets": "1. a\n  - b\n".repeat(MANY / 12),
  "spaced links": "[a](https://e.x ".repeat(MANY / 16),
  "Chinese addresses": "https://a.b/c中".repeat(MANY / 13),
  "open formulas": "$$\na\n".repeat(MANY / 5),
  "notes": "[^a]: b\n".repeat(MANY / 8),
  "notes in notes": `${"[^a]: ".repeat(MANY / 6)}b`,
  "mentions of notes": `[^a]: b\n\n${"[^a]".repeat(MANY / 4)}`,
  "half notes": "[^a".repeat(MANY / 3),
  entities: "&".repeat(MANY),
  angles: "<a:".repeat(MANY / 3),
  comments: "<!--".repeat(MANY / 4),
  "a table of 10,000 columns": `|${"a|".repeat(10_000)}\n|${"-|".repeat(10_000)}\n|${"b|".repeat(10_000)}\n`,
  "a table of 10,000 rows": `|a|b|\n|-|-|\n${"|1|2|\n".repeat(10_000)}`,
  "list of 10,000": "- item\n".repeat(10_000),
  "references": "[a]: /u\n".repeat(MANY / 8) + "[a] ".repeat(MANY / 4),
  "spaces": " ".repeat(MANY),
  "hard breaks": "a  \n".repeat(MANY / 4),
  "addresses": "https://example.org/a ".repeat(MANY / 22),
  "half addresses": "http:".repeat(MANY / 5),
  "mail": "a@".repeat(MANY / 2),
  "strikes": "~~".repeat(MANY / 2),
  "numbers": "1. ".repeat(MANY / 3),
};

for (const [name, text] of Object.entries(HOSTILE)) {
  test(`D8: ${name}`, (context) => {
    let begin = performance.now();
    parseBlocks(text);
    const whole = performance.now() - begin;
    const growing = new Growing([0]);
    begin = performance.now();
    for (let at = 0; at < text.length; at += text.length / 10) {
      growing.append(text.slice(at, at + text.length / 10));
      growing.flush(false);
    }
    const tenths = performance.now() - begin;
    context.diagnostic(`whole ${whole.toFixed(0)} ms, in tenths ${tenths.toFixed(0)} ms`);
    assert.ok(whole < 2000, `whole ${whole} ms`);
    assert.ok(tenths < 6000, `in tenths ${tenths} ms`);
  });
}

test("spans of colours fit their code, an unknown language has none, and 2,000 lines are coloured quickly", (context) => {
  const code = "@dec\ndef f(x: int) -> str:\n    return f'{x}'  # why\n".repeat(700);
  const begin = performance.now();
  const found = spans(code, "Python");
  context.diagnostic(`${code.length} characters, ${found.length / 3} spans: ${(performance.now() - begin).toFixed(0)} ms`);
  for (let i = 0; i < found.length; i += 3) {
    assert.ok(Number(found[i]) < Number(found[i + 1]) && Number(found[i + 1]) <= code.length);
    assert.match(String(found[i + 2]), /^[a-z_]+$/);
  }
  assert.equal(code.slice(Number(found[3]), Number(found[4])), "def");
  assert.deepEqual(spans(code, "no such language"), []);
  assert.deepEqual(spans(code, "constructor"), []);
});
