/** The files of a message: pictures in a row that keeps its size while they load, other files as chips. */

import { saySize } from "../words.js";
import { copyOf, find, write } from "./dom.js";

/** @typedef {import("../store.js").FilePart} FilePart */

const THUMB_WIDTH_PX = 240;
const THUMB_HEIGHT_PX = 200;

/**
 * Show them in `box`; nothing is drawn again that is there already.
 * @param {HTMLElement} box
 * @param {FilePart[]} files
 */
export function showFiles(box, files) {
  const ids = files.map(({ id }) => id).join(" ");
  box.hidden = files.length === 0;
  if (box.dataset.shown === ids) return;
  // The stored copy of an edit has ids of its own; of all else the nodes stay.
  box.dataset.shown = ids;
  box.replaceChildren(...files.map((file) => (file.kind === "image" ? pictureOf(file) : chipOf(file))));
}

/** @param {FilePart} file */
function pictureOf(file) {
  const node = find(copyOf("picture-template"), ".picture", HTMLAnchorElement);
  node.href = addressOf(file);
  node.setAttribute("aria-label", file.name);
  const image = find(node, "img", HTMLImageElement);
  const { width, height } = shownSize(file);
  Object.assign(image, { width, height, alt: file.name, src: `${addressOf(file)}small/` });
  image.addEventListener("error", () => node.classList.add("picture--lost"), { once: true });
  node.addEventListener("click", (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    void import("./viewer.js").then(({ view }) => view(node));
  });
  return node;
}

/** @param {FilePart} file */
function chipOf(file) {
  const node = find(copyOf("file-template"), ".file", HTMLAnchorElement);
  node.href = addressOf(file);
  node.download = file.name;
  node.title = file.name;
  write(find(node, ".file__name", HTMLElement), file.name);
  write(find(node, ".file__size", HTMLElement), saySize(file.size_bytes));
  return node;
}

/** @param {{id: string}} file */
const addressOf = ({ id }) => `/files/${encodeURIComponent(id)}/`;

/**
 * How large a picture is shown: known before it is there, so that nothing moves.
 * @param {{width: number | null, height: number | null}} file
 */
export function shownSize({ width, height }) {
  if (!width || !height) return { width: THUMB_WIDTH_PX, height: THUMB_HEIGHT_PX };
  const scale = Math.min(1, THUMB_WIDTH_PX / width, THUMB_HEIGHT_PX / height);
  return { width: Math.max(32, Math.round(width * scale)), height: Math.max(32, Math.round(height * scale)) };
}
