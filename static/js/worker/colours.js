/**
 * Finished code blocks get their colours after their text, from a chunk that is loaded when the first one comes, so that
 * text never waits for colours.
 */

/** @import { Render } from "../shared/port.js" */
/**
 * @typedef {typeof import("./highlight.js")} Highlighter
 */

/** Longer code stays plain: nobody reads it in a chat, and its many highlights would be slow. */
const MOST_CHARS = 200_000;
const DIAGRAM = "mermaid";

export class Colours {
  #tell;
  /** @type {Promise<Highlighter | null> | null} */ #highlighter = null;

  /** @param {(render: Render) => void} tell gets renders whose ops are "paint" and "set" only */
  constructor(tell) {
    this.#tell = tell;
  }

  /**
   * Colours what a body has finished since the last time. The renders name no run, because it may be over when they come.
   *
   * @param {import("./body.js").Body} body
   * @param {number | string} message
   * @param {() => boolean} [isShown] whether the page still shows this body when the colours are ready
   */
  async take(body, message, isShown = () => true) {
    const all = body.takeCode();
    this.#complete(all.filter(({ language, text }) => text && language.toLowerCase() === DIAGRAM), body, message);
    const blocks = all.filter(({ language, text }) => language && text && text.length <= MOST_CHARS);
    if (blocks.length === 0) return;
    this.#highlighter ??= import("./highlight.js").catch(() => null);
    const highlighter = await this.#highlighter;
    if (!highlighter || !isShown()) return;
    /** @type {import("../shared/port.js").Op[]} */ const ops = [];
    for (const { path, language, text } of blocks) {
      const spans = highlighter.spans(text, language);
      if (spans.length > 0) ops.push(["paint", path, 0, spans]);
    }
    this.#paint(ops, body, message);
  }

  /**
   * A diagram may be drawn when its source will not grow any more.
   *
   * @param {import("./growing.js").CodeBlock[]} diagrams
   * @param {import("./body.js").Body} body
   * @param {number | string} message
   */
  #complete(diagrams, body, message) {
    this.#paint(diagrams.map(({ path, language }) => ["set", path, { language, complete: true }]), body, message);
  }

  /**
   * @param {import("../shared/port.js").Op[]} ops
   * @param {import("./body.js").Body} body
   * @param {number | string} message
   */
  #paint(ops, body, message) {
    if (ops.length > 0) this.#tell({ type: "render", run: null, message, ops, state: null, seq: 0, done: body.ended });
  }
}
