/**
 * Makes room for the soft keyboard where it covers the page instead of making it smaller, as on iOS, which reports it only
 * by the visual viewport. Elsewhere `interactive-widget` in the page's head does that, and nothing is left to do.
 */

/** Less than this is a bar of the browser that comes and goes. */
const LEAST_PX = 80;

export function startKeyboard() {
  const { visualViewport } = window;
  if (!visualViewport) return;
  const fit = () => {
    // A zoomed page has a smaller viewport, too, without any keyboard.
    const covered = visualViewport.scale > 1.05 ? 0 : innerHeight - visualViewport.height;
    document.documentElement.style.setProperty("--keyboard", covered > LEAST_PX ? `${Math.round(covered)}px` : "0px");
    // iOS scrolls to bring the field into view, which would leave an empty strip below it.
    if (covered > LEAST_PX && visualViewport.offsetTop > 0) scrollTo(0, 0);
  };
  visualViewport.addEventListener("resize", fit);
  visualViewport.addEventListener("scroll", fit);
}
