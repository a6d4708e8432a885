/**
 * Every frame of the socket: its name and its fields. Twin of chat/wire/ (a test compares them); docs/protocol.md
 * explains it. "?" marks a field that may be missing.
 */

export const PROTOCOL = 2;

/** What the page may ask for. @type {Readonly<Record<string, readonly string[]>>} */
export const COMMANDS = Object.freeze({
  "conversation.list": ["re?", "shelf?", "folder?", "before?"],
  "conversation.watch": ["re?", "conversation", "after?"],
  "conversation.unwatch": ["re?", "conversation"],
  "conversation.history": ["re?", "conversation", "before?", "after?"],
  "conversation.around": ["re?", "conversation", "message"],
  "conversation.rename": ["re?", "conversation", "title"],
  "conversation.model": ["re?", "conversation", "upstream", "model"],
  "conversation.options": ["re?", "conversation", "options"],
  "conversation.filing": ["re?", "conversation", "pinned?", "archived?", "folder?"],
  "conversation.trash": ["re?", "conversation"],
  "conversation.restore": ["re?", "conversation"],
  "conversation.delete": ["re?", "conversation"],
  "folder.list": ["re?"],
  "folder.save": ["re?", "folder?", "name?", "open?"],
  "folder.delete": ["re?", "folder"],
  "member.add": ["re?", "conversation", "name", "role?"],
  "member.role": ["re?", "conversation", "user", "role"],
  "member.remove": ["re?", "conversation", "user"],
  "message.post": ["re?", "client_id", "text", "attachments?", "conversation?", "parent?", "upstream?", "model?", "options?", "persona?", "behind?"],
  "persona.list": ["re?"],
  "persona.save": ["re?", "name", "options", "persona?", "upstream?", "model?", "team?"],
  "persona.delete": ["re?", "persona"],
  "conversation.persona": ["re?", "conversation", "persona"],
  "message.cancel": ["re?", "conversation", "client_id"],
  "message.hurry": ["re?", "conversation", "client_id"],
  "draft.save": ["re?", "text", "revision", "conversation?"],
  "draft.get": ["re?", "conversation?"],
  "prompt.list": ["re?"],
  "prompt.save": ["re?", "name", "text", "prompt?", "team?"],
  "prompt.delete": ["re?", "prompt"],
  "server.prompt": ["re?", "server", "name", "values?", "conversation?"],
  "server.resource": ["re?", "server", "uri", "conversation?"],
  "message.retry": ["re?", "client_id", "message", "upstream?", "model?"],
  "message.trash": ["re?", "message"],
  "message.restore": ["re?", "message"],
  "message.rate": ["re?", "message", "value", "reason?"],
  "run.continue": ["re?", "client_id", "message"],
  "run.stop": ["re?", "run"],
  "tool.decide": ["re?", "run", "index", "approve", "arguments?"],
  "run.watch": ["re?", "run", "after?"],
  "run.unwatch": ["re?", "run"],
  "model.list": ["re?"],
  search: ["re?", "query", "page?"],
  "preferences.save": ["re?", "preferences"],
  ack: ["re?", "frames"],
  ping: ["re?"],
});

/** What the server says. @type {Readonly<Record<string, readonly string[]>>} */
export const EVENTS = Object.freeze({
  welcome: [
    "protocol",
    "build",
    "user",
    "heartbeat_seconds",
    "window_bytes",
    "max_frame_bytes",
    "max_message_chars",
    "flush_interval_ms",
    "preferences",
  ],
  "conversation.list": ["items", "next?", "shelf", "folder?", "re?"],
  "conversation.patch": [
    "conversation",
    "after",
    "revision",
    "title",
    "role",
    "upstream",
    "model",
    "options",
    "persona",
    "members",
    "messages",
    "queue",
    "more",
  ],
  "conversation.history": ["conversation", "messages", "more", "re?"],
  "conversation.around": ["conversation", "message", "messages", "chosen", "gap", "more", "re?"],
  "conversation.listed": ["item"],
  "conversation.gone": ["conversation"],
  "folder.list": ["folders", "folder?", "re?"],
  "message.posted": ["client_id", "conversation", "message", "answer", "run", "re?"],
  "message.queued": ["client_id", "conversation", "re?"],
  draft: ["conversation", "text", "revision", "re?"],
  "prompt.list": ["prompts", "team", "offers?", "re?"],
  "server.given": ["text", "attachments", "notes", "re?"],
  "persona.list": ["personas", "tools", "team", "left_out?", "max_tools?", "re?"],
  "model.list": ["models", "default", "re?"],
  "search.results": ["query", "page", "items", "more", "re?"],
  preferences: ["preferences", "re?"],
  "run.patch": ["run", "after", "seq", "changes", "done?"],
  "run.paused": ["run", "why"],
  ok: ["re?"],
  error: ["code", "message", "re?", "client_id?"],
  heartbeat: [],
  pong: ["re?"],
  bye: ["code", "reason", "reload"],
});

/** The close codes that Parley defines. */
export const CLOSE = Object.freeze({
  SERVER_STOPPING: 4000,
  SIGNED_OUT: 4001,
  LIMIT_REACHED: 4008,
  WRONG_PROTOCOL: 4009,
  READER_TOO_SLOW: 4010,
});

/** Fields whose type the worker's own arithmetic depends on; the rest is for the page to read. */
const COUNTS = new Map([
  ["welcome", ["protocol", "heartbeat_seconds", "window_bytes", "max_frame_bytes", "max_message_chars", "flush_interval_ms"]],
  ["conversation.patch", ["after", "revision"]],
  ["run.patch", ["run", "after", "seq"]],
  ["run.paused", ["run"]],
  ["draft", ["revision"]],
]);
const LISTS = new Map([
  ["conversation.list", ["items"]],
  ["conversation.patch", ["members", "messages", "queue"]],
  ["folder.list", ["folders"]],
  ["conversation.history", ["messages"]],
  ["conversation.around", ["messages"]],
  ["model.list", ["models"]],
  ["prompt.list", ["prompts"]],
  ["server.given", ["attachments", "notes"]],
  ["persona.list", ["personas", "tools"]],
  ["search.results", ["items"]],
  ["run.patch", ["changes"]],
]);
const TEXTS = new Map([
  ["conversation.patch", ["conversation"]],
  ["conversation.gone", ["conversation"]],
  ["draft", ["text"]],
  ["error", ["code", "message"]],
]);

/**
 * The frame in a WebSocket message, or null when it is not one of ours: a newer server's unknown frames and broken ones
 * are dropped, never acted upon.
 *
 * @param {unknown} data
 * @returns {import("./port.js").Frame | null}
 */
export function parse(data) {
  if (typeof data !== "string") return null;
  let frame;
  try {
    frame = JSON.parse(data);
  } catch {
    return null;
  }
  if (frame === null || typeof frame !== "object" || Array.isArray(frame)) return null;
  if (typeof frame.type !== "string" || !Object.hasOwn(EVENTS, frame.type)) return null;
  return fits(frame) ? frame : null;
}

/** @param {import("./port.js").Frame} frame */
function fits(frame) {
  const { type } = frame;
  return (
    (EVENTS[type] ?? []).every((field) => field.endsWith("?") || Object.hasOwn(frame, field)) &&
    (COUNTS.get(type) ?? []).every((field) => Number.isSafeInteger(frame[field]) || isDuration(field, frame[field])) &&
    (LISTS.get(type) ?? []).every((field) => Array.isArray(frame[field])) &&
    (TEXTS.get(type) ?? []).every((field) => typeof frame[field] === "string")
  );
}

/** @param {string} field @param {unknown} value */
const isDuration = (field, value) => /_(seconds|ms)$/.test(field) && Number.isFinite(value) && Number(value) >= 0;

/**
 * The text of a command. Fields the protocol does not know, and undefined ones, are left out.
 *
 * @param {import("./port.js").Frame} frame
 * @returns {string}
 * @throws {TypeError} for an unknown command or a missing field: a mistake in the page
 */
export function encode(frame) {
  const fields = Object.hasOwn(COMMANDS, frame.type) ? COMMANDS[frame.type] : undefined;
  if (!fields) throw new TypeError(`there is no command ${frame.type}`);
  /** @type {Record<string, unknown>} */ const body = { type: frame.type };
  for (const field of fields) {
    const name = field.replace("?", "");
    if (frame[name] !== undefined) body[name] = frame[name];
    else if (name === field) throw new TypeError(`${frame.type} needs ${name}`);
  }
  return JSON.stringify(body);
}
