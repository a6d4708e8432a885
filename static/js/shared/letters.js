/** Letters that a reader cannot see, in what a model wants to send or a tool has answered: they are shown by number. */

/**
 * Controls, joiners, turning marks, tag letters, fillers and whatever else is drawn as nothing. Not line breaks and tabs,
 * nor the joiner and the variation selector that belong to the emoji before them.
 */
const UNSEEN =
  /(?<![\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F])\u200D|(?<!\p{Extended_Pictographic})\uFE0F|(?![\t\n\r\u200D\uFE0F])[\p{Cc}\p{Cf}\p{Co}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;

/** @param {string} text @param {number} [from] what stands before is only looked back at @returns {string} `⟨U+200B⟩` for each */
export function marked(text, from = 0) {
  const mark = (/** @type {string} */ letter, /** @type {number} */ offset) => (offset < from ? letter : `⟨U+${number(letter).padStart(4, "0")}⟩`);
  return text.replace(UNSEEN, mark).slice(from);
}

/** @param {string} text */
export const hasUnseen = (text) => text.search(UNSEEN) >= 0;

/** @param {string} json @returns {string} the same JSON, with `\u200b` for each in its texts */
export function escaped(json) {
  return json.replace(UNSEEN, (letter) => letter.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

/** @param {string} letter */
const number = (letter) => (letter.codePointAt(0) ?? 0).toString(16).toUpperCase();
