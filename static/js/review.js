/**
 * The reviewer's page: the stored text is there without this script; it shows Markdown as the conversation shows it,
 * with the same parser (in a worker) and the same gate into the DOM. Messages are done as they come near the screen.
 */
import { play } from "./dom/play.js";
import { trustWorkerUrl } from "./trusted.js";

/** Longer text stays as it is written: a message on a page of its own may have megabytes. */
const MOST_CHARS = 400_000;
/** Started before it is seen, so that nothing grows under the reader's eyes. */
const AHEAD = "1500px 0px";

const url = document.documentElement.dataset.workerUrl;
if (url && typeof IntersectionObserver !== "undefined") begin(url);

/** @param {string} workerUrl */
function begin(workerUrl) {
  const worker = new Worker(/** @type {any} */ (trustWorkerUrl(workerUrl)), { type: "module", name: "review" });
  /** Texts by their number, the worker's name for them. @type {HTMLElement[]} */
  const texts = [];
  worker.addEventListener("message", ({ data }) => {
    const text = texts[data.number];
    if (!text) return;
    text.classList.remove("plain-text");
    play(text, data.ops);
  });
  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        const text = target.textContent ?? "";
        if (text.length > MOST_CHARS) continue;
        worker.postMessage({ number: texts.push(/** @type {HTMLElement} */ (target)) - 1, text });
      }
    },
    { rootMargin: AHEAD },
  );
  for (const text of document.querySelectorAll("[data-markdown]")) near.observe(text);
}

document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest(".code__copy") : null;
  const code = button?.closest("figure")?.querySelector("pre")?.textContent;
  if (!button || typeof code !== "string") return;
  navigator.clipboard?.writeText(code).then(
    () => void (button.textContent = "Copied"),
    () => void (button.textContent = "Not copied"),
  );
});
