/**
 * Markdown that is still being written. What is before the last block is settled: it is parsed once and never again, so
 * the cost of a flush does not grow with the answer. An open code fence, which may be long, is not parsed
 * at all: its lines go to one text node. When the text is complete it is parsed once as a whole, and the difference,
 * usually none, is sent. A mark is not part of the text: it is shown between two blocks, after the one it was made in. Footnotes
 * stand at the end, wherever they were written.
 */
import { diff } from "./diff.js";
import { Nesting, holdsFences } from "./fences.js";
import { showable } from "./halfopen.js";
import { collectReferences, parseBlocks } from "./markdown.js";

/** @import { Op, Path, Tree } from "../shared/port.js" */
/** @import { Block, FenceStart } from "./markdown.js" */
/**
 * @typedef {{ path: Path, language: string, text: string }} CodeBlock
 * @typedef {{ at: number, after: number, tree: Tree }} Mark `at`: characters of text before it; `after`: the number of the
 *   block it comes after, -1 for none
 */

export class Growing {
  #path;
  #remarks;
  /** All of the text, in pieces. @type {string[]} */ #pieces = [];
  /** The text that is not settled yet. */
  #tail = "";
  /** A carriage return whose line feed may come with the next piece. */
  #held = "";
  #chars = 0;
  /** @type {Tree[]} */ #blocks = [];
  /** @type {Mark[]} */ #marks = [];
  /** What the page shows: the blocks, with the marks among them. @type {Tree[]} */ #shown = [];
  #settled = 0;
  /** Whether a mark was made that the page does not show yet. */
  #unmarked = false;
  /** @type {Record<string, unknown>} */ #references = {};
  /** Numbers of the footnotes so far. @type {import("./footnotes.js").Numbers} */ #notes = Object.create(null);
  /** @type {OpenFence | null} */ #fence = null;
  #sources;

  /**
   * @param {Path} path of the prose node the blocks are children of
   * @param {boolean} [remarks] whether comments are shown
   * @param {import("./cites.js").Sources} [sources] those that are known so far; more may come
   */
  constructor(path, remarks = false, sources) {
    this.#path = path;
    this.#remarks = remarks;
    this.#sources = sources;
  }

  /** @param {string} text */
  append(text) {
    const whole = this.#held + text;
    this.#held = whole.endsWith("\r") ? "\r" : "";
    const clean = (this.#held ? whole.slice(0, -1) : whole).replace(/\r\n?/g, "\n").replaceAll("\0", "\ufffd");
    this.#pieces.push(clean);
    this.#tail += clean;
    this.#chars += clean.length;
  }

  /** Shows something at this point of the text, without ending the block that is being written. @param {Tree} tree */
  mark(tree) {
    this.#marks.push({ at: this.#chars, after: this.#fence ? this.#settled : this.#settled - 1, tree });
    this.#unmarked = true;
  }

  /**
   * The ops that bring the page up to date.
   *
   * @param {boolean} complete no more text will come: the last time this is called
   * @returns {Op[]}
   */
  flush(complete) {
    /** @type {Op[]} */ const ops = [];
    if (complete) {
      if (this.#held) this.append("\n");
      const text = this.#pieces.join("");
      const blocks = parseBlocks(text, { remarks: this.#remarks, sources: this.#sources });
      this.#locateMarks(blocks, text, 0, 0);
      this.#show(blocks.map(({ tree }) => tree), 0, ops);
      this.#settled = blocks.length;
      return ops;
    }
    while (this.#advance(ops));
    return ops;
  }

  /**
   * The code blocks among settled blocks, for the highlighter.
   *
   * @param {number} from the first block to look at
   * @returns {CodeBlock[]}
   */
  codeBlocks(from) {
    /** @type {CodeBlock[]} */ const found = [];
    // The place of a note changes as long as text comes, so its code is not coloured.
    for (let at = from; at < this.#settled; at += 1) if (!isNote(this.#blocks[at])) collectCode(this.#blocks[at], this.#pathOf(at), found);
    return found;
  }

  /** How many blocks will not change before the text is complete. */
  get settled() {
    return this.#settled;
  }

  /**
   * Does one step: an open fence takes its lines, or the tail is parsed and what is settled is cut from it.
   *
   * @param {Op[]} ops
   * @returns {boolean} whether there is more to do
   */
  #advance(ops) {
    if (this.#fence) return this.#feedFence(this.#fence, ops);
    const shown = this.#tail.slice(0, showable(this.#tail));
    const inherited = { references: Object.create(this.#references), notes: this.#notes, sources: this.#sources };
    const blocks = parseBlocks(shown, { ...inherited, growing: true, remarks: this.#remarks });
    const last = this.#lastCertain(blocks, shown);
    const trees = blocks.map(({ tree }) => tree);
    const fence = last >= 0 && last === blocks.length - 1 ? blocks[last]?.fence : null;
    if (fence) trees[last] = ["code", { language: fence.language }, ""];
    this.#locateMarks(blocks, shown, this.#settled, this.#chars - this.#tail.length);
    this.#show([...this.#blocks.slice(0, this.#settled), ...trees], this.#settled, ops);
    if (last < 0) return false;
    const line = /** @type {Block} */ (blocks[last]).line;
    this.#settle(last, line);
    if (!fence) return false;
    this.#fence = new OpenFence(fence, this.#tail);
    this.#tail = this.#fence.rest;
    return true;
  }

  /**
   * The last block that will surely stay a separate block, because its first line is complete.
   *
   * @param {Block[]} blocks
   * @param {string} shown
   */
  #lastCertain(blocks, shown) {
    const lines = countLines(shown);
    let last = blocks.length - 1;
    while (last >= 0 && /** @type {Block} */ (blocks[last]).line >= lines) last -= 1;
    return last;
  }

  /**
   * @param {number} count blocks of the tail
   * @param {number} line where the next one begins
   */
  #settle(count, line) {
    if (line === 0) return;
    const offset = offsetOfLine(this.#tail, line);
    collectReferences(this.#tail.slice(0, offset), this.#references);
    this.#tail = this.#tail.slice(offset);
    this.#settled += count;
  }

  /** @param {OpenFence} fence @param {Op[]} ops */
  #feedFence(fence, ops) {
    const { text, rest, closed } = fence.feed(this.#tail);
    this.#tail = rest;
    if (text) {
      // A new tree: the old one may sit in an op that has not been played yet.
      const [kind, fields, before] = /** @type {any[]} */ (this.#blocks[this.#settled]);
      const path = this.#pathOf(this.#settled);
      this.#blocks[this.#settled] = this.#shown[path.at(-1) ?? 0] = [kind, fields, before + text];
      ops.push(["text", [...path, 0], text]);
    }
    if (this.#unmarked) this.#show(this.#blocks, this.#settled, ops);
    if (!closed) return false;
    this.#fence = null;
    this.#settled += 1;
    return this.#tail !== "";
  }

  /**
   * Finds the block of each mark that is not among settled ones: the last that begins before it.
   *
   * @param {Block[]} blocks
   * @param {string} source what they were parsed from
   * @param {number} first the number of the first of them
   * @param {number} offset characters of text before the source
   */
  #locateMarks(blocks, source, first, offset) {
    if (this.#marks.length === 0) return;
    const starts = blocks.map(({ line }) => offset + offsetOfLine(source, line));
    for (const mark of this.#marks) {
      if (mark.at >= offset) mark.after = first - 1 + starts.filter((start) => start < mark.at).length;
    }
  }

  /**
   * @param {Tree[]} blocks
   * @param {number} from the first that may differ
   * @param {Op[]} ops
   */
  #show(blocks, from, ops) {
    const marks = this.#marks;
    const notes = blocks.filter(isNote);
    /** @type {Tree[]} */ let shown = blocks;
    if (marks.length > 0 || notes.length > 0) {
      const among = (/** @type {number} */ number) => marks.filter(({ after }) => after === number).map(({ tree }) => tree);
      const text = blocks.flatMap((block, number) => [...(isNote(block) ? [] : [block]), ...among(number)]);
      shown = [...among(-1), ...text, ...notes];
    }
    diff(this.#path, this.#shown, shown, shown === blocks && this.#blocks === this.#shown ? from : 0, ops);
    this.#blocks = blocks;
    this.#shown = shown;
    this.#unmarked = false;
  }

  /**
   * @param {number} block its number
   * @returns {Path}
   */
  #pathOf(block) {
    const notes = this.#blocks.slice(0, block).filter(isNote).length;
    return [...this.#path, block - notes + this.#marks.filter(({ after }) => after < block).length];
  }
}

/** @param {Tree | undefined} tree */
const isNote = (tree) => Array.isArray(tree) && tree[0] === "note";

/**
 * @param {Tree | undefined} tree
 * @param {Path} path
 * @param {CodeBlock[]} found
 */
function collectCode(tree, path, found) {
  if (!Array.isArray(tree)) return;
  if (tree[0] === "code") found.push({ path, language: String(tree[1]?.language ?? ""), text: String(tree[2]) });
  else for (let i = 2; i < tree.length; i += 1) collectCode(tree[i], [...path, i - 2], found);
}

/** The lines of a fenced code block, as they come. */
class OpenFence {
  #indent;
  /** Whether a line ends the fence. @type {(line: string) => boolean} */ #closes;
  #maybeClosing;
  /** Characters of the unfinished last line that were given out already, and whether that line was begun. */
  #given = 0;
  #lines = 0;
  #begun = false;

  /** @param {FenceStart} start @param {string} source from the fence's first line on, which is complete */
  constructor({ markup, language }, source) {
    const first = source.indexOf("\n");
    this.#indent = source.length - source.replace(/^ +/, "").length;
    this.rest = source.slice(first + 1);
    const mark = markup[0] === "~" ? "~" : "`";
    const closing = new RegExp(`^ {0,3}${mark}{${markup.length},}[ \\t]*$`);
    const nesting = holdsFences(language) ? new Nesting(markup) : null;
    this.#closes = (line) => nesting?.closes(line) ?? closing.test(line);
    this.#maybeClosing = new RegExp(`^ {0,3}${mark}*[ \\t]*$`);
  }

  /**
   * @param {string} source what came after the last call's `rest`, that included
   * @returns {{ text: string, rest: string, closed: boolean }} code to show, what to give back, whether the fence ended
   */
  feed(source) {
    let text = "";
    let at = 0;
    for (;;) {
      const end = source.indexOf("\n", at);
      if (end < 0) break;
      const line = source.slice(at, end);
      if (!this.#begun && this.#closes(line)) return { text, rest: source.slice(end + 1), closed: true };
      text += this.#take(line);
      this.#begun = false;
      this.#given = 0;
      at = end + 1;
    }
    const line = source.slice(at);
    if (this.#begun || !this.#maybeClosing.test(line)) text += this.#take(line);
    return { text, rest: line, closed: false };
  }

  /** @param {string} line from its beginning */
  #take(line) {
    let break_ = "";
    if (!this.#begun) {
      break_ = this.#lines > 0 ? "\n" : "";
      this.#begun = true;
      this.#lines += 1;
      this.#given = Math.min(this.#indent, line.length - line.replace(/^ +/, "").length);
    }
    const more = line.slice(this.#given);
    this.#given = Math.max(this.#given, line.length);
    return break_ + more;
  }
}

/** @param {string} text its complete lines */
function countLines(text) {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

/** @param {string} text @param {number} line */
function offsetOfLine(text, line) {
  let at = 0;
  for (let i = 0; i < line; i += 1) at = text.indexOf("\n", at) + 1;
  return at;
}
