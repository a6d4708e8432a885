/** The people of the gallery, and what makes its messages. Nothing in them depends on chance or on a server. */

/** @typedef {Record<string, any>} Fields */

export const CONVERSATION = "00000000-0000-4000-8000-000000000001";
export const ME = { id: 1, name: "Maren Holt", is_staff: true };
const NAMES = ["Maren Holt", "Tomás Rey", "Ada Lund", "山田 花子", "ليلى حداد", "Bartholomew Featherstonehaugh-Cholmondeley", "Io", "Wren Park", "Sol Niemi"];
export const MODEL = { upstream: "acme", model: "claude-sonnet-4-5" };
export const MODELS = [
  { upstream: "acme", upstream_name: "Anthropic", model: "claude-sonnet-4-5", demo: false },
  { upstream: "acme", upstream_name: "Anthropic", model: "claude-haiku-4-5", demo: false },
  { upstream: "local", upstream_name: "Ollama", model: "qwen3:32b", demo: false },
  { upstream: "local", upstream_name: "Ollama", model: "a-model-with-a-name-that-is-much-longer-than-any-menu-would-like-it-to-be:70b-instruct-q4_K_M", demo: false },
  { upstream: "demo", upstream_name: "Demo", model: "demo", demo: true },
];

/** Twenty to ten in the morning of the reader's day, so that times look the same in every picture. */
const MORNING = new Date().setHours(9, 40, 0, 0);
/** @param {number} minutes */
export const minutesAgo = (minutes) => new Date(MORNING - minutes * 60_000).toISOString();

/** @param {number} count @param {"owner" | "editor" | "viewer"} [mine] */
export const members = (count, mine = "owner") =>
  NAMES.slice(0, count).map((name, at) => ({
    user: at + 1, username: name.split(" ")[0]?.toLowerCase() ?? name, name, role: at === 0 ? mine : at === 2 ? "viewer" : "editor", present: at < 3,
  }));

/** A thread in the making: each message follows the one before. */
export class Thread {
  /** @type {Fields[]} */ messages = [];
  /** What the journal of each live run says. @type {Map<number, Fields>} */ runs = new Map();
  #minute = 90;

  /** @param {string} text @param {Fields} [fields] `author`: which of the people; `parts` beside the text */
  says(text, { author = 1, parts = [], ...fields } = {}) {
    return this.#add({ role: "user", author: { id: author, name: NAMES[author - 1] }, parts: [...parts, { type: "text", text }], run: null, ...fields });
  }

  /** @param {string | Fields[]} said @param {Fields} [run] the run's fields; a live one streams what was said @param {Fields} [fields] */
  answers(said, run = {}, fields = {}) {
    const parts = typeof said === "string" ? (said ? [{ type: "text", text: said }] : []) : said;
    const id = this.messages.length + 1;
    const about = { status: "done", finish_reason: "stop", ...MODEL, elapsed_seconds: 6.2, ttft_seconds: 0.4, tokens_per_second: 71, usage: { input_tokens: 812, output_tokens: 438 } };
    const live = ["queued", "running", "waiting"].includes(run.status);
    const full = live ? { ...MODEL, started_at: Date.now() - 12_000, ...run } : { ...about, ...run };
    if (live) this.runs.set(id, { parts, run: full });
    return this.#add({ role: "assistant", author: null, parts: live ? [] : parts, run: { seq: live ? 1 : 0, ...full, id }, ...MODEL, ...fields });
  }

  /** @param {Fields} message */
  #add(message) {
    const id = this.messages.length + 1;
    const parent = this.messages.at(-1)?.id ?? null;
    this.messages.push({ id, parent, client_id: null, created_at: minutesAgo((this.#minute -= 2)), feedback: null, ...message });
    return this;
  }
}
