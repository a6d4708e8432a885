/** What is pasted or dropped: files, or a text that is too long for the box. */

/** A page and a half of text: a longer one is material rather than a message. */
const LONG_CHARS = 4000;
const LONG_LINES = 100;

/** @typedef {{name: string, data: Blob}} Incoming */

/**
 * The files of the clipboard. Copied tables and documents come with a picture of themselves; then the text is meant.
 * @param {DataTransfer | null} data
 * @returns {Incoming[]}
 */
export function pastedFiles(data) {
  if (!data || data.types.includes("text/html") || data.types.includes("text/rtf")) {
    // A picture copied from a page comes with the HTML that shows it, and with no words.
    if (!data || data.getData("text/plain").trim() || !isPictureAlone(data)) return [];
  }
  return filesOf(data);
}

/** @param {DataTransfer} data */
const isPictureAlone = (data) => data.files.length > 0 && [...data.files].every(({ type }) => type.startsWith("image/"));

/** @param {DataTransfer} data */
const filesOf = (data) => [...data.files].map((file) => ({ name: file.name, data: file }));

/** A text of the clipboard that is too long to be pasted; null for a shorter one. @param {DataTransfer | null} data */
export function pastedText(data) {
  const text = data?.getData("text/plain") ?? "";
  if (text.length > LONG_CHARS) return text;
  return text.length > LONG_LINES && text.split("\n", LONG_LINES + 1).length > LONG_LINES ? text : null;
}

/**
 * Files may be dropped anywhere on the page; while they hang above it, `hint` shows where they would go.
 * @param {HTMLElement} hint
 * @param {() => boolean} open
 * @param {(files: Incoming[], target: Element) => void} dropped
 * @param {AbortSignal} signal
 */
export function filesDropped(hint, open, dropped, signal) {
  // "dragenter" and "dragleave" come for every element under the pointer: the one entered last counts.
  /** @type {EventTarget | null} */
  let over = null;
  const show = (/** @type {boolean} */ shown) => void (hint.hidden = !shown);
  const hasFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragenter", (event) => {
    if (!hasFiles(event)) return;
    over = event.target;
    show(open());
  }, { signal });
  document.addEventListener("dragleave", (event) => {
    if (event.target === over) show(false);
  }, { signal });
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || !event.dataTransfer) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = open() ? "copy" : "none";
  }, { signal });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event) || !event.dataTransfer) return;
    // Otherwise the browser would open the file in place of the page.
    event.preventDefault();
    show(false);
    const target = event.target instanceof Element ? event.target : document.body;
    if (open()) dropped(filesOf(event.dataTransfer), target);
  }, { signal });
}
