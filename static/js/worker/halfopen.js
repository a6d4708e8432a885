/**
 * Hides what a reader should not see while an answer is being written: markers whose other half has not come yet. There
 * are two pure functions: one for the end of the source (lines that have only markers so far), one for the end of a
 * paragraph's text.
 */

import { MOST_LABEL_CHARS } from "./footnotes.js";
import { PAIRS } from "./inert.js";
import { MOST_OPEN_CHARS, dollarEnd, mayOpenDollar, nextOf, openerAt } from "./math.js";

/** Longer lines are text whatever they begin with; this also bounds the regular expressions below. */
const MARKER_LINE_CHARS = 80;
const ONLY_MARKERS = /^[ \t>]*([-*+][ \t]+)?([-*_=~`#|:\\]*|\d{1,9}[.)]?|\[[ xX]?\]?|\[\^[^\s\]]*(\]:?)?|[-+*]|<[!/]?-{0,2}[a-z]{0,7})[ \t]*$/i;
const DELIMITER_ROW_SO_FAR = /^[ \t]*\|?[-:| \t]*$/;
const ROW = /^[ \t]{0,3}\|/;
/** The card of a code fence is shown with its language, not before it. */
const FENCE_SO_FAR = /^[ \t>]*([-*+][ \t]+|\d{1,9}[.)][ \t]+)?(```|~~~)/;

/**
 * How much of a growing source can be shown: what is left out is its last line while that consists of markers only,
 * and the head of a table until its delimiter row is complete.
 *
 * @param {string} source
 * @returns {number} a length
 */
export function showable(source) {
  const last = source.lastIndexOf("\n") + 1;
  if (last === source.length) return isTableHead(source, last) ? lineBefore(source, last) : source.length;
  const line = source.slice(last, last + MARKER_LINE_CHARS + 1);
  if (line.length > MARKER_LINE_CHARS) return source.length;
  const previous = lineBefore(source, last);
  const afterRow = last > 0 && ROW.test(source.slice(previous, previous + 4));
  if (DELIMITER_ROW_SO_FAR.test(line) && isTableHead(source, last)) return previous;
  if (ROW.test(line) && !afterRow) return last;
  return ONLY_MARKERS.test(line) || FENCE_SO_FAR.test(line) ? last : source.length;
}

/**
 * Whether the line that ends before `end` is a table's first row: it begins with a bar and the line above it does not.
 *
 * @param {string} source
 * @param {number} end
 */
function isTableHead(source, end) {
  if (end === 0) return false;
  const row = lineBefore(source, end);
  if (!ROW.test(source.slice(row, row + 4))) return false;
  if (row === 0) return true;
  const above = lineBefore(source, row);
  return !ROW.test(source.slice(above, above + 4));
}

/**
 * @param {string} source
 * @param {number} start of a line
 * @returns {number} start of the line above
 */
function lineBefore(source, start) {
  return start <= 1 ? 0 : source.lastIndexOf("\n", start - 2) + 1;
}

const SPACE = /\s/;
const WORD = /[\p{L}\p{N}]/u;
/** Written without spaces, so that emphasis may begin between two letters. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff00-\uffef]/u;
const TAG = new RegExp(`<(/?)(${PAIRS.join("|")})>`, "iy");
/** A tag or a comment whose end has not come. */
const TAG_SO_FAR = new RegExp(`^<(?:!?-?|/?(?:${[...PAIRS, "br", "br ", "br/", "br /", "details", "summary"].flatMap(beginnings).join("|")}))$`, "i");

/** @param {string} word */
function beginnings(word) {
  return Array.from(word, (_, at) => word.slice(0, at + 1));
}

/** The beginning of a formula's environment, whose name has not come. */
const BEGIN_SO_FAR = /^\\b(?:e(?:g(?:i(?:n(?:\{[A-Za-z]*\*?)?)?)?)?)?$/;
/** No prose nests deeper than this; the limit bounds the stack. */
const MOST_OPEN = 40;

/**
 * Inline text with its half-open markers closed where something follows them, and removed where nothing does yet:
 * "a **b" becomes "a **b**", "a **" becomes "a ", "see [this](http://exa" becomes "see this".
 *
 * @param {string} text
 * @returns {string} linear in time
 */
export function closeHalfOpen(text) {
  const scan = new Scan(text);
  scan.run();
  return scan.result();
}

class Scan {
  #text;
  #at = 0;
  /** Emphasis and tags still open: the marker and how many of it. @type {{ mark: string, count: number, at: number, length?: number }[]} */
  #open = [];
  /** Positions of "[" still open. @type {number[]} */
  #brackets = [];
  /** Pieces of the text to leave out. @type {[number, number][]} */
  #cuts = [];
  #end;
  #closer = "";
  /** What nextOf remembers. */
  #env = {};

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
    this.#end = text.length;
  }

  run() {
    while (this.#at < this.#end) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#backslash();
      else if (char === "`") this.#code();
      else if (char === "*" || char === "_" || char === "~") this.#emphasis(char);
      else if (char === "[") this.#brackets.push(this.#at++);
      else if (char === "]") this.#bracket();
      else if (char === "<") this.#angle();
      else if (char === "$") this.#dollar();
      else this.#at += 1;
    }
  }

  result() {
    const half = this.#brackets.at(-1);
    if (half !== undefined) this.#cutBracket(half);
    for (const { count, at, length = count } of this.#open) if (!this.#textAfter(at + length)) this.#cuts.push([at, at + length]);
    let shown = "";
    let from = 0;
    for (const [start, end] of this.#cuts.sort((a, b) => a[0] - b[0])) {
      if (start < from) continue;
      shown += this.#text.slice(from, start);
      from = end;
    }
    shown += this.#text.slice(Math.min(from, this.#end), this.#end);
    const opened = this.#open.filter(({ count, at, length = count }) => this.#textAfter(at + length));
    const closers = opened.reverse().map(({ mark, count }) => mark.repeat(count)).join("");
    return closers || this.#closer ? (this.#closer ? shown : shown.trimEnd()) + this.#closer + closers : shown;
  }

  #backslash() {
    const next = this.#text[this.#at + 1];
    const opening = openerAt(this.#text, this.#at);
    if (next === undefined || BEGIN_SO_FAR.test(this.#text.slice(this.#at, this.#at + 30))) this.#end = this.#at;
    else if (opening) this.#until(opening);
    else this.#at += 2;
  }

  /** @param {{ opener: string, closer: string }} opening of a formula or a comment */
  #until({ opener, closer }) {
    const end = nextOf(this.#env, this.#text, closer, this.#at + opener.length);
    if (end >= 0) this.#at = end + closer.length;
    else if (this.#end - this.#at > MOST_OPEN_CHARS) this.#at += opener.length;
    else this.#end = this.#at;
  }

  #dollar() {
    const opening = openerAt(this.#text, this.#at);
    if (opening) {
      this.#until(opening);
      return;
    }
    const end = dollarEnd(this.#text, this.#at);
    if (end >= 0) this.#at = end + 1;
    else if (mayOpenDollar(this.#text, this.#at)) this.#end = this.#at;
    else this.#at += 1;
  }

  #code() {
    const run = this.#runLength("`");
    const start = this.#at + run;
    const { after, end } = closingRun(this.#text, start, this.#end, run);
    this.#end = end;
    if (after < 0) {
      if (this.#text.slice(start, end).trim()) this.#closer = "`".repeat(run);
      else this.#end = this.#at;
    }
    this.#at = after < 0 ? this.#end : after;
  }

  /** @param {string} mark */
  #emphasis(mark) {
    const count = this.#runLength(mark);
    const start = this.#at;
    this.#at += count;
    const before = start === 0 ? " " : /** @type {string} */ (this.#text[start - 1]);
    if (this.#at === this.#end) {
      this.#lastRun(mark, count, before, start);
      return;
    }
    if (mark === "~" && count !== 2) return;
    const after = /** @type {string} */ (this.#text[this.#at]);
    const wordBefore = WORD.test(before) && !(mark === "*" && UNSPACED.test(before + after));
    if (!SPACE.test(before) && (mark !== "_" || !WORD.test(after)) && this.#close(mark, count)) return;
    // "2*3" and "snake_case" are no emphasis: an opener must follow a space or a punctuation mark.
    if (!SPACE.test(after) && !wordBefore && this.#open.length < MOST_OPEN) this.#open.push({ mark, count: Math.min(count, 3), at: start });
  }

  /**
   * A run at the very end: only the next character will tell what it is, so it is not shown until then.
   *
   * @param {string} mark
   * @param {number} count
   * @param {string} before
   * @param {number} start
   */
  #lastRun(mark, count, before, start) {
    if (!SPACE.test(before) && this.#open.at(-1)?.mark === mark && this.#open.at(-1)?.count === count) this.#open.pop();
    else if (mark !== "_" || !WORD.test(before)) this.#end = start;
    else if (this.#open.some((open) => open.mark === mark)) this.#end = start;
  }

  /** @param {string} mark @param {number} count */
  #close(mark, count) {
    let left = count;
    for (let i = this.#open.length - 1; i >= 0 && left > 0; i -= 1) {
      const open = /** @type {{ mark: string, count: number, at: number }} */ (this.#open[i]);
      if (open.mark !== mark) continue;
      const used = Math.min(open.count, left);
      left -= used;
      open.count -= used;
      this.#open.length = open.count > 0 ? i + 1 : i;
    }
    return left < count;
  }

  #bracket() {
    const start = this.#brackets.pop();
    const next = this.#text[this.#at + 1];
    if (start === undefined) this.#at += 1;
    else if (next === undefined) {
      this.#end = this.#at;
      this.#cutBracket(start);
    } else if (next === "(") {
      const end = destinationEnd(this.#text, this.#at + 2, this.#end);
      if (end < 0) {
        this.#end = this.#at;
        this.#cutBracket(start);
      } else this.#at = end;
    } else this.#at += 1;
  }

  /** Hides the "[" of a half link, or the whole of a half image or footnote, whose text is no prose. @param {number} at */
  #cutBracket(at) {
    const label = this.#text[at + 1] === "^" ? this.#text.slice(at, this.#end) : "";
    if (label && label.length <= MOST_LABEL_CHARS + 3 && !/\s/.test(label)) this.#end = at;
    if (this.#text[at - 1] === "!") this.#end = Math.min(this.#end, at - 1);
    else this.#cuts.push([at, at + 1]);
  }

  #angle() {
    const rest = this.#text.slice(this.#at, this.#at + 200);
    const isLast = this.#at + rest.length === this.#end;
    if (isLast && /^<[a-z][a-z0-9+.-]{1,31}:[^\s<>]*$/i.test(rest)) this.#cuts.push([this.#at, this.#at + 1]);
    else if (isLast && TAG_SO_FAR.test(rest)) this.#end = this.#at;
    TAG.lastIndex = this.#at;
    const tag = TAG.exec(this.#text);
    if (tag) this.#tag(tag);
    else if (rest.startsWith("<!--")) this.#until({ opener: "<!--", closer: "-->" });
    else this.#at += 1;
  }

  /** @param {RegExpExecArray} found */
  #tag([{ length }, slash, name = ""]) {
    const mark = `</${name}>`;
    if (!slash && this.#open.length < MOST_OPEN) this.#open.push({ mark, count: 1, at: this.#at, length });
    else if (slash) {
      const opened = this.#open.findLastIndex((open) => open.mark.toLowerCase() === mark.toLowerCase());
      if (opened >= 0) this.#open.length = opened;
    }
    this.#at += length;
  }

  /** @param {string} mark */
  #runLength(mark) {
    let length = 0;
    while (this.#text[this.#at + length] === mark) length += 1;
    return length;
  }

  /** @param {number} at whether anything but markers follows */
  #textAfter(at) {
    return /[^\s*_~]/.test(this.#text.slice(at, Math.min(this.#end, at + 200)));
  }
}

/**
 * @param {string} text
 * @param {number} start of a link, "(" already passed
 * @param {number} end of the text that counts
 * @returns {number} after its ")", or -1 when that has not come
 */
function destinationEnd(text, start, end) {
  let depth = 1;
  for (let at = start; at < end; at += 1) {
    const char = text[at];
    if (char === "\\") at += 1;
    else if (char === "\n" && text[at + 1] === "\n") return at;
    else if (char === "(") depth += 1;
    else if (char === ")" && (depth -= 1) === 0) return at + 1;
  }
  return -1;
}

/**
 * @param {string} text
 * @param {number} start of code, after the backticks that open it
 * @param {number} end of the text that counts
 * @param {number} run how many backticks close it
 * @returns {{ after: number, end: number }} the index after what closes it, or -1; the end without a closing run that is
 *   still being written
 */
function closingRun(text, start, end, run) {
  for (let at = start; at < end; ) {
    const next = text.indexOf("`", at);
    if (next < 0) break;
    let length = 0;
    while (text[next + length] === "`") length += 1;
    if (length === run) return { after: next + run, end };
    if (next + length === end && length < run) end = next;
    at = next + length;
  }
  return { after: -1, end };
}
