/** How well a few typed letters fit a name. Pure. */

/** @typedef {{score: number, offsets: number[]}} Fit `offsets` are those of the name's letters that were typed */

const WORD = /[\p{L}\p{N}]/u;

/**
 * Every word of the query must be in the name: as it is, or at least with its letters in their order.
 * @param {string} name
 * @param {string} query
 * @returns {Fit | null} a higher score is a better fit; null where it does not fit
 */
export function fit(name, query) {
  const text = fold(name);
  let score = 0;
  /** @type {number[]} */
  const offsets = [];
  for (const word of fold(query).split(/\s+/).filter(Boolean)) {
    const letters = asLetters(text, word);
    if (!letters) return null;
    const written = asWritten(text, word);
    const found = written && written.score >= letters.score ? written : letters;
    score += found.score;
    offsets.push(...found.offsets);
  }
  return { score: score - text.length / 100, offsets: [...new Set(offsets)].sort((a, b) => a - b) };
}

/**
 * The entries whose names fit, the best first; of equals, those that came first.
 * @template T
 * @param {T[]} entries
 * @param {(entry: T) => string} nameOf
 * @param {string} query
 * @returns {{entry: T, fit: Fit}[]}
 */
export function rank(entries, nameOf, query) {
  if (!query.trim()) return entries.map((entry) => ({ entry, fit: { score: 0, offsets: [] } }));
  return entries
    .flatMap((entry) => {
      const found = fit(nameOf(entry), query);
      return found ? [{ entry, fit: found }] : [];
    })
    .sort((a, b) => b.fit.score - a.fit.score);
}

/**
 * @param {string} text
 * @param {string} word
 * @returns {Fit | null}
 */
function asWritten(text, word) {
  let at = text.indexOf(word);
  if (at < 0) return null;
  for (let next = at; next >= 0 && next < text.length; next = text.indexOf(word, next + 1)) {
    if (!beginsWord(text, next)) continue;
    at = next;
    break;
  }
  const offsets = Array.from({ length: word.length }, (_, step) => at + step);
  return { score: 100 + (at === 0 ? 40 : beginsWord(text, at) ? 30 : 0) + word.length, offsets };
}

/**
 * @param {string} text
 * @param {string} word
 * @returns {Fit | null}
 */
function asLetters(text, word) {
  /** @type {number[]} */
  const offsets = [];
  let from = 0;
  let score = 0;
  for (const letter of word) {
    const next = text.indexOf(letter, from);
    if (next < 0) return null;
    // A letter that begins a word is what people type of it: "nc" for "New conversation".
    const initial = initialFrom(text, letter, next);
    const at = initial >= 0 && rest(text, word, offsets.length + 1, initial + 1) ? initial : next;
    score += beginsWord(text, at) ? 12 : at === from && offsets.length ? 6 : 1;
    offsets.push(at);
    from = at + 1;
  }
  // All of them initials: better than letters inside of a word, not better than a word.
  if (word.length > 1 && offsets.every((at) => beginsWord(text, at))) score += 80;
  return { score, offsets };
}

/**
 * @param {string} text
 * @param {string} letter
 * @param {number} from
 */
function initialFrom(text, letter, from) {
  for (let at = from; at >= 0; at = text.indexOf(letter, at + 1)) if (beginsWord(text, at)) return at;
  return -1;
}

/**
 * Whether the letters of `word` after the first `count` still follow from there.
 * @param {string} text
 * @param {string} word
 * @param {number} count
 * @param {number} from
 */
function rest(text, word, count, from) {
  let at = from;
  for (const letter of word.slice(count)) {
    at = text.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** @param {string} text @param {number} at */
function beginsWord(text, at) {
  return at === 0 || (!WORD.test(text[at - 1] ?? "") && WORD.test(text[at] ?? ""));
}

/** Without case and marks, one unit for each of the name, so that offsets stay offsets. @param {string} text */
function fold(text) {
  return [...text].map((sign) => {
    const plain = sign.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    return plain.length === sign.length ? plain : sign;
  }).join("");
}
