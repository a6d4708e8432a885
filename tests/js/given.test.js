/** Pictures, sound and sources in a body: live and stored alike, and nothing that a model wrote leads anywhere by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { play } from "../../static/js/dom/play.js";
import { emptyState, fold } from "../../static/js/shared/transcript.js";
import { Body } from "../../static/js/worker/body.js";
import { useDocument } from "./support.js";

const document = useDocument();
const ID = "00000000-0000-4000-8000-000000000001";

/** @param {any[]} parts */
function shown(parts) {
  const container = document.createElement("div");
  play(container, new Body().flush(parts, null, true));
  return container;
}

test("numbers in a text lead to its sources, which are listed below, whenever they come", () => {
  const source = { type: "source", number: 1, title: "Law", url: "https://www.example.org/law" };
  const states = [
    [["add", 0, source]], [["add", 1, { type: "text", text: "In May[1" }]], [["text", 1, "], not June[2], `[1]` [1](https://a.example).\n\nNew"]],
    [["add", 2, { type: "source", number: 3, title: "https://example.com/c", url: "https://example.com/c" }], ["text", 1, " block[3]."]],
    [["set", 2, { title: "Court" }]],
  ];
  const container = document.createElement("div");
  const state = emptyState();
  const body = new Body();
  for (const changes of states) {
    fold(state, changes);
    assert.ok(body.note(/** @type {any} */ (changes)));
    play(container, body.flush(state.parts, state.run, false));
    assert.equal(container.querySelector(".sources"), null, "listed when the answer has ended");
  }
  play(container, body.flush(state.parts, state.run, true));
  assert.deepEqual([...container.querySelectorAll(".cite a")].map((a) => [a.textContent, a.getAttribute("href")]), [
    ["[1]", "https://www.example.org/law"], ["[3]", "https://example.com/c"],
  ]);
  assert.equal(container.querySelector(".prose a[href='https://a.example/']")?.textContent, "1");
  assert.match(container.querySelector(".prose")?.textContent ?? "", /not June\[2\], \[1\]/);
  assert.deepEqual([...container.querySelectorAll(".source")].map((item) => item.textContent), ["1Lawexample.org", "3Courtexample.com"]);
  assert.equal(shown(state.parts).innerHTML, container.innerHTML);
});

test("a source whose address is no page of the web is named and leads nowhere", () => {
  const container = shown([
    { type: "source", number: 1, title: "Trap", url: "javascript:alert(1)" }, { type: "source", number: 2, title: "Notes", url: "" },
    { type: "text", text: "A[1] B[2]" },
  ]);
  assert.equal(container.querySelectorAll("a").length, 0);
  assert.deepEqual([...container.querySelectorAll(".source")].map((item) => item.textContent), ["1Trap", "2Notes"]);
  assert.equal(container.querySelector(".prose")?.textContent, "A[1] B[2]");
});

test("a picture has its size before it is loaded, and stands where the model gave it", () => {
  const picture = { type: "attachment", id: ID, name: "a cat", kind: "image", media_type: "image/png", width: 1920, height: 960 };
  const container = shown([{ type: "text", text: "Look:" }, picture, { type: "text", text: "Nice." }]);
  assert.deepEqual([...container.children].map((child) => child.className), ["prose", "picture picture--given", "prose"]);
  const image = container.querySelector("img");
  assert.deepEqual(["width", "height", "alt", "src"].map((name) => image?.getAttribute(name)), ["480", "240", "a cat", `/files/${ID}/`]);
  assert.equal(container.querySelector("a.picture")?.getAttribute("href"), `/files/${ID}/`);
});

test("what was not kept says so, and an id that is none makes no address", () => {
  const part = (/** @type {any} */ about) => ({ type: "attachment", name: "x.png", kind: "image", media_type: "image/png", ...about });
  const container = shown([part({ id: "", problem: "too_large" }), part({ id: "../../admin" }), part({ id: "", problem: "?" })]);
  assert.deepEqual([...container.children].map((child) => child.textContent), [
    "x.png was not kept: it is too large.", "x.png was not kept: it could not be read.", "x.png was not kept: it could not be read.",
  ]);
  assert.equal(container.querySelector("[src], [href]"), null);
});

test("a tool's result shows its files and links in the card of its call", () => {
  const contents = [{ type: "attachment", id: ID, name: "a.png", kind: "image", media_type: "image/png" }, { type: "source", title: "Page", url: "https://example.org" }];
  const card = shown([
    { type: "tool_call", id: "t", name: "camera", arguments: "{}", status: "called" }, { type: "tool_result", id: "t", name: "camera", text: "Here.", contents },
  ]).querySelector(".tool-card__body");
  assert.deepEqual([...(card?.children ?? [])].map((child) => child.className), ["tool-card__arguments", "tool-card__result", "picture picture--given", "sources__list"]);
});

test("a tool of the provider runs, then shows what it gave", () => {
  const container = document.createElement("div");
  const [state, body] = [emptyState(), new Body()];
  const step = (/** @type {any[]} */ changes, ended = false) => {
    fold(state, changes);
    body.note(/** @type {any} */ (changes));
    play(container, body.flush(state.parts, state.run, ended));
    return container.querySelector(".tool-card__status")?.textContent;
  };
  assert.equal(step([["add", 0, { type: "provider_call", id: "s", name: "web_search", arguments: "" }]]), "running");
  assert.equal(step([["text", 0, '{"query":"law"}']]), "running");
  const contents = [{ type: "source", title: "Law", url: "https://example.org/law" }];
  assert.equal(step([["set", 0, { text: "", contents }]]), "done by the provider");
  step([], true);
  assert.equal(container.querySelector(".tool-card__arguments")?.textContent, '{\n  "query": "law"\n}');
  assert.equal(container.querySelector(".source")?.textContent, "Lawexample.org");
  assert.equal(container.querySelector(".tool-card__result"), null);
  assert.equal(container.innerHTML.replace(' open=""', ""), shown(state.parts).innerHTML);
});
