/**
 * The gallery: on its page the sheet of all scenes, each in an iframe, so that a narrow one is really narrow; on a
 * scene's page it presses the buttons.
 */
import { SCENES, sceneOf } from "./scenes.js";

/** Elements come with the server's first frames; one that has not come after this long is not in this version. */
const WITHIN_MS = 5000;
const WIDTHS = { phone: 390, desktop: 1280 };

const scene = sceneOf(document.documentElement.dataset.scene ?? "");
const sheet = document.getElementById("sheet");
if (scene) window.addEventListener("load", () => void perform(scene));
if (sheet) showSheet(sheet);

/** @param {import("./scenes.js").Scene} scene */
async function perform({ type, press = [] }) {
  if (type) {
    const text = await waitFor("#composer-text");
    if (text instanceof HTMLTextAreaElement) {
      text.value = type;
      text.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
  for (const selector of press) {
    const button = await waitFor(selector);
    // On a wide window there is no button that opens the drawer.
    if (button instanceof HTMLElement && button.checkVisibility()) button.click();
  }
  document.documentElement.dataset.performed = "";
}

/** @param {string} selector @returns {Promise<Element | null>} */
function waitFor(selector) {
  const until = performance.now() + WITHIN_MS;
  return new Promise((resolve) => {
    const look = () => {
      const found = document.querySelector(selector);
      if (found || performance.now() > until) resolve(found);
      else setTimeout(look, 30);
    };
    look();
  });
}

/** @param {HTMLElement} sheet */
function showSheet(sheet) {
  const asked = new URLSearchParams(location.search);
  const widths = asked.get("width") ? [Number(asked.get("width"))] : Object.values(WIDTHS);
  for (const { name, title, fresh, height = 760 } of SCENES) {
    const section = document.createElement("section");
    section.className = "scene";
    section.id = name;
    const heading = document.createElement("h2");
    const link = document.createElement("a");
    link.href = addressOf(name, fresh, asked);
    link.textContent = title;
    heading.append(link);
    section.append(heading);
    const iframes = document.createElement("div");
    iframes.className = "scene__frames";
    for (const width of widths) iframes.append(makeIframe(link.href, `${title}, ${width} px`, width, Math.min(height, 900)));
    section.append(iframes);
    sheet.append(section);
  }
}

/** @param {string} href @param {string} title @param {number} width @param {number} height */
function makeIframe(href, title, width, height) {
  const iframe = document.createElement("iframe");
  iframe.src = href;
  iframe.title = title;
  iframe.loading = "lazy";
  iframe.width = String(width);
  iframe.height = String(height);
  return iframe;
}

/** @param {string} name @param {boolean | undefined} fresh @param {URLSearchParams} asked theme and language go along */
function addressOf(name, fresh, asked) {
  const address = new URL(`/gallery/${name}/`, location.href);
  for (const key of ["theme", "language"]) if (asked.get(key)) address.searchParams.set(key, asked.get(key) ?? "");
  if (fresh) address.searchParams.set("new", "1");
  return address.href;
}
