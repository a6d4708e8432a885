/** What is pasted or dropped: files, or a text that is too long for the box. */

/** A page and a half of text: a longer one is material rather than a message. */
const LONG_CHARS = 4000;
const LONG_LINES = 100;

/** @typedef {{name: string, data: Blob}} Incoming */

/**
 * The files of the clipboard. A copied table comes with a picture of itself; then the text is meant. Where the HTML shows
 * a picture, or the text is plain, text and picture are two things, and both are meant.
 * @param {DataTransfer | null} data
 * @returns {Incoming[]}
 */
export function pastedFiles(data) {
  if (!data) return [];
  if (data.types.includes("text/html")) return /<img\b/i.test(data.getData("text/html")) && arePictures(data) ? filesOf(data) : [];
  return data.types.includes("text/rtf") && data.getData("text/plain").trim() ? [] : filesOf(data);
}

/** @param {DataTransfer} data */
const arePictures = (data) => data.files.length > 0 && [...data.files].every(({ type }) => type.startsWith("image/"));

/** @param {DataTransfer} data */
const filesOf = (data) => [...data.files].map((file) => ({ name: file.name, data: file }));

/** Whether the clipboard has words besides its files, and not only their names or paths, as from a file manager. @param {DataTransfer | null} data */
export function hasWords(data) {
  const names = new Set([...(data?.files ?? [])].map(({ name }) => name));
  const lines = (data?.getData("text/plain") ?? "").split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.some((line) => !names.has(line.replace(/^.*[/\\]/, "")));
}

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
