/** Panels that float beside the control that opened them, one at a time; the focus comes back to that control. */

/** Between the control and the panel, and between the panel and the edge of the window. */
const MARGIN_PX = 6;
const EDGE_PX = 8;

/**
 * Show `node`, which the caller has made for it, beside `anchor`. It leaves the page when it is closed: by Escape, by a
 * click elsewhere, by another popover, or by `hidePopover`.
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
    // After it is closed: a popover that loses the focus while it is hiding would give it to the page.
    queueMicrotask(() => {
      if (hadFocus && anchor.isConnected) anchor.focus({ preventScroll: true });
      node.remove();
    });
  });
  const ending = new AbortController();
  node.showPopover();
  placeBeside(node, anchor);
  addEventListener("resize", () => placeBeside(node, anchor), { signal: ending.signal });
  // The anchor may scroll away below it; scrolling inside the panel does not matter.
  const follow = (/** @type {Event} */ event) => event.target instanceof Node && !node.contains(event.target) && placeBeside(node, anchor);
  document.addEventListener("scroll", follow, { signal: ending.signal, capture: true, passive: true });
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
  const below = box.bottom + MARGIN_PX + height <= innerHeight - EDGE_PX;
  const top = below ? box.bottom + MARGIN_PX : box.top - MARGIN_PX - height;
  node.style.left = `${Math.max(EDGE_PX, Math.min(left, innerWidth - width - EDGE_PX))}px`;
  node.style.top = `${Math.max(EDGE_PX, Math.min(top, innerHeight - height - EDGE_PX))}px`;
}
