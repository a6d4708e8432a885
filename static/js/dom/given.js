/** What an answer or a tool's result has besides text: pictures, sound, other files, sources. */
import { say, saySize, sayCount } from "../words/words.js";
import { element, label, safeAddress } from "./make.js";

/** @import { Fields, Made } from "./make.js" */

/** As large as a picture is shown in an answer; the viewer shows it larger. */
const MOST_PX = 480;
const UNKNOWN_PX = { width: 320, height: 240 };
/** A longer list of sources begins folded. */
const MOST_OPEN = 6;
const ID = /^[0-9a-f-]{36}$/;

/** @param {unknown} id */
const addressOf = (id) => (typeof id === "string" && ID.test(id) ? `/files/${id}/` : "");

/** @param {Fields} fields @returns {Made} a picture whose size is known before it is loaded; the thread opens it in the viewer */
export function picture({ id, name, width, height }) {
  const outer = /** @type {HTMLAnchorElement} */ (element("a", "picture picture--given"));
  const image = /** @type {HTMLImageElement} */ (element("img", "picture__image"));
  const address = addressOf(id);
  if (!address) return problem({ name });
  outer.href = address;
  outer.target = "_blank";
  outer.setAttribute("aria-label", String(name ?? ""));
  const known = Number(width) > 0 && Number(height) > 0 ? { width: Number(width), height: Number(height) } : UNKNOWN_PX;
  const scale = Math.min(1, MOST_PX / known.width, MOST_PX / known.height);
  image.width = Math.round(known.width * scale);
  image.height = Math.round(known.height * scale);
  image.alt = String(name ?? "");
  image.loading = "lazy";
  image.decoding = "async";
  image.src = address;
  image.addEventListener("error", () => outer.classList.add("picture--lost"), { once: true });
  outer.append(image);
  return { outer };
}

/** @param {Fields} fields @returns {Made} what it says is text of the answer */
export function sound({ id, name }) {
  const address = addressOf(id);
  if (!address) return problem({ name });
  const outer = element("figure", "sound");
  const player = /** @type {HTMLAudioElement} */ (element("audio", "sound__player"));
  player.controls = true;
  player.preload = "metadata";
  player.src = address;
  player.setAttribute("aria-label", String(name ?? ""));
  outer.append(player, download(address, String(name ?? ""), say("Download")));
  return { outer };
}

/** @param {Fields} fields @returns {Made} */
export function file({ id, name, size }) {
  const address = addressOf(id);
  if (!address) return problem({ name });
  const outer = download(address, String(name ?? ""), "");
  outer.className = "file";
  outer.append(label("bdi", "file__name", String(name ?? "")));
  if (Number(size) > 0) outer.append(label("span", "file__size", saySize(Number(size))));
  return { outer };
}

/** @param {string} address @param {string} name @param {string} words */
function download(address, name, words) {
  const made = /** @type {HTMLAnchorElement} */ (label("a", "sound__download", words));
  made.href = address;
  made.download = name;
  made.title = name;
  return made;
}

/** @param {Fields} fields @returns {Made} a file that was given and could not be kept */
export function problem({ name, problem: code }) {
  return { outer: label("p", "problem", problemWords(String(name ?? ""), code)) };
}

/** @param {string} name @param {unknown} code */
function problemWords(name, code) {
  switch (code) {
    case "too_large":
    case "too_many_pixels":
    case "too_much_memory":
      return say("{name} was not kept: it is too large.", { name });
    case "too_many":
      return say("{name} was not kept: this answer has too many files.", { name });
    case "day_full":
      return say("{name} was not kept: the daily limit for files is reached.", { name });
    case "unknown_kind":
      return say("{name} was not kept: files of this type are not supported.", { name });
    default:
      return say("{name} was not kept: it could not be read.", { name });
  }
}

/** @param {Fields} fields @returns {Made} a mark in the text that leads to a source */
export function cite({ number, href, title }) {
  const outer = element("sup", "cite");
  const words = `[${Number(number)}]`;
  const address = webAddress(href);
  if (!address) {
    outer.append(words);
    outer.title = String(title ?? "");
    return { outer };
  }
  const to = linkTo(address, "cite__number", words);
  to.title = String(title ?? "") || address.href;
  to.setAttribute("aria-label", say("Source {number}: {title}", { number: Number(number), title: to.title }));
  outer.append(to);
  return { outer };
}

/** @param {Fields} fields @returns {Made} the sources of an answer, or, bare, the links of a tool's result */
export function sources({ count, bare }) {
  const inner = element("ol", "sources__list");
  if (bare) return { outer: inner };
  const outer = /** @type {HTMLDetailsElement} */ (element("details", "sources"));
  outer.open = Number(count) <= MOST_OPEN;
  outer.append(label("summary", "sources__summary", sayCount("{count} source", "{count} sources", Number(count))), inner);
  return { outer, inner };
}

/** @param {Fields} fields @returns {Made} */
export function source({ number, title, href }) {
  const outer = element("li", "source");
  if (Number(number) > 0) outer.append(label("span", "source__number", String(Number(number))));
  const address = webAddress(href);
  const host = address?.host.replace(/^www\./, "") ?? "";
  const words = String(title ?? "") || String(href ?? "");
  // An address without a title is shown without its scheme, once.
  const shown = address && words === String(href) ? words.replace(/^https?:\/\/(www\.)?/, "").replace(/\/$/, "") : words;
  outer.append(address ? linkTo(address, "source__title", shown) : label("bdi", "source__title", shown));
  if (host && !shown.startsWith(host)) outer.append(label("bdi", "source__host", host));
  return { outer };
}

/** @param {unknown} href */
function webAddress(href) {
  const address = safeAddress(href);
  return address && address.protocol !== "mailto:" ? address : null;
}

/** @param {URL} address @param {string} className @param {string} words */
function linkTo(address, className, words) {
  const made = /** @type {HTMLAnchorElement} */ (label("a", className, words));
  made.href = address.href;
  made.title = address.href;
  made.rel = "noopener noreferrer nofollow";
  made.target = "_blank";
  made.dir = "auto";
  return made;
}
