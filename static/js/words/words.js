/**
 * The page's words. The code has the English sentences; their translations come from the catalogue that the server
 * built from locale/…/djangojs.po. Numbers, lists and moments are written as the page's language does.
 */

/**
 * @typedef {object} Catalogue
 * @property {Record<string, string | string[]>} sentences a counted one has as many forms as its language
 * @property {Record<string, number>} forms which form belongs to each category of Intl.PluralRules
 */
/** @typedef {Record<string, string | number>} Fields */

/** @type {Catalogue} */
const { sentences, forms } = await catalogue();
const language = globalThis.document?.documentElement.lang || "en";
// A region of the same language that the browser knows of: a clock has 24 hours in London, and 12 in New York.
const region = globalThis.navigator?.languages?.find((each) => each.split("-")[0] === language.split("-")[0]) ?? language;
const rules = new Intl.PluralRules(language);
const numbers = new Intl.NumberFormat(language);
const tenths = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/**
 * The sentence in the page's language, with each `{name}` replaced by `fields.name`.
 * @param {string} sentence in English
 * @param {Fields} [fields]
 * @returns {string}
 */
export function say(sentence, fields = {}) {
  const known = sentences[sentence];
  return filled(typeof known === "string" ? known : sentence, fields);
}

/**
 * A sentence that counts something; `{count}` is the number, written as the language does.
 * @param {string} one in English, for exactly one
 * @param {string} many in English, for every other number
 * @param {number} count
 * @param {Fields} [fields]
 * @returns {string}
 */
export function sayCount(one, many, count, fields = {}) {
  const category = rules.select(count);
  const known = sentences[one];
  const form = Array.isArray(known) ? known[forms[category] ?? known.length - 1] : undefined;
  return filled(form ?? (category === "one" ? one : many), { count: sayNumber(count), ...fields });
}

/** @param {number} number */
export const sayNumber = (number) => numbers.format(number);

/** @param {number} number written with one digit after the point */
export const sayTenths = (number) => tenths.format(number);

/** A file's size for reading: "12 kB". @param {number} bytes */
export function saySize(bytes) {
  if (bytes < 1000) return say("{size} B", { size: sayNumber(bytes) });
  if (bytes < 1_000_000) return say("{size} kB", { size: sayNumber(Math.round(bytes / 1000)) });
  return say("{size} MB", { size: bytes < 10_000_000 ? new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(bytes / 1_000_000) : sayNumber(Math.round(bytes / 1_000_000)) });
}

/** @param {string[]} items "one, two and three" */
export const sayList = (items) => new Intl.ListFormat(language).format(items);

/** @param {Date} moment @param {Intl.DateTimeFormatOptions} [options] */
export const sayMoment = (moment, options) => new Intl.DateTimeFormat(region, options).format(moment);

/** A duration as a figure, exact to the second: "0.4 s", "12 s", "3 min 5 s". @param {number} seconds */
export function sayDuration(seconds) {
  if (seconds < 10 && !Number.isInteger(seconds)) return say("{seconds} s", { seconds: sayTenths(seconds) });
  const whole = Math.round(seconds);
  if (whole < 60) return say("{seconds} s", { seconds: whole });
  return say("{minutes} min {seconds} s", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** A duration inside a sentence, in words and rounded to one unit, as chat/shown/run_error.py writes it: "3 minutes". @param {number} seconds */
export function saySpan(seconds) {
  const [unit, size] = SPANS.find(([, size]) => seconds >= size) ?? ["second", 1];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(Math.round(seconds / size));
}

/** @type {[string, number][]} */
const SPANS = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/**
 * @param {number} excess characters over the limit
 * @param {number} limit
 */
export function sayExcess(excess, limit) {
  const fields = { limit: sayNumber(limit) };
  return sayCount("{count} character too many. The limit is {limit}.", "{count} characters too many. The limit is {limit}.", excess, fields);
}

/** @param {string} sentence @param {Fields} fields */
function filled(sentence, fields) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? String(fields[name]) : whole));
}

/**
 * English needs no catalogue. Where another language's does not load, the page falls back to English.
 * @returns {Promise<Catalogue>}
 */
async function catalogue() {
  const url = globalThis.document?.documentElement.dataset.wordsUrl;
  try {
    if (url) return await (await fetch(url)).json();
  } catch {
    // As above.
  }
  return { sentences: {}, forms: {} };
}
