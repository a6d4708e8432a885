/** What floats beside the control that opened it, one at a time; the focus comes back to that control. */

/** Between the control and what floats, and between that and the edge of the window. */
const GAP_PX = 6;
const EDGE_PX = 8;

/**
 * Show `node`, a popover of one's own, beside `anchor`. It is gone from the page as soon as it is closed: by Escape, by a
 * click elsewhere, by whatever opens another one, or by `hidePopover`.
 * @param {HTMLElement} node
 * @param {HTMLElement} anchor
 * @param {() => void} [closed]
 */
export function float(node, anchor, closed = () => {}) {
  node.popover = "auto";
  document.body.append(node);
  anchor.setAttribute("aria-expanded", "true");
  node.addEventListener("beforetoggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState === "open") return;
    const hadFocus = node.contains(document.activeElement);
    anchor.setAttribute("aria-expanded", "false");
    ending.abort();
    closed();
    // Not before it is closed: a hidden popover that loses the focus would give it to the page.
    queueMicrotask(() => {
      if (hadFocus && anchor.isConnected) anchor.focus({ preventScroll: true });
      node.remove();
    });
  });
  const ending = new AbortController();
  node.showPopover();
  placeBeside(node, anchor);
  addEventListener("resize", () => placeBeside(node, anchor), { signal: ending.signal });
  // What it belongs to moves away below it; what scrolls within it does not count.
  const away = (/** @type {Event} */ event) => event.target instanceof Node && !node.contains(event.target) && placeBeside(node, anchor);
  document.addEventListener("scroll", away, { signal: ending.signal, capture: true, passive: true });
}

/**
 * Below the anchor if there is room, else above; along its leading edge, inside the window.
 * @param {HTMLElement} node
 * @param {HTMLElement} anchor
 */
function placeBeside(node, anchor) {
  const box = anchor.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = node;
  const isRtl = document.documentElement.dir === "rtl";
  const left = isRtl ? box.right - width : box.left;
  const below = box.bottom + GAP_PX + height <= innerHeight - EDGE_PX;
  const top = below ? box.bottom + GAP_PX : box.top - GAP_PX - height;
  node.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  node.style.top = `${Math.max(EDGE_PX, Math.min(top, innerHeight - height - EDGE_PX))}px`;
}
