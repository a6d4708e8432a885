/**
 * The gallery's scenes: what a server would say in each, and what a person would then press. All of its data is in this file.
 * A scene is shown by the real page with the real worker; only the socket is a script (worker/gallery.js).
 */
import { CONVERSATION, MODEL, MODELS, Thread, members, minutesAgo } from "./people.js";
import * as texts from "./texts.js";

/**
 * @typedef {object} Scene
 * @property {string} name in the address and as anchor
 * @property {string} title
 * @property {boolean} [fresh] a conversation that is not begun
 * @property {() => Thread} [thread] made when it is shown: streams run since a moment ago
 * @property {Record<string, any>} [patch] fields of conversation.patch
 * @property {Record<string, any>[]} [list]
 * @property {Record<string, any>[]} [models]
 * @property {"silent" | "lost" | "signed_out" | "reload" | "paused" | "gone"} [fault] how the server behaves
 * @property {string[]} [press] what is pressed, one after the other, as selectors
 * @property {string} [type] what is typed into the composer
 * @property {number} [height] of its iframe on the sheet
 */

const listed = (/** @type {string} */ title, /** @type {number} */ minutes, /** @type {Record<string, any>} */ about = {}) => ({
  id: `00000000-0000-4000-8000-${String(minutes).padStart(12, "0")}`, title, updated_at: minutesAgo(minutes), running: false, unread: false,
  role: "owner", people: 0, pinned: false, archived: false, folder: null, trashed_at: null, ...about,
});
const DAY = 1440;
const LIST = [
  listed("Which index does this query need?", 2, { id: CONVERSATION }),
  listed("Draft of the outage notice", 14, { running: true, people: 2 }),
  listed("Minutes of the Tuesday call", 50, { unread: true }),
  listed("Ideas for the garden party", 60, { pinned: true }),
  listed("Quarterly figures, second draft", 70, { folder: 1, unread: true }),
  listed("保存してから表示する理由", DAY + 5),
  listed("لماذا لا يضيع شيء", DAY + 90),
  listed(`A title that is far too long for the narrow column it has to live in, ${"and goes on ".repeat(8)}`, 3 * DAY),
  listed("", 4 * DAY),
  listed("Translate the invitation into Norwegian", 12 * DAY),
  listed("Names for the new meeting rooms", 80 * DAY),
];

const FOLDERS = [
  { id: 1, name: "Work", open: true, unread: true },
  { id: 2, name: "A folder whose name is rather longer than the column is wide", open: false, unread: false },
];

const error = (/** @type {string} */ code, /** @type {string} */ sentence, /** @type {Record<string, any>} */ more = {}) => ({
  code, message: sentence, sentence, fields: { name: "Anthropic", status: 429 }, request_id: "req_011CSHoEeqs5C35K2UUqR7Fy", ...more,
});
const tool = (/** @type {string} */ id, /** @type {string} */ name, /** @type {string} */ given, /** @type {Record<string, any>} */ more = {}) => ({
  type: "tool_call", id, name, arguments: given, ...more,
});
const text = (/** @type {string} */ said) => ({ type: "text", text: said });

const texts_ = () => new Thread()
  .says("Why is this query slow although there is an index?").answers(texts.PROSE)
  .says("Show me the code.").answers(texts.CODE)
  .says("And as a table?").answers(texts.TABLE)
  .says("The formula, please.").answers(texts.MATH)
  .says("Draw it.").answers(texts.DIAGRAM)
  .says("A picture?").answers(texts.PICTURE)
  .says(texts.LONG).answers(texts.LONG)
  .says(texts.HEBREW).answers(texts.ARABIC)
  .says("日本語でもう一度お願いします。").answers(texts.JAPANESE);

const people = () => new Thread()
  .says("Can we ship on Thursday?").answers("If the export is finished, yes. Nothing else is open.")
  .says("I finish it today.", { author: 2 }).says("Tell me if you need a second pair of eyes.", { author: 2 }).says("わたしも手伝います。", { author: 4 })
  .says("سأراجع النص العربي.", { author: 5 }).says("Noted.", { author: 6 }).says("Somebody who left said this.", { author: 0 })
  .says("Then Thursday.").answers("Thursday it is.");

const parts = () => new Thread()
  .says("What is in these files?", { parts: [
    { type: "attachment", id: "a1", name: "quarter.pdf", media_type: "application/pdf", kind: "pdf", size_bytes: 482_113 },
    { type: "attachment", id: "a2", name: `notes ${"of the long meeting ".repeat(6)}.txt`, media_type: "text/plain", kind: "text", size_bytes: 1_204 },
  ] })
  .answers([{ type: "reasoning", text: texts.THOUGHT, seconds: 7 }, text("The plan, and why it is slow.")])
  .says("What is the weather in Oslo and Lisbon?")
  .answers([
    text("I look it up."),
    tool("t1", "weather", '{"city": "Oslo"}', { status: "done" }), { type: "tool_result", id: "t1", name: "weather", text: '{"celsius": -3, "sky": "clear"}' },
    tool("t2", "weather", '{"city": "Lisbon"}', { status: "failed" }), { type: "tool_result", id: "t2", name: "weather", text: "No answer within 10 seconds.", is_error: true },
    tool("t3", "clock", '{"zone": "Europe/Oslo"}'),
    text("It is minus three in Oslo; Lisbon did not answer."),
  ])
  .says("Go on after the break.")
  .answers([text("The first half of the answer,"), { type: "seam", attempt: 2, of: 3, why: "" }, text(" and the half that came after the connection was lost.")])
  .says("Do something you should not.")
  .answers([{ type: "refusal", text: "I can't help with that. I can explain how to report it instead." }], { finish_reason: "refusal" })
  .says("Think, but keep it to yourself.")
  .answers([{ type: "reasoning", text: "", redacted: "…", seconds: 41 }, text("Done.")], { cut_turns: 12, usage: null, output_tokens: 1, tokens_estimated: true });

const LAW = { title: "The law on the protection of springs, as amended in May", url: "https://www.example.org/laws/springs/2026" };
const COURT = { title: "https://court.example.com/decisions/2026/06/17", url: "https://court.example.com/decisions/2026/06/17" };
const given = () => new Thread()
  .says("Draw a spring.")
  .answers([
    text("Here it is, in two versions:"),
    { type: "attachment", id: "00000000-0000-4000-8000-000000000001", name: "a spring in the forest", media_type: "image/png", kind: "image", size_bytes: 9000, width: 1024, height: 768 },
    { type: "attachment", id: "", name: "picture-2.png", media_type: "image/png", problem: "broken_image" },
    text("Tell me which one to go on with."),
  ])
  .says("Say it aloud.")
  .answers([text("A spring is where water comes out of the ground."), { type: "attachment", id: "00000000-0000-4000-8000-000000000002", name: "audio-1.wav", media_type: "audio/wav", kind: "audio", size_bytes: 90_000 }])
  .says("What does the law say?")
  .answers([
    { type: "provider_call", id: "s1", name: "web_search", arguments: '{"query": "law on springs 2026"}', text: "", contents: [{ type: "source", ...LAW }, { type: "source", ...COURT }] },
    { type: "source", number: 1, ...LAW }, { type: "source", number: 2, ...COURT },
    text("It was changed in May[1], and courts followed in June[1][2]. Nothing else has changed[3]."),
  ])
  .says("Compute it.")
  .answers([
    { type: "provider_call", id: "s2", name: "code_execution", arguments: '{"code": "print(6 * 7)"}', text: "42" },
    tool("t1", "camera__look", "{}", { status: "done" }),
    { type: "tool_result", id: "t1", name: "camera__look", text: "Here you are.", contents: [
      { type: "attachment", id: "00000000-0000-4000-8000-000000000003", name: "yard.png", media_type: "image/png", kind: "image", size_bytes: 9000, width: 640, height: 360 },
      { type: "attachment", id: "00000000-0000-4000-8000-000000000004", name: "report.pdf", media_type: "application/pdf", kind: "pdf", size_bytes: 182_113 },
      { type: "source", title: "The camera", url: "https://camera.example.org/" },
    ] },
    text("42, and the yard is empty."),
  ]);

const faults = () => new Thread()
  .says("One").answers("", { status: "failed", finish_reason: "error", error: error("rate_limited", "{name} is getting too many requests. Try again in a while.", { said: "Slow down.", wait_seconds: 7200 }) })
  .says("Two").answers("", { status: "failed", finish_reason: "error", error: error("context_too_long", "This conversation is too long for the model. Start a new one, or choose a model with a larger context.") })
  .says("Three").answers("", { status: "failed", finish_reason: "error", error: error("not_found", "{name} does not have this model. Choose another one.") })
  .says("Four").answers("The first words came,", { status: "interrupted", finish_reason: "error", error: error("broken_off", "The connection to {name} ended in the middle of the answer.") })
  .says("Five").answers("You pressed Stop here", { status: "stopped", finish_reason: null })
  .says("Six").answers("", { status: "stopped", finish_reason: null })
  .says("Seven").answers("It ran into the limit of", { finish_reason: "length" })
  .says("Eight").answers("The provider cut", { finish_reason: "content_filter" })
  .says("Nine").answers([], { finish_reason: "refusal" });

const ago = (/** @type {number} */ seconds) => Date.now() - seconds * 1000;
const streaming = () => new Thread()
  .says("Queued").answers("", { status: "queued", phase: "queued" })
  .says("Connecting").answers("", { status: "running", phase: "connecting", phase_since: ago(5) })
  .says("Waiting").answers("", { status: "running", phase: "waiting", phase_since: ago(9) })
  .says("Retrying").answers("", { status: "running", phase: "retrying", phase_since: ago(1), wait_seconds: 3600, attempt: 2, of: 3 })
  .says("Thinking").answers([{ type: "reasoning", text: texts.THOUGHT }], { status: "running", phase: "thinking", phase_since: ago(4) })
  .says("Calling a tool").answers([text("I look it up."), tool("t1", "weather", '{"city": "Os')], { status: "running", phase: "writing" })
  .says("Running a tool").answers([tool("t1", "weather", '{"city": "Oslo"}', { status: "running" })], { status: "running", phase: "tools", phase_since: ago(3) })
  .says("Waiting for you").answers([tool("t1", "fetch_page", '{"url": "https://example.org/report?of=\u200Btoday"}', { status: "asked", deciders: "writers", asker: 1, may_edit: true })], { status: "waiting", phase: "approval", phase_since: ago(30) })
  .says("Continuing").answers("The connection was lost, and", { status: "running", phase: "continuing", attempt: 2, of: 3, why: "" })
  .says("Writing").answers(`${texts.STREAMED}`, { status: "running", phase: "writing", output_tokens: 211, tokens_per_second: 58 });

const branches = () => {
  const thread = new Thread().says("Name the new room.").answers("Fjord.");
  thread.messages.push(
    { ...thread.messages[1], id: 3, parent: 1, parts: [text("Harbour.")], run: { ...thread.messages[1]?.run, id: 3 }, feedback: { value: 1, reason: "" } },
  );
  return thread;
};

/** @type {Scene[]} */
export const SCENES = [
  { name: "empty", title: "Nothing yet", fresh: true, list: [] },
  { name: "no-model", title: "No model", fresh: true, list: [], models: [] },
  { name: "texts", title: "Text of every kind", thread: texts_, height: 1600 },
  { name: "people", title: "Many people", thread: people, patch: { members: members(9) }, height: 1100 },
  { name: "parts", title: "Files, thoughts, tools, seams, refusals", thread: parts, height: 1300 },
  { name: "given", title: "Pictures, sound, sources", thread: given, height: 1900 },
  { name: "faults", title: "Answers that did not end well", thread: faults, height: 1900 },
  { name: "streaming", title: "Answers being written", thread: streaming, height: 1500 },
  { name: "branches", title: "Versions", thread: branches },
  { name: "loading", title: "A conversation on its way", fault: "silent" },
  { name: "slow", title: "Saving is slow", thread: streaming, fault: "paused" },
  { name: "lost", title: "The connection is lost", thread: branches, fault: "lost" },
  { name: "signed-out", title: "Signed out", thread: branches, fault: "signed_out" },
  { name: "updated", title: "Updated", thread: branches, fault: "reload" },
  { name: "gone", title: "No longer a member", thread: branches, fault: "gone" },
  { name: "viewer", title: "May only read", thread: branches, patch: { role: "viewer", members: members(3, "viewer") } },
  { name: "composer", title: "A long message being written", thread: branches, type: `${"A message that is longer than a line, because there is much to say. ".repeat(6)}\n\nAnd a second paragraph.` },
  { name: "editing", title: "Editing a message", thread: branches, press: [".message--user [data-action=edit]"] },
  { name: "models", title: "Choosing a model", thread: branches, press: [".models__button"] },
  { name: "share", title: "Who is in it", thread: branches, patch: { members: members(5) }, press: [".header__share"] },
  { name: "account", title: "The account's menu", thread: branches, press: [".header__menu", ".sidebar__person"] },
  { name: "list", title: "The list of conversations", thread: branches, press: [".header__menu"] },
];

/** @param {string} name */
export const sceneOf = (name) => SCENES.find((scene) => scene.name === name);

/** What the server of a scene answers to each command. @param {Scene} scene */
export function answersOf(scene) {
  const thread = scene.thread?.() ?? new Thread();
  const models = scene.models ?? MODELS;
  return {
    thread,
    /** @type {Record<string, Record<string, any>>} */
    frames: {
      "conversation.list": { type: "conversation.list", items: scene.list ?? LIST, shelf: "list" },
      "folder.list": { type: "folder.list", folders: scene.list ? [] : FOLDERS },
      "model.list": { type: "model.list", models, default: models.length ? MODEL : null },
      "prompt.list": { type: "prompt.list", prompts: [{ id: 1, name: "minutes", text: "Write the minutes.", team: false }, { id: 2, name: "translate", text: "Translate into Norwegian.", team: true }], team: false, offers: [{ server: "git", server_name: "Git", kind: "prompt", name: "review", title: "review", description: "Reviews the last commit.", arguments: [["branch", "The branch to review", true], ["depth", "How many commits", false]] }, { server: "notes", server_name: "Notes", kind: "resource", name: "notes://today", title: "Today", description: "Notes of today", arguments: [] }] },
      "persona.list": { type: "persona.list", personas: [], tools: ["calculator", "current_time", "git__diff", "git__log", "git__status", "notes__read", "notes__write"], left_out: ["notes__read", "notes__write"], max_tools: 5, team: false },
      "draft.get": { type: "draft", conversation: "", text: "", revision: 0 },
      "conversation.history": { type: "conversation.history", conversation: CONVERSATION, messages: [], more: false },
      "conversation.watch": {
        type: "conversation.patch", conversation: CONVERSATION, after: 0, revision: 1, title: LIST[0]?.title, role: "owner", ...MODEL, options: {}, persona: null,
        members: members(1), messages: thread.messages, queue: [], more: false, ...scene.patch,
      },
    },
  };
}
