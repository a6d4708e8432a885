/** The frames: what is understood, what is dropped, and that both languages name the same. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { CLOSE, COMMANDS, EVENTS, PROTOCOL, encode, parse } from "../../static/js/shared/wire.js";
import { WELCOME } from "./support.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const python = `${root}.venv/bin/python`;

test("the twin in Python names the same frames and fields", { skip: !existsSync(python) && "no virtual environment" }, () => {
  const script = `import json
from chat import wire
codes = {close.name: close for close in wire.Close}
print(json.dumps([wire.PROTOCOL, wire.fields(), codes]))`;
  const { stdout, stderr, status } = spawnSync(python, ["-c", script], { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const [protocol, fields, codes] = JSON.parse(stdout);
  assert.equal(PROTOCOL, protocol);
  assert.deepEqual(COMMANDS, fields.commands);
  assert.deepEqual(EVENTS, fields.events);
  assert.deepEqual(CLOSE, codes);
});

test("a frame of the protocol is understood", () => {
  assert.deepEqual(parse(JSON.stringify(WELCOME)), WELCOME);
  const patch = { type: "run.patch", run: 4, after: 0, seq: 2, changes: [["run", { status: "running" }]], new_field: 1 };
  assert.deepEqual(parse(JSON.stringify(patch)), patch);
});

const NOT_FRAMES = [
  "",
  "nonsense",
  "null",
  "5",
  "[]",
  '"text"',
  "{}",
  '{"type": 5}',
  '{"type": "execute", "code": "alert(1)"}',
  '{"type": "toString"}',
  '{"type": "__proto__"}',
  '{"type": "run.patch", "run": 1, "after": 0, "seq": 1}',
  '{"type": "run.patch", "run": "1", "after": 0, "seq": 1, "changes": []}',
  '{"type": "run.patch", "run": 1, "after": 0, "seq": 1.5, "changes": []}',
  '{"type": "run.patch", "run": 1, "after": 0, "seq": 1e400, "changes": []}',
  '{"type": "run.patch", "run": 1, "after": 0, "seq": 1, "changes": {}}',
  '{"type": "error", "code": 5, "message": "m"}',
  new ArrayBuffer(3),
  undefined,
];

test("any other text is dropped", () => {
  for (const data of NOT_FRAMES) assert.equal(parse(data), null, String(data));
});

test("a command is written with the fields of the protocol and no others", () => {
  assert.equal(encode({ type: "run.stop", run: 3, extra: 1, re: undefined }), '{"type":"run.stop","run":3}');
  assert.equal(
    encode({ type: "message.post", client_id: "c-1234567", text: "hi", conversation: null, parent: null }),
    '{"type":"message.post","client_id":"c-1234567","text":"hi","conversation":null,"parent":null}',
  );
  assert.throws(() => encode({ type: "run.stop" }), TypeError);
  assert.throws(() => encode({ type: "run.patch", run: 3 }), TypeError);
  assert.throws(() => encode({ type: "constructor" }), TypeError);
});
