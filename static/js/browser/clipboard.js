/** A text on the clipboard. */

/**
 * Browsers have a clipboard for pages that came by https or from this very machine; in others the old command does it.
 * @param {string} text
 * @returns {Promise<boolean>} whether it is there now
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByCommand(text);
  }
}

/** @param {string} text */
function copyByCommand(text) {
  const held = document.activeElement;
  const field = document.createElement("textarea");
  field.className = "unseen";
  field.value = text;
  // Beside an open dialog nothing can be selected.
  (held?.closest("dialog, [popover]") ?? document.body).append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (held instanceof HTMLElement) held.focus({ preventScroll: true });
  return done;
}
