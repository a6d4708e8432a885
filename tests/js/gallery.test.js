/** What the gallery's scenes say is what a server of this protocol would say: else the page drops it, and shows nothing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { SCENES, answersOf } from "../../static/js/gallery/scenes.js";
import { parse } from "../../static/js/shared/wire.js";

test("every frame of every scene is one of the protocol", () => {
  assert.ok(SCENES.length > 15);
  for (const scene of SCENES) {
    for (const [command, frame] of Object.entries(answersOf(scene).frames)) {
      assert.ok(parse(JSON.stringify(frame)), `${scene.name}: the answer to ${command}`);
    }
  }
});

test("each scene has a unique name, and people who speak in it", () => {
  assert.equal(new Set(SCENES.map(({ name }) => name)).size, SCENES.length);
  for (const scene of SCENES) if (!scene.fresh && scene.fault !== "silent") assert.ok(answersOf(scene).thread.messages.length > 1, scene.name);
});
