/**
 * The body of one message: a transcript in, ops of dom/play.js out. It remembers what the page shows and answers with
 * the difference.
 */
import { growing } from "../shared/transcript.js";
import { fileTree, sourcesTree } from "./given.js";
import { MarkdownView, ProviderView, ReasoningView, ResultView, TextView, ToolView, fixed } from "./views.js";

/** @import { Op, Path } from "../shared/port.js" */
/** @import { Change, Part } from "../shared/transcript.js" */
/** @import { CodeBlock } from "./growing.js" */
/** @import { View } from "./views.js" */

const ENDED = new Set(["done", "stopped", "failed", "interrupted"]);

/** @param {Record<string, any> | null} run no run at all: a stored message without one */
export const isEnded = (run) => run === null || ENDED.has(run.status);

/** The view of a part that is shown elsewhere. @type {View} */
const nothing = { tree: null, grows: "text", text() {}, update: () => [] };

export class Body {
  /** One for each part. @type {View[]} */ #views = [];
  /** The text that a part after a seam continues. @type {MarkdownView | null} */ #prose = null;
  /** Whether that text broke off and was not continued yet. */
  #broken = false;
  /** How many children the body has on the page. */
  #children = 0;
  /** The sources by their number: the parts, which a later change may give a title. @type {Map<number, Part>} */
  #sources = new Map();
  /** Those of them that are listed at the end. @type {Part[]} */ #listed = [];
  #fresh = true;
  /** What a person wrote, which no run made, is shown with its comments. */
  #remarks = false;
  /** Whether the page has been given all of it. */
  ended = false;

  /**
   * Takes the text of changes that the transcript has folded already; `flush` finds new parts and fields.
   *
   * @param {Change[]} changes
   * @returns {boolean} false when they rewrite text, or make it something else, instead of adding to it: then a new body is needed
   */
  note(changes) {
    for (const change of changes) {
      const view = typeof change[1] === "number" ? this.#views[change[1]] : undefined;
      if (!view) continue;
      if (change[0] === "text") view.text(change[2]);
      else if (change[0] === "set" && (Object.hasOwn(change[2], view.grows) || Object.hasOwn(change[2], "type"))) return false;
    }
    return true;
  }

  /**
   * The ops that bring the page up to date; the first time they begin with a reset.
   *
   * @param {Part[]} parts
   * @param {Record<string, any> | null} run
   * @param {boolean} ended nothing will follow
   * @returns {Op[]}
   */
  flush(parts, run, ended) {
    /** @type {Op[]} */ const ops = this.#fresh ? [["reset"]] : [];
    this.#fresh = false;
    this.#remarks = run === null;
    this.ended = ended;
    for (const part of parts.slice(this.#views.length)) this.#open(part, ended, ops);
    this.#views.forEach((view, at) => {
      const complete = ended || (at < parts.length - 1 && view !== this.#prose);
      const part = /** @type {Part} */ (parts[at]);
      for (const op of view.update({ part, complete, ended, run: run ?? {} })) ops.push(op);
    });
    if (ended && this.#listed.length) {
      ops.push(["add", [], sourcesTree(this.#listed.sort((a, b) => a.number - b.number))]);
      this.#listed = [];
    }
    return ops;
  }

  /** Sources that its text may refer to. @param {Part[]} sources */
  cite(sources) {
    for (const source of sources) this.#sources.set(source.number, source);
  }

  /** How many blocks are stored to compare the next flush with. */
  get blocks() {
    return this.#views.reduce((sum, view) => sum + (view.blocks ?? 1), 0);
  }

  /** Code blocks that are finished and were not given out before. @returns {CodeBlock[]} */
  takeCode() {
    return this.#views.flatMap((view) => view.takeCode?.() ?? []);
  }

  /**
   * @param {Part} part
   * @param {boolean} ended
   * @param {Op[]} ops
   */
  #open(part, ended, ops) {
    if (part.type === "source") {
      // It ends no text, and is listed at the end.
      this.cite([part]);
      this.#listed.push(part);
      this.#views.push(nothing);
      return;
    }
    const view = this.#joined(part) ?? this.#viewOf(part, [this.#children], ended);
    this.#views.push(view);
    if (view instanceof MarkdownView) this.#prose = view;
    else if (view.tree !== null ? !(this.#broken && part.type === "reasoning") : part.type === "tool_result") this.#prose = null;
    this.#broken = this.#prose !== null && (part.type === "seam" || (this.#broken && part.type === "reasoning"));
    if (view.tree !== null) {
      ops.push(["add", [], view.tree]);
      this.#children += 1;
    }
    const text = part[view.grows];
    if (typeof text === "string" && text) view.text(text);
  }

  /**
   * A broken answer continues in the middle of a word, a list or a fence, so the text on both sides of a seam is one
   * document, also when the model thought again before it continued.
   *
   * @param {Part} part
   * @returns {View | null}
   */
  #joined(part) {
    if (part.type === "seam") this.#prose?.mark(seam(part));
    else if (part.type !== "text" || !this.#broken) return null;
    return this.#prose?.more() ?? null;
  }

  /**
   * @param {Part} part
   * @param {Path} path
   * @param {boolean} ended
   * @returns {View}
   */
  #viewOf(part, path, ended) {
    switch (part.type) {
      case "text":
        return new MarkdownView(path, this.#remarks, this.#sources);
      case "reasoning":
        return new ReasoningView(path);
      case "tool_call":
        return new ToolView(path, part, !ended, this.#views.length);
      case "tool_result": {
        const call = this.#views.find((view) => view instanceof ToolView && view.awaits(part.id));
        return call instanceof ToolView ? new ResultView(call, part) : ResultView.orphan(path, part);
      }
      case "provider_call":
        return new ProviderView(path, part, !ended);
      case "attachment":
        return fixed(fileTree(part));
      case "refusal":
        return new TextView(["refusal", null, ""], [...path, 0]);
      case "seam":
        return fixed(seam(part));
      default:
        return typeof part[growing(part)] === "string" ? new TextView(["plain", null, ""], [...path, 0]) : fixed(["unknown", { type: part.type }]);
    }
  }
}

/**
 * @param {Part} part `note`: the finished sentence of the server, where it sent one
 * @returns {import("../shared/port.js").Tree}
 */
function seam({ note, why = "", attempt, of }) {
  return ["seam", typeof note === "string" ? { note } : { why, attempt, of }];
}
