/** Parts become sections: what a reader sees of tools, thoughts, refusals and seams, live and stored. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { play } from "../../static/js/dom/play.js";
import { emptyState, fold } from "../../static/js/shared/transcript.js";
import { Body } from "../../static/js/worker/body.js";
import { useDocument, whole } from "./support.js";

const document = useDocument();
const folder = new URL("../transcripts/", import.meta.url);
/** @type {{ name: string, changes: any[][], state: any }[]} */
const cases = readdirSync(folder).map((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")));

/** @param {any[][]} patches @param {(container: HTMLElement, state: any) => void} [look] */
function live(patches, look = () => {}) {
  const container = document.createElement("div");
  const state = emptyState();
  let body = new Body();
  for (const changes of patches) {
    fold(state, changes);
    if (!body.note(changes)) body = new Body();
    play(container, body.flush(state.parts, state.run, false));
    look(container, state);
  }
  play(container, body.flush(state.parts, state.run, true));
  return container;
}

test("every transcript looks the same live, patch by patch, and stored", () => {
  for (const { name, changes, state } of cases) {
    const stored = document.createElement("div");
    play(stored, new Body().flush(state.parts, state.run, true));
    const text = (/** @type {HTMLElement} */ container) => container.innerHTML.replace(/ open(="")?/g, "").replace(/ for \d+ s/, "");
    assert.equal(text(live(changes)), text(stored), name);
  }
});

test("reasoning says that it is running, then how long it took by the server's clock", () => {
  const found = cases.find(({ name }) => name === "reasoning-then-text");
  const seen = new Set();
  const container = live(found?.changes ?? [], (now) => seen.add(now.querySelector(".reasoning__summary")?.textContent));
  assert.ok(seen.has("ThinkingThe user greets."));
  assert.equal(container.querySelector(".reasoning__summary")?.textContent, "Thought for 4 s");
  assert.equal(container.querySelector(".reasoning__text")?.textContent, "The user greets.");
  assert.equal(container.querySelector(".reasoning--thinking"), null);
});

test("each of two simultaneous tool calls shows its arguments and its result", () => {
  const found = cases.find(({ name }) => name === "tools-interleaved");
  const states = new Set();
  const container = live(found?.changes ?? [], (now) => {
    for (const card of now.querySelectorAll(".tool-card")) states.add(card.className);
  });
  const [weather, clock] = container.querySelectorAll(".tool-card");
  assert.equal(weather?.querySelector(".tool-card__name")?.textContent, "weather");
  assert.equal(weather?.querySelector(".tool-card__arguments")?.textContent, '{\n  "city": "Oslo"\n}');
  assert.equal(weather?.querySelector(".tool-card__result--error")?.textContent, "no such city");
  assert.equal(clock?.querySelector(".tool-card__name")?.textContent, "clock");
  assert.equal(clock?.querySelector(".tool-card__result")?.textContent, "12:00");
  assert.equal(container.querySelectorAll(".tool-card").length, 2);
  for (const state of ["calling", "done", "failed"]) assert.ok(states.has(`tool-card tool-card--${state}`), state);
});

test("a tool result without its call has a separate card", () => {
  const container = live([[["add", 0, { type: "tool_result", id: "x", name: "old", text: "7", is_error: false }]]]);
  assert.equal(container.querySelector(".tool-card__result")?.textContent, "7");
});

/** @param {string} written @param {string} [answer] */
function called(written, answer) {
  const call = { type: "tool_call", id: "x", name: "read", arguments: "" };
  /** @type {any[]} */
  const asked = [["add", 0, call], ...[...written].map((letter) => ["text", 0, letter]), ["set", 0, { status: "asked", may_edit: true }]];
  const given = answer === undefined ? [] : [[["add", 1, { type: "tool_result", id: "x", name: "read", text: answer }]]];
  const container = document.createElement("div");
  const state = emptyState();
  const body = new Body();
  for (const changes of /** @type {any[][]} */ ([...asked.map((change) => [change]), ...given])) {
    fold(state, changes);
    body.note(changes);
    play(container, body.flush(state.parts, state.run, false));
  }
  const words = (/** @type {string} */ name) => container.querySelector(name)?.textContent;
  return { words, edited: /** @type {HTMLTextAreaElement | null} */ (container.querySelector("textarea"))?.defaultValue };
}

test("letters that nobody sees are shown by number before a call is allowed, with a warning", () => {
  const clear = called('{"q":"ok ❤\uFE0F 👩\u200D💻 日本"}');
  assert.equal(clear.words(".tool-card__arguments"), '{\n  "q": "ok ❤\uFE0F 👩\u200D💻 日本"\n}');
  assert.equal(clear.words(".approval__warning"), undefined);

  for (const [letter, name] of [["\u{E0074}", "E0074"], ["\u200B", "200B"], ["\u202E", "202E"], ["\u200D", "200D"], ["\uFE0F", "FE0F"], ["\u3164", "3164"], ["\u2800", "2800"], ["\u0085", "0085"]]) {
    const { words } = called(`{"q":"a${letter}b"}`);
    assert.equal(words(".tool-card__arguments"), `{\n  "q": "a⟨U+${name}⟩b"\n}`);
    assert.match(words(".approval__warning") ?? "", /invisible/);
  }
  assert.match(called('{"q":"a\\u200bb"}').words(".approval__warning") ?? "", /invisible/);
  assert.match(called('{"a\u200Bb":1}').words(".approval__warning") ?? "", /invisible/);
});

test("whoever edits the arguments sees the invisible letters as escapes, which mean the same", () => {
  const { edited } = called('{"q":"a\u{E0074}b\u200B"}');
  assert.equal(edited, '{\n  "q": "a\\udb40\\udc74b\\u200b"\n}');
  assert.deepEqual(JSON.parse(edited ?? ""), { q: "a\u{E0074}b\u200B" });
});

test("a result shows its invisible letters by number, with a warning below", () => {
  const { words } = called("{}", "plain");
  assert.equal(words(".tool-card__result"), "plain");
  assert.equal(words(".tool-card__unseen"), undefined);
  const hidden = called("{}", "pl\u200Bain");
  assert.equal(hidden.words(".tool-card__result"), "pl⟨U+200B⟩ain");
  assert.match(hidden.words(".tool-card__unseen") ?? "", /invisible/);
});

test("a call that is to be allowed says which host it asks, and how much it sends there", () => {
  const { words } = called('{"url":"https://g\u043Eod.example/a?secret=1234","note":"http is a word"}');
  assert.equal(words(".approval__host"), "Asks xn--god-sed.example, and sends it 14 characters of path and query.");
  assert.equal(called('{"q":"Oslo"}').words(".approval__host"), undefined);
});

test("the text of a part of unknown type is shown as it is, not as Markdown", () => {
  const container = live([[["add", 0, { type: "poem", text: "one\n" }]], [["text", 0, "**two** <b>three</b>"]]]);
  assert.equal(container.querySelector(".plain-text")?.textContent, "one\n**two** <b>three</b>");
});

test("a refusal and a seam are shown in words", () => {
  const container = live([
    [["add", 0, { type: "refusal", text: "I can" }], ["add", 1, { type: "seam", attempt: 2, of: 3, why: "it broke" }]],
    [["text", 0, "not."]],
  ]);
  assert.equal(container.querySelector(".refusal")?.textContent, "I cannot.");
  assert.equal(container.querySelector(".seam")?.textContent, "Connection lost, continued (2 of 3)");
});

test("a fence with a language, a task list, a table and a formula become trees", () => {
  const container = whole(document, "```python title=x\na\n```\n\n- [ ] open\n- [x] done\n\n|a|b|\n|-|-:|\n|1|2|\n\n\\(x_1\\)");
  assert.equal(container.querySelector(".code__language")?.textContent, "python");
  assert.equal(container.querySelector("figure.code button.code__copy")?.getAttribute("type"), "button");
  assert.deepEqual([...container.querySelectorAll("li.task-item input.task")].map((box) => box.hasAttribute("checked")), [false, true]);
  assert.equal(container.querySelector(".table-scroll table td.align-end")?.textContent, "2");
  assert.equal(container.querySelector(".math .math__source")?.textContent, "x_1");
});
