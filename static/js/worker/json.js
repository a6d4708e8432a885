/**
 * Indents the arguments of a tool call by their nesting, while they are still coming. Only blanks between the tokens
 * change: strings and numbers stay letter by letter, which parsing and writing them again would not guarantee.
 * Text that turns out not to be JSON stays as it is from there on.
 */

const TOKEN = /[\d+\-.eEtrufalsn]/;
const BLANK = /[ \t\r\n]/;

export class Pretty {
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Whether a brace was opened whose first member has not come. */
  #justOpened = false;
  #begun = false;
  #plain = false;

  /** @param {string} more @returns {string} what to show for it */
  add(more) {
    let shown = "";
    for (const char of more) shown += this.#plain ? char : this.#take(char);
    return shown;
  }

  /** @param {string} char */
  #take(char) {
    if (this.#inString) return this.#within(char);
    if (BLANK.test(char)) return "";
    if (!this.#begun && char !== "{" && char !== "[") {
      this.#plain = true;
      return char;
    }
    this.#begun = true;
    if (char === "}" || char === "]") return this.#close(char);
    const before = this.#justOpened ? this.#line() : "";
    this.#justOpened = false;
    if (char === "{" || char === "[") {
      this.#depth += 1;
      this.#justOpened = true;
    } else if (char === ",") return `${char}${this.#line()}`;
    else if (char === ":") return ": ";
    else if (char === '"') this.#inString = true;
    else if (!TOKEN.test(char)) this.#plain = true;
    return before + char;
  }

  /** @param {string} char */
  #within(char) {
    if (this.#escaped) this.#escaped = false;
    else if (char === "\\") this.#escaped = true;
    else if (char === '"') this.#inString = false;
    return char;
  }

  /** @param {string} char */
  #close(char) {
    this.#depth = Math.max(0, this.#depth - 1);
    const before = this.#justOpened ? "" : this.#line();
    this.#justOpened = false;
    return before + char;
  }

  /** Levels deeper than 20 are not indented further, so that nesting cannot multiply the text. */
  #line() {
    return `\n${"  ".repeat(Math.min(this.#depth, 20))}`;
  }
}
