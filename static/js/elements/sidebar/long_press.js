/** Recognizes a long press of a finger, also in browsers that send no `contextmenu` for it. */

const RESTS_MS = 500;
/** A finger is never quite still. */
const STILL_PX = 10;

/**
 * Call `act` with the event of the finger that came down and stayed; lifting that finger then clicks nothing.
 * @param {HTMLElement} node
 * @param {(event: PointerEvent) => void} act
 * @param {AbortSignal} signal
 */
export function onLongPress(node, act, signal) {
  /** @type {PointerEvent | null} */
  let down = null;
  let timer = 0;
  let acted = false;
  const end = () => clearTimeout(timer);
  node.addEventListener("pointerdown", (event) => {
    end();
    acted = false;
    if (event.pointerType === "mouse") return;
    down = event;
    timer = window.setTimeout(() => {
      acted = true;
      act(event);
    }, RESTS_MS);
  }, { signal });
  node.addEventListener("pointermove", (event) => {
    if (down && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > STILL_PX) end();
  }, { signal });
  for (const name of ["pointerup", "pointercancel", "contextmenu"]) node.addEventListener(name, end, { signal });
  node.addEventListener("click", (event) => {
    if (!acted) return;
    acted = false;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true, signal });
  signal.addEventListener("abort", end);
}
