/** Shows what was read out of a file: tables, text with line numbers, the pages of a scan. It is loaded at its first use. */

import { contentWords } from "../../words/files.js";
import { say, sayCount } from "../../words/words.js";
import { copyOf, find, make, write } from "../dom.js";
import { piecesOf } from "./preview_pieces.js";

/** @import { FilePart } from "../../state/types.js" */
/** @import { Piece, Table } from "./preview_pieces.js" */

/** @type {HTMLDialogElement | null} */
let dialog = null;
/** @type {HTMLElement | null} */
let opener = null;

/** @param {HTMLAnchorElement} chip the file as it stands in its message @param {FilePart} file */
export function preview(chip, file) {
  const shown = (dialog ??= build());
  opener = chip;
  write(find(shown, ".preview__name", HTMLElement), file.name);
  write(find(shown, ".preview__about", HTMLElement), contentWords(file));
  shown.setAttribute("aria-label", file.name);
  const save = find(shown, "[data-action=save]", HTMLAnchorElement);
  save.href = chip.href;
  save.download = file.name;
  const body = find(shown, ".preview__body", HTMLElement);
  body.replaceChildren();
  body.setAttribute("aria-busy", "true");
  shown.showModal();
  void fill(body, chip, file);
}

/** @param {HTMLElement} body @param {HTMLAnchorElement} chip @param {FilePart} file */
async function fill(body, chip, file) {
  const answer = await fetch(`${chip.href}text/`).catch(() => null);
  const text = answer?.ok ? await answer.text() : null;
  if (opener !== chip) return;
  body.setAttribute("aria-busy", "false");
  if (text === null) body.replaceChildren(make("p", "preview__note", say("This file cannot be shown. Check the connection, or download it.")));
  else body.replaceChildren(...nodesOf(chip.href, file, text));
}

function build() {
  const made = find(copyOf("preview-template"), ".preview", HTMLDialogElement);
  document.body.append(made);
  made.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (target === made || target?.closest("[data-action=close]")) made.close();
  });
  made.addEventListener("close", () => {
    find(made, ".preview__body", HTMLElement).replaceChildren();
    opener?.focus();
    opener = null;
  });
  return made;
}

/** @param {string} address @param {FilePart} file @param {string} text */
function nodesOf(address, file, text) {
  const scans = new Set(file.scans ?? []);
  if (!text) return [...scans].map((page) => pageOf(address, page));
  return piecesOf(file, text).flatMap((piece) => {
    const page = piece.kind === "heading" && scans.has(piece.page) ? [pageOf(address, piece.page)] : [];
    return [nodeOf(piece), ...page];
  });
}

/** @param {string} address @param {number} page */
function pageOf(address, page) {
  const image = document.createElement("img");
  image.className = "preview__page";
  image.loading = "lazy";
  image.alt = say("Page {page}", { page });
  image.src = `${address}page/${page}/`;
  return image;
}

/** @param {Piece} piece */
function nodeOf(piece) {
  if (piece.kind === "heading") return make("h3", "preview__heading", piece.text);
  if (piece.kind === "table") return tableOf(piece);
  const text = make("pre", `preview__${piece.kind}`, piece.text);
  text.dir = "auto";
  if (piece.kind === "text") return text;
  const box = make("div", "preview__lines");
  const numbers = make("pre", "preview__numbers", Array.from({ length: piece.lines }, (_, index) => index + 1).join("\n"));
  numbers.setAttribute("aria-hidden", "true");
  box.append(numbers, text);
  return box;
}

/** @param {Table} table */
function tableOf({ rows, left }) {
  const box = make("div", "preview__table");
  const table = document.createElement("table");
  rows.forEach((cells, index) => {
    const row = table.insertRow();
    const tag = index === 0 ? "th" : "td";
    row.append(...cells.map((cell) => {
      const node = make(tag, "", cell);
      node.dir = "auto";
      return node;
    }));
  });
  box.append(table);
  if (left) box.append(make("p", "preview__note", sayCount("{count} more row is in the file.", "{count} more rows are in the file.", left)));
  return box;
}
