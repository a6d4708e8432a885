/** Puts a text on the clipboard, and the same as HTML for programs that take it. */

/**
 * Browsers offer the clipboard to pages that came by https or from localhost; for others the old command works.
 * @param {string} text
 * @param {string} [html] the same for word processors and spreadsheets, where the browser can give both
 * @returns {Promise<boolean>} whether it was copied
 */
export async function copy(text, html = "") {
  try {
    if (html && typeof ClipboardItem !== "undefined") {
      const kinds = { "text/plain": text, "text/html": html };
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(Object.entries(kinds).map(([type, value]) => [type, new Blob([value], { type })])))]);
    } else await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

/** @param {string} text */
function copyByCommand(text) {
  const focused = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.value = text;
  // While a dialog is open, nothing outside of it can be selected.
  (focused?.closest("dialog, [popover]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) focused.focus({ preventScroll: true });
  return done;
}
