/**
 * Diagrams and pictures of other sites, each in a separate sandboxed page that has no origin, no cookies and no way out but
 * a message. A sandbox is made only when somebody asks for it. Imports nothing, so that the page stays one file.
 */

/** @typedef {(sentence: string, fields?: Record<string, string | number>) => string} Say */
/** @typedef {(where: Element, change: () => void, asked?: boolean) => void} KeepScroll */
/**
 * @typedef {object} Sandbox
 * @property {HTMLIFrameElement} iframe
 * @property {() => Record<string, unknown>} content what it is to show
 * @property {(size: { width: number, height: number }) => void} fits
 * @property {(reason: string) => void} fails
 */

/** A sandbox is never made higher than this; a higher diagram scrolls. */
const MOST_PX = 4000;

/** @type {Set<Sandbox>} */ const sandboxes = new Set();
const dark = matchMedia("(prefers-color-scheme: dark)");

/**
 * Loads a picture, because a person asked for it.
 *
 * @param {HTMLElement} button carries the address
 * @param {Say} say
 * @param {KeepScroll} keepScroll
 */
export function showImage(button, say, keepScroll) {
  const holder = /** @type {HTMLElement} */ (button.closest(".image-blocked"));
  const alt = holder.querySelector(".image-blocked__alt")?.textContent ?? "";
  const address = button.getAttribute("data-address") ?? "";
  button.setAttribute("disabled", "");
  open({
    iframe: makeIframe("image", alt, "image-sandbox"),
    content: () => ({ address, alt }),
    fits({ width, height }) {
      keepScroll(holder, () => {
        holder.classList.add("image-blocked--loaded");
        this.iframe.style.setProperty("--width", `${width}px`);
        this.iframe.style.setProperty("--ratio", `${width} / ${height}`);
      }, true);
    },
    fails() {
      close(this);
      button.removeAttribute("disabled");
      button.textContent = say("Not loaded. Try again");
    },
  }, holder);
}

/**
 * Draws a diagram in place of its source, or goes back to the source.
 *
 * @param {HTMLElement} button
 * @param {Say} say
 * @param {KeepScroll} keepScroll
 */
export function showDiagram(button, say, keepScroll) {
  const figure = /** @type {HTMLElement} */ (button.closest("figure.code"));
  const known = [...sandboxes].find(({ iframe }) => figure.contains(iframe));
  figure.querySelector(".code__fault")?.remove();
  if (known) {
    keepScroll(figure, () => {
      close(known);
      figure.classList.remove("code--drawn");
      button.textContent = say("Show diagram");
    }, true);
    return;
  }
  button.textContent = say("Show source");
  open({
    iframe: makeIframe("diagram", say("Diagram"), "diagram-sandbox"),
    content: () => ({ source: figure.querySelector("pre")?.textContent ?? "", dark: isDark() }),
    fits({ height }) {
      keepScroll(figure, () => {
        figure.classList.add("code--drawn");
        this.iframe.style.setProperty("block-size", `${height}px`);
      }, true);
    },
    fails(reason) {
      const words = document.createElement("p");
      words.className = "code__fault";
      words.setAttribute("role", "status");
      words.textContent = say("This diagram cannot be drawn: {reason}", { reason });
      keepScroll(figure, () => {
        close(this);
        figure.classList.remove("code--drawn");
        button.textContent = say("Show diagram");
        figure.querySelector(".code__bar")?.after(words);
      }, true);
    },
  }, figure);
}

/**
 * @param {"image" | "diagram"} kind
 * @param {string} title
 * @param {string} className
 */
function makeIframe(kind, title, className) {
  const iframe = document.createElement("iframe");
  iframe.setAttribute("sandbox", "allow-scripts");
  // Where the browser knows it: no cookie of anybody goes with the picture.
  iframe.setAttribute("credentialless", "");
  iframe.referrerPolicy = "no-referrer";
  iframe.className = className;
  iframe.title = title;
  iframe.src = `/frames/${kind}/`;
  return iframe;
}

/** @param {Sandbox} one @param {HTMLElement} holder */
function open(one, holder) {
  for (const each of sandboxes) if (!each.iframe.isConnected) sandboxes.delete(each);
  sandboxes.add(one);
  holder.append(one.iframe);
}

/** @param {Sandbox} one */
function close(one) {
  sandboxes.delete(one);
  one.iframe.remove();
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : dark.matches;
}

/** An iframe without an origin cannot be named by it: the message goes to this window and no other. @param {Sandbox} one */
const tell = ({ iframe, content }) => iframe.contentWindow?.postMessage(content(), "*");

addEventListener("message", ({ source, data }) => {
  const one = [...sandboxes].find(({ iframe }) => iframe.contentWindow === source);
  if (!one || typeof data !== "object" || data === null) return;
  const [width, height] = [Number(data.width), Number(data.height)];
  if (data.type === "ready") tell(one);
  else if (data.type === "fault") one.fails(String(data.reason ?? "").slice(0, 500));
  else if (data.type === "size" && width > 0 && height > 0) one.fits({ width: Math.min(width, MOST_PX), height: Math.min(height, MOST_PX) });
});

const repaint = () => {
  for (const one of sandboxes) if (one.iframe.classList.contains("diagram-sandbox")) tell(one);
};
dark.addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
