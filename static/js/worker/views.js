/** How each type of part looks while it grows: first a tree, then ops. There is one class per look. */
import { hasUnseen, marked } from "../shared/letters.js";
import { contentTrees } from "./given.js";
import { Growing } from "./growing.js";
import { Pretty } from "./json.js";

/** @import { Op, Path, Tree } from "../shared/port.js" */
/** @import { Part } from "../shared/transcript.js" */
/**
 * @typedef {{ part: Part, complete: boolean, ended: boolean, run: Record<string, any> }} Context `complete`: the part
 *   will not grow any more; `ended`: nor will the message
 * @typedef {object} View
 * @property {Tree | null} tree grown at the end of the body; null for a part that is shown inside another's card
 * @property {"text" | "arguments"} grows the part's string that `text` is told about
 * @property {(more: string) => void} text
 * @property {(context: Context) => Op[]} update
 * @property {() => import("./growing.js").CodeBlock[]} [takeCode]
 * @property {number} [blocks] how many it stores; one if missing
 */

/** The view of a part that never changes. @param {Tree} tree @returns {View} */
export function fixed(tree) {
  return { tree, grows: "text", text() {}, update: () => [] };
}

/** Text that goes to one text node as it is. @implements {View} */
export class TextView {
  /** @type {"text" | "arguments"} */ grows;
  #path;
  #more = "";

  /**
   * @param {Tree | null} tree
   * @param {Path} path of its text node
   * @param {"text" | "arguments"} [grows]
   */
  constructor(tree, path, grows = "text") {
    this.tree = tree;
    this.grows = grows;
    this.#path = path;
  }

  /** @param {string} more */
  text(more) {
    this.#more += more;
  }

  /** @param {Context} _context @returns {Op[]} */
  update(_context) {
    const more = this.#more;
    this.#more = "";
    return more ? [["text", this.#path, more]] : [];
  }
}

/** Text that a tool gets or gives: its invisible letters are shown by number. @implements {View} */
class ToolText extends TextView {
  /** As much of the end as decides whether what comes next can be seen. */
  #last = "";

  /** @param {string} more */
  text(more) {
    super.text(marked(this.#last + more, this.#last.length));
    this.#last = (this.#last + more).slice(-2);
  }
}

/** An assistant's text, which further parts after a seam may continue: they are one document. @implements {View} */
export class MarkdownView {
  /** @type {Tree} */ tree = ["prose", null];
  /** @type {"text" | "arguments"} */ grows = "text";
  #growing;
  #dirty = false;
  #finished = false;
  #codeGiven = 0;

  /**
   * @param {Path} path
   * @param {boolean} [remarks] whether comments are shown
   * @param {import("./cites.js").Sources} [sources] that the text may refer to
   */
  constructor(path, remarks, sources) {
    this.#growing = new Growing(path, remarks, sources);
  }

  /** @param {string} more */
  text(more) {
    this.#growing.append(more);
    this.#dirty = true;
  }

  /** @param {Tree} tree shown after the block that is being written, which goes on */
  mark(tree) {
    this.#growing.mark(tree);
    this.#dirty = true;
  }

  /** The view of a part that continues this text, or marks a point in it. @returns {View} */
  more() {
    return { tree: null, grows: "text", text: (more) => this.text(more), update: () => [] };
  }

  /** @param {Context} context @returns {Op[]} */
  update({ complete }) {
    const finish = complete && !this.#finished;
    if (!this.#dirty && !finish) return [];
    this.#dirty = false;
    this.#finished = complete;
    return this.#growing.flush(complete);
  }

  get blocks() {
    return this.#growing.settled;
  }

  takeCode() {
    const from = this.#codeGiven;
    this.#codeGiven = this.#growing.settled;
    return this.#growing.codeBlocks(from);
  }
}

/** One line on the screen shows fewer characters than this. */
const PEEK_CHARS = 300;

/** What the model thought, and for how long where that is known. @implements {View} */
export class ReasoningView {
  /** @type {Tree} */ tree = ["reasoning", { thinking: true }, ["prose", null]];
  /** @type {"text" | "arguments"} */ grows = "text";
  #prose;
  #path;
  #tail = "";
  #shown = "";
  /** @type {number | null} */ #since = null;
  /** @type {number | null} */ #seconds = null;

  /** @param {Path} path */
  constructor(path) {
    this.#prose = new MarkdownView([...path, 0]);
    this.#path = path;
  }

  /** @param {string} more */
  text(more) {
    this.#prose.text(more);
    this.#tail = (this.#tail + more).slice(-PEEK_CHARS);
  }

  /** @param {Context} context @returns {Op[]} */
  update(context) {
    const { part, complete } = context;
    this.#measure(context);
    const seconds = typeof part.seconds === "number" ? part.seconds : this.#seconds;
    const fields = { thinking: !complete, seconds, hidden: Boolean(part.redacted) && !part.text, peek: complete ? "" : peekOf(this.#tail) };
    const ops = this.#prose.update(context);
    const now = JSON.stringify(fields);
    if (now !== this.#shown) ops.push(["set", this.#path, fields]);
    this.#shown = now;
    return ops;
  }

  /** Measures the thinking by two times of the server, so that a reader's wrong clock does not matter. @param {Context} context */
  #measure({ complete, run }) {
    const since = typeof run.phase_since === "number" ? run.phase_since : null;
    if (!complete && run.phase === "thinking") this.#since ??= since;
    else if (complete && this.#seconds === null && this.#since !== null && since !== null && run.phase !== "thinking") {
      this.#seconds = (since - this.#since) / 1000;
    }
  }
}

/** The sentence that is being thought, in one line and without Markdown's signs. @param {string} tail */
function peekOf(tail) {
  const line = tail.trimEnd().split(/\n+/).at(-1) ?? "";
  const sentence = line.split(/(?<=[.!?])\s+|(?<=[。！？])/).at(-1) ?? "";
  return sentence.replace(/[*_`#]+/g, "").trim();
}

/** The name of a server's tool begins with the server's: `server__tool`. @param {Part} part */
const toolName = (part) => String(part.name ?? "").replace(/^([a-z0-9-]+)__/, "$1: ");

/** A tool call: its arguments as they come, then its result. @implements {View} */
export class ToolView extends ToolText {
  #id;
  #index;
  #shown;
  #pretty = new Pretty();
  #results = 0;
  #failed = false;

  /**
   * @param {Path} path
   * @param {Part} part
   * @param {boolean} open whether the card begins unfolded: a live call does
   * @param {number} index of the part, by which a decision names it
   */
  constructor(path, part, open, index) {
    const fields = { name: toolName(part), status: "calling" };
    super(["tool", { ...fields, open }, ["arguments", null, ""]], [...path, 0, 0], "arguments");
    this.path = path;
    this.#index = index;
    this.#shown = JSON.stringify(fields);
    this.#id = part.id;
  }

  /** @param {string} more */
  text(more) {
    super.text(this.#pretty.add(more));
  }

  /** Whether a result with that id belongs to this call. @param {unknown} id */
  awaits(id) {
    return this.#id === id && this.#results === 0;
  }

  /** @param {boolean} failed @returns {Path} where the result goes */
  answer(failed) {
    this.#results += 1;
    this.#failed = failed;
    return [...this.path, this.#results];
  }

  /** @param {Context} context @returns {Op[]} */
  update(context) {
    this.#id = context.part.id;
    const fields = { name: toolName(context.part), status: this.#status(context), ...this.#decision(context) };
    const ops = super.update(context);
    const now = JSON.stringify(fields);
    if (now !== this.#shown) ops.push(["set", this.path, fields]);
    this.#shown = now;
    return ops;
  }

  /** @param {Context} context */
  #status({ part, complete, ended }) {
    if (part.status === "denied") return "declined";
    if (part.status === "expired") return "expired";
    if (this.#results > 0) return this.#failed ? "failed" : "done";
    if (ended) return "unanswered";
    if (part.status === "asked") return "waiting";
    return complete ? "running" : "calling";
  }

  /** What a person has to decide, or has decided. @param {Context} context */
  #decision({ part }) {
    const { decided_by: by, deciders, asker, may_edit: mayEdit, warning } = part;
    if (part.status !== "asked") return by ? { by } : {};
    return { index: this.#index, deciders, asker, mayEdit, warning, arguments: part.arguments };
  }
}

/** This many characters of a result are shown at once; the rest is a click away. */
const RESULT_CHARS = 3000;

/**
 * What stands below the beginning of a result.
 *
 * @param {string} text
 * @param {string} shown the same with its invisible letters by number
 * @returns {Tree[]}
 */
function after(text, shown) {
  const rest = shown.slice(RESULT_CHARS);
  return [...(rest ? [/** @type {Tree} */ (["rest", { count: rest.length }, rest])] : []), ...(hasUnseen(text) ? [/** @type {Tree} */ (["unseen", null])] : [])];
}

/** What a tool answered, in the card of its call. @implements {View} */
export class ResultView {
  /** @type {Tree | null} */ tree = null;
  /** @type {"text" | "arguments"} */ grows = "text";
  /** @type {Path} */ #path;
  /** @type {Op[]} */ #ops = [];
  /** What comes after the text. @type {Tree[]} */ #contents;

  /** @param {ToolView} call @param {Part} part */
  constructor(call, part) {
    const failed = Boolean(part.is_error);
    this.#path = call.answer(failed);
    this.#ops.push(["add", call.path, ["result", { error: failed }, ""]]);
    this.#contents = contentTrees(part.contents);
  }

  /**
   * A result without its call gets a separate card.
   *
   * @param {Path} path
   * @param {Part} part
   * @returns {View}
   */
  static orphan(path, part) {
    const failed = Boolean(part.is_error);
    const fields = { name: toolName(part), status: failed ? "failed" : "done" };
    const contents = contentTrees(part.contents);
    return new ToolText(["tool", fields, ["result", { error: failed }, ""], ...contents], [...path, 0, 0]);
  }

  /** @param {string} more */
  text(more) {
    const shown = marked(more);
    this.#ops.push(["text", [...this.#path, 0], shown.slice(0, RESULT_CHARS)], ...after(more, shown).map(this.#add));
  }

  /** @param {Tree} tree @returns {Op} */
  #add = (tree) => ["add", this.#path.slice(0, -1), tree];

  /** @returns {Op[]} */
  update() {
    const ops = this.#ops;
    if (this.#contents.length) ops.push(["add", this.#path.slice(0, -1), ...this.#contents]);
    this.#contents = [];
    this.#ops = [];
    return ops;
  }
}

/** A tool that the model's provider ran itself: its arguments as they come, then what it gave. @implements {View} */
export class ProviderView extends ToolText {
  #path;
  #pretty = new Pretty();
  #shown = "";
  #answered = false;

  /**
   * @param {Path} path
   * @param {Part} part
   * @param {boolean} open whether the card begins unfolded
   */
  constructor(path, part, open) {
    super(["tool", { name: part.name, status: "calling", open }, ["arguments", null, ""]], [...path, 0, 0], "arguments");
    this.#path = path;
  }

  /** @param {string} more */
  text(more) {
    super.text(this.#pretty.add(more));
  }

  /** @param {Context} context @returns {Op[]} */
  update(context) {
    const { part, ended } = context;
    const ops = super.update(context);
    const has = typeof part.text === "string";
    if (has && !this.#answered) {
      this.#answered = true;
      const contents = contentTrees(part.contents);
      const error = Boolean(part.is_error);
      const shown = marked(part.text);
      const text = part.text || !contents.length ? [/** @type {Tree} */ (["result", { error }, shown.slice(0, RESULT_CHARS)])] : [];
      ops.push(["add", this.#path, ...text, ...after(part.text, shown), ...contents]);
    }
    const fields = { name: part.name, elsewhere: true, status: has ? (part.is_error ? "failed" : "done") : ended ? "unanswered" : "running" };
    const now = JSON.stringify(fields);
    if (now !== this.#shown) ops.push(["set", this.#path, fields]);
    this.#shown = now;
    return ops;
  }
}
