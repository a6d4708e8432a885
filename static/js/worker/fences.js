/**
 * Fences in fences. A model that is asked for a Markdown file puts it into a fence, and the file's code into fences of
 * the same length, so that by CommonMark the first of those ends the file. Inside a fence that says it is Markdown, a fence
 * with a language opens an inner one, and the next bare fence closes that.
 */

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*([^`\n]*?)[ \t]*$/;
const MARKDOWN = /^(?:markdown|md|mdx)$/i;

/** @param {string} info of a fence */
export const holdsFences = (info) => MARKDOWN.test(info.trim().split(/\s/, 1)[0] ?? "");

/** Finds the line that closes a fence with other fences in it. */
export class Nesting {
  #markup;
  #inner = 0;

  /** @param {string} markup of the outer fence */
  constructor(markup) {
    this.#markup = markup;
  }

  /**
   * @param {string} line without its indentation as part of the block
   * @returns {boolean} whether it closes the outer fence
   */
  closes(line) {
    const [, run = "", info = ""] = FENCE.exec(line) ?? [];
    // A shorter run could not close the outer fence, so nothing is lost by taking it for text.
    if (run[0] !== this.#markup[0] || run.length < this.#markup.length) return false;
    if (info) this.#inner ||= run.length;
    else if (this.#inner === 0) return true;
    else if (run.length >= this.#inner) this.#inner = 0;
    return false;
  }
}

/**
 * A markdown-it plug-in. Where the outer fence would never end, CommonMark's rule holds, unless the text is growing.
 *
 * @param {any} parser
 */
export function nestedFences(parser) {
  parser.block.ruler.before("fence", "nested_fence", nestedFence, { alt: ["paragraph", "reference", "blockquote", "list"] });
}

/**
 * @param {any} state
 * @param {number} startLine
 * @param {number} endLine
 * @param {boolean} silent
 */
function nestedFence(state, startLine, endLine, silent) {
  if (state.sCount[startLine] - state.blkIndent >= 4) return false;
  const first = state.src.slice(state.bMarks[startLine] + state.tShift[startLine], state.eMarks[startLine]);
  const [, markup = "", info = ""] = FENCE.exec(first) ?? [];
  if (!markup || !holdsFences(info)) return false;
  if (silent) return true;
  const nesting = new Nesting(markup);
  let line = startLine + 1;
  while (line < endLine && (state.isEmpty(line) || state.sCount[line] >= state.blkIndent)) {
    if (nesting.closes(state.getLines(line, line + 1, state.blkIndent, false))) break;
    line += 1;
  }
  const closed = line < endLine && (state.isEmpty(line) || state.sCount[line] >= state.blkIndent);
  if (!closed && !state.env.growing) return false;
  const token = state.push("fence", "code", 0);
  token.info = info;
  token.content = state.getLines(startLine + 1, line, state.sCount[startLine], true);
  token.markup = markup;
  token.map = [startLine, line + (closed ? 1 : 0)];
  state.line = token.map[1];
  return true;
}
