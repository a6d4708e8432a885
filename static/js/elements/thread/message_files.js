/** The files of a message: pictures in a row whose size does not change while they load, other files as chips. */

import { contentWords } from "../../words/files.js";
import { copyOf, find, make, write } from "../dom.js";

/** @import { FilePart } from "../../state/types.js" */

/** The largest size of a single picture, and of one among others, which are in a row of one height. */
const ALONE_PX = { width: 320, height: 240 };
const ROW_PX = { width: 260, height: 132 };
const NARROWEST_PX = 56;

/** Show files in `box`; those that are shown already are not drawn again. @param {HTMLElement} box @param {FilePart[]} files */
export function showFiles(box, files) {
  const ids = files.map(({ id }) => id).join(" ");
  box.hidden = files.length === 0;
  if (box.dataset.shown === ids) return;
  // Only the stored copy of an edit has other ids; in all other cases the nodes stay.
  box.dataset.shown = ids;
  const pictures = files.filter(({ kind }) => kind === "image");
  const rows = [pictures.map((file) => pictureOf(file, pictures.length)), files.filter(({ kind }) => kind !== "image").map(chipOf)];
  box.replaceChildren(...rows.filter((row) => row.length).map((row) => {
    const node = make("div", "message__row");
    node.append(...row);
    return node;
  }));
}

/** @param {FilePart} file @param {number} count how many pictures there are */
function pictureOf(file, count) {
  const node = find(copyOf("picture-template"), ".picture", HTMLAnchorElement);
  node.href = addressOf(file);
  node.setAttribute("aria-label", file.name);
  const image = find(node, "img", HTMLImageElement);
  const { width, height } = shownSize(file, count);
  Object.assign(image, { width, height, alt: file.name, src: `${addressOf(file)}small/` });
  image.addEventListener("error", () => node.classList.add("picture--lost"), { once: true });
  node.addEventListener("click", (event) => openPicture(event, node));
  return node;
}

/** Open a picture in the viewer, unless the click asks the browser for something else. @param {MouseEvent} event @param {HTMLAnchorElement} node */
export function openPicture(event, node) {
  if (event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation();
  void import("./viewer.js").then(({ view }) => view(node));
}

/** @param {FilePart} file */
function chipOf(file) {
  const node = find(copyOf("file-template"), ".file", HTMLAnchorElement);
  node.href = addressOf(file);
  node.download = file.name;
  node.title = file.name;
  node.addEventListener("click", (event) => {
    if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || !isReadable(file)) return;
    event.preventDefault();
    event.stopPropagation();
    void import("./preview.js").then(({ preview }) => preview(node, file));
  });
  write(find(node, ".file__name", HTMLElement), file.name);
  write(find(node, ".file__size", HTMLElement), contentWords(file));
  return node;
}

/** Whether there is something to show of it. @param {FilePart} file */
const isReadable = ({ kind }) => ["text", "pdf", "document", "sheets", "slides", "mail", "archive"].includes(kind);

/** @param {{id: string}} file */
const addressOf = ({ id }) => `/files/${encodeURIComponent(id)}/`;

/**
 * How large a picture is shown; computed before it is loaded, so that nothing moves.
 * @param {{width: number | null, height: number | null}} file
 * @param {number} count how many pictures there are
 */
function shownSize({ width, height }, count) {
  const most = count > 1 ? ROW_PX : ALONE_PX;
  if (!width || !height) return most;
  const scale = Math.min(count > 1 ? most.height / height : 1, most.width / width, most.height / height);
  const fit = (/** @type {number} */ size) => Math.max(NARROWEST_PX, Math.round(size * scale));
  return { width: fit(width), height: count > 1 ? most.height : fit(height) };
}
