/**
 * Room for the soft keyboard where it lies over the page instead of making it smaller: iOS does, and says so only by the
 * visual viewport. Elsewhere `interactive-widget` in the page's head has done it already, and nothing is left to do.
 */

/** Less is a bar of the browser's that comes and goes. */
const LEAST_PX = 80;

export function startKeyboard() {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const fit = () => {
    // A page that is zoomed shows less of itself, too; that is no keyboard.
    const covered = visualViewport.scale > 1.05 ? 0 : innerHeight - visualViewport.height;
    document.documentElement.style.setProperty("--keyboard", covered > LEAST_PX ? `${Math.round(covered)}px` : "0px");
    // What iOS has scrolled to bring the field into view would leave a gap below it.
    if (covered > LEAST_PX && visualViewport.offsetTop > 0) scrollTo(0, 0);
  };
  visualViewport.addEventListener("resize", fit);
  visualViewport.addEventListener("scroll", fit);
}
