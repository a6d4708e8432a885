/** Files on their way: two at once, waited out without a connection, remembered with the draft, refused in words. */
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @type {Map<string, string>} */
const stored = new Map();
globalThis.localStorage = /** @type {any} */ (
  new Proxy(
    {
      getItem: (/** @type {string} */ key) => stored.get(key) ?? null,
      setItem: (/** @type {string} */ key, /** @type {string} */ value) => void stored.set(key, value),
      removeItem: (/** @type {string} */ key) => void stored.delete(key),
    },
    { ownKeys: () => [...stored.keys()], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }) },
  )
);
const { Uploads } = await import("../../static/js/verbs/uploads.js");
const { hasWords, pastedFiles, pastedText } = await import("../../static/js/elements/composer/pasted_files.js");

/** @import { Answer } from "../../static/js/verbs/uploads.js" */

const LIMITS = { max_attachment_bytes: 1000, max_attachments: 3 };
const WORDS = { tooLarge: (/** @type {number} */ limit) => `at most ${limit}`, failed: () => "failed" };

beforeEach(() => stored.clear());

/** A server that answers when the test says so. */
function server() {
  /** @type {{name: string, progress: (share: number) => void, answer: (status: number, body?: any) => Promise<void>, lost: () => Promise<void>, cancelled: boolean}[]} */
  const asked = [];
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const send = (/** @type {Blob} */ _data, /** @type {string} */ name, /** @type {(share: number) => void} */ progress) => {
    /** @type {(answer: Answer) => void} */ let resolve = () => {};
    /** @type {(error: Error) => void} */ let reject = () => {};
    const done = /** @type {Promise<Answer>} */ (new Promise((yes, no) => ([resolve, reject] = [yes, no])));
    const entry = {
      name, progress, cancelled: false,
      answer: async (/** @type {number} */ status, /** @type {any} */ body = null) => (resolve({ status, body }), void (await settled())),
      lost: async () => (reject(new Error("lost")), void (await settled())),
    };
    asked.push(entry);
    return { cancel: () => void (entry.cancelled = true), done };
  };
  return { asked, send };
}

/** @param {string} name */
const part = (name) => ({ type: "attachment", id: `id-${name}`, name, media_type: "text/plain", kind: "text", size_bytes: 4, width: null, height: null });
/** @param {string} name */
const file = (name, size = 4) => ({ name, data: new Blob(["x".repeat(size)]) });

/** @param {{send: any}} server */
const uploads = ({ send }, name = "files.draft.new") => new Uploads(name, LIMITS, { send, changed: () => {}, words: WORDS });

test("two files are uploaded at once, the third when one of them is done, and then the message may be sent", async () => {
  const there = server();
  const files = uploads(there);
  files.add([file("a"), file("b"), file("c")]);
  assert.deepEqual(there.asked.map(({ name }) => name), ["a", "b"]);
  await there.asked[0]?.answer(201, part("a"));
  assert.deepEqual(there.asked.map(({ name }) => name), ["a", "b", "c"]);
  assert.equal(files.ready, false);
  await there.asked[1]?.answer(201, part("b"));
  await there.asked[2]?.answer(201, part("c"));
  assert.equal(files.ready, true);
  assert.deepEqual(files.parts.map(({ id }) => id), ["id-a", "id-b", "id-c"]);
});

test("files over the limits of number and size are not sent", () => {
  const there = server();
  const files = uploads(there);
  assert.equal(files.add([file("a"), file("huge", 1001), file("c"), file("d")]), 1);
  assert.deepEqual(there.asked.map(({ name }) => name), ["a", "c"]);
  assert.deepEqual(files.items.map(({ state, error }) => [state, error]), [["sending", ""], ["refused", "at most 1000"], ["sending", ""]]);
});

test("a file is sent again when a lost connection is back", async () => {
  const there = server();
  const files = uploads(there);
  files.add([file("a")]);
  there.asked[0]?.progress(0.5);
  await there.asked[0]?.lost();
  assert.equal(files.items[0]?.state, "waiting");
  assert.equal(files.underway, true);
  files.wake();
  await there.asked[1]?.answer(503);
  assert.equal(files.items[0]?.state, "waiting");
  files.wake();
  await there.asked[2]?.answer(201, part("a"));
  assert.equal(files.ready, true);
  files.clear();
});

test("a file with a fault is refused with the reason and not tried again; after a full disk it may be", async () => {
  const there = server();
  const files = uploads(there);
  files.add([file("a"), file("b")]);
  await there.asked[0]?.answer(422, { code: "unknown_kind", message: "This is no picture." });
  await there.asked[1]?.answer(507, { code: "disk_full", message: "The disk is full." });
  const [first, second] = files.items;
  assert.deepEqual([first?.error, second?.error], ["This is no picture.", "The disk is full."]);
  files.retry(first?.key ?? "");
  assert.equal(there.asked.length, 2);
  files.retry(second?.key ?? "");
  await there.asked[2]?.answer(201, part("b"));
  assert.deepEqual(files.parts.map(({ name }) => name), ["b"]);
});

test("uploaded files survive a reload, and so does a pasted text that was on its way", async () => {
  const before = server();
  const files = uploads(before);
  files.add([file("a"), { name: "Pasted text.txt", data: new Blob(["words"]), text: "words" }]);
  await before.asked[0]?.answer(201, part("a"));
  const after = server();
  const again = uploads(after);
  assert.deepEqual(again.items.map(({ name, state }) => [name, state]), [["a", "there"], ["Pasted text.txt", "waiting"]]);
  await new Promise((resolve) => setImmediate(resolve));
  await after.asked[0]?.answer(201, part("Pasted text.txt"));
  assert.equal(again.ready, true);
  again.clear();
  assert.equal(uploads(server()).items.length, 0);
});

test("the files stay with the draft when it gets another name", async () => {
  const there = server();
  const files = uploads(there);
  files.add([file("a")]);
  await there.asked[0]?.answer(201, part("a"));
  files.rename("files.draft.7");
  assert.equal(uploads(server()).items.length, 0);
  assert.equal(uploads(server(), "files.draft.7").parts.length, 1);
});

test("a file that is removed during its upload is not sent further", async () => {
  const there = server();
  const files = uploads(there);
  files.add([file("a")]);
  files.remove(files.items[0]?.key ?? "");
  assert.equal(there.asked[0]?.cancelled, true);
  await there.asked[0]?.answer(201, part("a"));
  assert.deepEqual(files.parts, []);
});

/**
 * @param {Record<string, string>} texts
 * @param {{name: string, type: string}[]} [files]
 */
const clipboard = (texts, files = []) => /** @type {any} */ ({ types: [...Object.keys(texts), ...(files.length ? ["Files"] : [])], files, getData: (/** @type {string} */ type) => texts[type] ?? "" });

test("a picture on the clipboard is pasted as a file, and a table that comes with its picture as text", () => {
  const picture = [{ name: "image.png", type: "image/png" }];
  assert.equal(pastedFiles(clipboard({}, picture)).length, 1);
  assert.equal(pastedFiles(clipboard({ "text/html": "<img src=x>" }, picture)).length, 1);
  assert.equal(pastedFiles(clipboard({ "text/plain": "1\t2", "text/html": "<table>" }, picture)).length, 0);
  assert.equal(pastedFiles(clipboard({ "text/plain": "report.pdf" }, [{ name: "report.pdf", type: "application/pdf" }])).length, 1);
});

test("text and picture together are both pasted, but not the name that a file manager adds", () => {
  const picture = [{ name: "image.png", type: "image/png" }];
  const both = clipboard({ "text/plain": "See this", "text/html": "<p>See this<img src=x></p>" }, picture);
  assert.deepEqual([pastedFiles(both).length, hasWords(both)], [1, true]);
  assert.deepEqual([pastedFiles(clipboard({ "text/plain": "Words" }, picture)).length], [1]);
  for (const text of ["report.pdf", "/home/alice/report.pdf", "C:\\work\\report.pdf\r\n"])
    assert.equal(hasWords(clipboard({ "text/plain": text }, [{ name: "report.pdf", type: "application/pdf" }])), false);
});

test("what is refused can be left out, and the rest is sent", async () => {
  const there = server();
  const files = uploads(there);
  files.add([file("a"), file("b")]);
  await there.asked[0]?.answer(201, part("a"));
  await there.asked[1]?.answer(422, { code: "broken_file", message: "Damaged." });
  assert.equal(files.ready, false);
  files.dropRefused();
  assert.deepEqual([files.ready, files.parts.map(({ name }) => name)], [true, ["a"]]);
});

test("the encoding that was assumed can be changed, and a failure leaves the file as it was", async () => {
  const there = server();
  /** @type {Answer[]} */
  const answers = [{ status: 200, body: { ...part("a"), encoding: "koi8-r", note: "Cut." } }, { status: 404, body: null }];
  const recode = async () => answers.shift() ?? { status: 0, body: null };
  const files = new Uploads("", LIMITS, { send: there.send, recode, changed: () => {}, words: WORDS });
  files.add([file("a")]);
  await there.asked[0]?.answer(201, { ...part("a"), encoding: "cp1251", count: 3 });
  const [item] = files.items;
  assert.deepEqual([item?.part?.encoding, item?.part?.count, item?.changeable], ["cp1251", 3, true]);
  assert.equal(await files.recode(item?.key ?? "", "koi8-r"), "");
  assert.deepEqual([item?.part?.encoding, item?.note, item?.state], ["koi8-r", "Cut.", "there"]);
  assert.equal(await files.recode(item?.key ?? "", "cp1252"), "failed");
  assert.deepEqual([item?.part?.encoding, item?.state], ["koi8-r", "there"]);
  files.put([/** @type {any} */ (part("sent"))]);
  assert.equal(files.items[1]?.changeable, false);
});

test("a text is long from 4,000 characters or 100 lines on", () => {
  assert.equal(pastedText(clipboard({ "text/plain": "x".repeat(4000) })), null);
  assert.equal(pastedText(clipboard({ "text/plain": "x".repeat(4001) }))?.length, 4001);
  assert.equal(pastedText(clipboard({ "text/plain": "x\n".repeat(99) })), null);
  assert.equal(pastedText(clipboard({ "text/plain": "x\n".repeat(100) }))?.length, 200);
});
