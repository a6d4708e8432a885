/** Tools in the options dialog: those of a server stand together. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { groupsOf } from "../../static/js/elements/composer/tool_groups.js";

test("tools are grouped by their server, and Parley's own stand alone", () => {
  const groups = groupsOf(["calculator", "git__log", "memory__read", "git__diff", "__odd"]);
  assert.deepEqual([...groups], [["", ["calculator", "__odd"]], ["git", ["git__log", "git__diff"]], ["memory", ["memory__read"]]]);
});
