/**
 * What the buttons inside a body do. blocks.js makes them, each with a name; one listener serves all of them, in the
 * conversation and in the reviewer's page. What is rarely used is loaded with its first use.
 */
import { copy } from "../browser/clipboard.js";
import { say } from "../words/words.js";
import { change, decide } from "./approval.js";
import { offerTools } from "./blocks.js";
import { keepScroll } from "./keep_scroll.js";

const TOLD_MS = 1600;

/** @type {Map<string, (button: HTMLElement) => void | Promise<void>>} */
const TOOLS = new Map(
  /** @type {[string, (button: HTMLElement) => void | Promise<void>][]} */ ([
    ["copy", (button) => give(button, textOf(button))],
    ["wrap", wrap],
    ["approve", (button) => decide(button, true)],
    ["decline", (button) => decide(button, false)],
    ["change", change],
    ["download", download],
    ["note", (button) => void goTo(noteOf(button))],
    ["back", (button) => void goTo(referenceOf(button))],
    ["table-copy", copyTable],
    ["table-markdown", async (button) => give(button, (await import("./tables.js")).asMarkdown(tableOf(button)))],
    ["table-csv", async (button) => give(button, (await import("./tables.js")).asCsv(tableOf(button)))],
    ["table-save", async (button) => saveAs("table.csv", "text/csv;charset=utf-8", `\ufeff${(await import("./tables.js")).asCsv(tableOf(button))}`)],
    ["image", async (button) => (await import("./sandboxed.js")).showImage(button, say, keepScroll)],
    ["diagram", async (button) => (await import("./sandboxed.js")).showDiagram(button, say, keepScroll)],
  ]),
);

/** Starts to serve the buttons of every body in the page. */
export function serveTools() {
  for (const near of ["pointerover", "focusin"]) {
    document.addEventListener(near, ({ target }) => {
      const block = target instanceof Element ? target.closest("figure.code, .table") : null;
      if (block) offerTools(block);
    }, { passive: true });
  }
  document.addEventListener("click", (event) => {
    const { target } = event;
    const button = target instanceof Element ? target.closest("[data-tool]") : null;
    const use = button instanceof HTMLElement ? TOOLS.get(button.getAttribute("data-tool") ?? "") : undefined;
    if (!(button instanceof HTMLElement) || !use) return;
    // A picture may stand inside a link.
    event.preventDefault();
    void use(button);
  });
}

/** Puts a text on the clipboard and says so on the button itself. @param {HTMLElement} button @param {string} text @param {string} [html] */
async function give(button, text, html = "") {
  const words = button.textContent ?? "";
  const [copied, failed] = [say("Copied"), say("Not copied")];
  if (words === copied || words === failed) return;
  button.textContent = (await copy(text, html)) ? copied : failed;
  setTimeout(() => (button.textContent = words), TOLD_MS);
}

/** @param {HTMLElement} button */
const figureOf = (button) => button.closest("figure.code");

/** @param {HTMLElement} button */
const textOf = (button) => figureOf(button)?.querySelector("pre")?.textContent ?? "";

/** @param {HTMLElement} button */
function tableOf(button) {
  return /** @type {HTMLTableElement} */ (button.closest(".table")?.querySelector("table"));
}

/** For a spreadsheet or a word processor. @param {HTMLElement} button */
async function copyTable(button) {
  const { asHtml, asTabs } = await import("./tables.js");
  await give(button, asTabs(tableOf(button)), asHtml(tableOf(button)));
}

/** @param {HTMLElement} button */
function wrap(button) {
  const figure = figureOf(button);
  if (!figure) return;
  keepScroll(figure, () => {
    button.setAttribute("aria-pressed", String(figure.classList.toggle("code--wrapped")));
  }, true);
}

/** What a file of a language is called; others end as the language is called, or in .txt. @type {Record<string, string>} */
const ENDINGS = {
  bash: "sh", shell: "sh", zsh: "sh", console: "txt", python: "py", javascript: "js", typescript: "ts", jsx: "jsx", ruby: "rb", rust: "rs",
  csharp: "cs", "c#": "cs", "c++": "cpp", kotlin: "kt", markdown: "md", haskell: "hs", perl: "pl", powershell: "ps1", yaml: "yaml",
  latex: "tex", text: "txt", plaintext: "txt", mermaid: "mmd", objectivec: "m", elixir: "ex", erlang: "erl", clojure: "clj", julia: "jl",
  ocaml: "ml", protobuf: "proto", graphql: "graphql", scala: "scala", golang: "go", terraform: "tf", nginx: "conf", http: "http",
};
const WHOLE_NAMES = new Map([["dockerfile", "Dockerfile"], ["makefile", "Makefile"], ["cmake", "CMakeLists.txt"]]);

/** @param {string} language */
export function fileName(language) {
  const name = language.toLowerCase();
  const whole = WHOLE_NAMES.get(name);
  if (whole) return whole;
  const ending = Object.hasOwn(ENDINGS, name) ? ENDINGS[name] : /^[a-z0-9]{1,10}$/.test(name) ? name : "txt";
  return `code.${ending}`;
}

/** Nothing leaves the page: the file is made here. @param {HTMLElement} button */
function download(button) {
  const language = figureOf(button)?.querySelector(".code__language")?.textContent ?? "";
  saveAs(fileName(language), "text/plain;charset=utf-8", `${textOf(button)}\n`);
}

/** @param {string} name @param {string} type @param {string} content */
function saveAs(name, type, content) {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Notes are numbered within one text. @param {HTMLElement} button */
const textAround = (button) => button.closest(".prose:not(.prose .prose)");

/** @param {HTMLElement} button */
function noteOf(button) {
  const notes = [...(textAround(button)?.querySelectorAll(".note") ?? [])];
  return notes.find((note) => note.querySelector(".note__number")?.textContent === button.textContent);
}

/** @param {HTMLElement} button */
function referenceOf(button) {
  const references = [...(textAround(button)?.querySelectorAll(".reference__number") ?? [])];
  return references.find((reference) => reference.textContent === button.textContent);
}

/** @param {Element | undefined} element */
function goTo(element) {
  if (!(element instanceof HTMLElement)) return;
  element.scrollIntoView({ block: "nearest" });
  element.focus({ preventScroll: true });
}
