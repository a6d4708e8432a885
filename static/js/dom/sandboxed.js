/**
 * Diagrams and pictures from elsewhere, each in a page of its own inside a sandbox: it has no origin, no cookies and no way
 * out but a message. Nothing of it is made before somebody asks. Imports nothing, so that the page stays one file.
 */

/** @typedef {(sentence: string, fields?: Record<string, string | number>) => string} Say */
/** @typedef {(where: Element, change: () => void, asked?: boolean) => void} Keeping */
/**
 * @typedef {object} Framed
 * @property {HTMLIFrameElement} frame
 * @property {() => Record<string, unknown>} what it shall show
 * @property {(size: { width: number, height: number }) => void} fits
 * @property {(reason: string) => void} fails
 */

/** No page of ours says that it is higher; a diagram of that height scrolls. */
const MOST_PX = 4000;

/** @type {Set<Framed>} */ const framed = new Set();
const dark = matchMedia("(prefers-color-scheme: dark)");

/**
 * Loads a picture, because a person asked for it.
 *
 * @param {HTMLElement} button carries the address
 * @param {Say} say
 * @param {Keeping} keeping
 */
export function showImage(button, say, keeping) {
  const holder = /** @type {HTMLElement} */ (button.closest(".image-blocked"));
  const alt = holder.querySelector(".image-blocked__alt")?.textContent ?? "";
  const address = button.getAttribute("data-address") ?? "";
  button.setAttribute("disabled", "");
  open({
    frame: frameOf("image", alt, "image-frame"),
    what: () => ({ address, alt }),
    fits({ width, height }) {
      keeping(holder, () => {
        holder.classList.add("image-blocked--loaded");
        this.frame.style.setProperty("--width", `${width}px`);
        this.frame.style.setProperty("--ratio", `${width} / ${height}`);
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
 * @param {Keeping} keeping
 */
export function showDiagram(button, say, keeping) {
  const figure = /** @type {HTMLElement} */ (button.closest("figure.code"));
  const known = [...framed].find(({ frame }) => figure.contains(frame));
  figure.querySelector(".code__fault")?.remove();
  if (known) {
    keeping(figure, () => {
      close(known);
      figure.classList.remove("code--drawn");
      button.textContent = say("Show diagram");
    }, true);
    return;
  }
  button.textContent = say("Show source");
  open({
    frame: frameOf("diagram", say("Diagram"), "diagram-frame"),
    what: () => ({ source: figure.querySelector("pre")?.textContent ?? "", dark: isDark() }),
    fits({ height }) {
      keeping(figure, () => {
        figure.classList.add("code--drawn");
        this.frame.style.setProperty("block-size", `${height}px`);
      }, true);
    },
    fails(reason) {
      const words = document.createElement("p");
      words.className = "code__fault";
      words.setAttribute("role", "status");
      words.textContent = say("This diagram cannot be drawn: {reason}", { reason });
      keeping(figure, () => {
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
function frameOf(kind, title, className) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  // Where the browser knows it: no cookie of anybody goes with the picture.
  frame.setAttribute("credentialless", "");
  frame.referrerPolicy = "no-referrer";
  frame.className = className;
  frame.title = title;
  frame.src = `/frames/${kind}/`;
  return frame;
}

/** @param {Framed} one @param {HTMLElement} holder */
function open(one, holder) {
  for (const each of framed) if (!each.frame.isConnected) framed.delete(each);
  framed.add(one);
  holder.append(one.frame);
}

/** @param {Framed} one */
function close(one) {
  framed.delete(one);
  one.frame.remove();
}

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : dark.matches;
}

/** A frame without an origin cannot be named as one: the message goes to this window and no other. @param {Framed} one */
const tell = ({ frame, what }) => frame.contentWindow?.postMessage(what(), "*");

addEventListener("message", ({ source, data }) => {
  const one = [...framed].find(({ frame }) => frame.contentWindow === source);
  if (!one || typeof data !== "object" || data === null) return;
  const [width, height] = [Number(data.width), Number(data.height)];
  if (data.type === "ready") tell(one);
  else if (data.type === "fault") one.fails(String(data.reason ?? "").slice(0, 500));
  else if (data.type === "size" && width > 0 && height > 0) one.fits({ width: Math.min(width, MOST_PX), height: Math.min(height, MOST_PX) });
});

const repaint = () => {
  for (const one of framed) if (one.frame.classList.contains("diagram-frame")) tell(one);
};
dark.addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
