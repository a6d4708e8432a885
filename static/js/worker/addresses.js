/**
 * Where an address in running text ends. Chinese, Japanese and Korean are written without spaces, so that the words after an
 * address would be taken for a part of it: their punctuation ends it, and so do their letters right after Latin ones, as in
 * "https://example.com/a查看详情". After "/", "=" and their like they may be a part: "https://zh.wikipedia.org/wiki/中文".
 */

const PUNCTUATION = /[\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\u2018-\u201f\u2026]/u;
const END = new RegExp(`${PUNCTUATION.source}|(?<=[A-Za-z0-9])[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}]`, "gu");
/** Longer addresses are not looked at, so that many of them cost no more than their characters. */
const MOST_CHARS = 4096;

/**
 * Makes linkify-it end its addresses there.
 *
 * @param {any} linkify
 */
export function endAddresses(linkify) {
  const { match, matchAtStart } = linkify;
  // A space of the same length ends an address as well, and is no part of what is found.
  linkify.match = (/** @type {string} */ text) => match.call(linkify, text.replace(END, (char) => " ".repeat(char.length)));
  linkify.matchAtStart = (/** @type {string} */ text) => {
    const address = /^\S*/.exec(text.slice(0, MOST_CHARS))?.[0] ?? "";
    const end = address.search(END);
    return matchAtStart.call(linkify, end < 0 ? text : text.slice(0, end));
  };
}
