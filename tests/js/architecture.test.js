/** The rooms of static/js stand on floors: what is imported, types too, stands on a lower floor than its importer. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../static/js", import.meta.url));

/** The lowest first. A file at the top is a room of its own. */
const FLOORS = [
  "shared", "state", "words", "browser", "link", "dom", "verbs",
  "elements", "elements/composer", "elements/thread", "elements/sidebar", "window",
  "gallery", "worker", "sandboxes", "admin.js", "language.js", "review.js", "app.js",
];
const MOST_NAMES_AT_THE_TOP = 16;
const MOST_LINES_OF_A_CLASS = 200;
const MOST_LINES_OF_A_FILE = 400;

/** @param {string} file */
const roomOf = (file) => (dirname(file) === "." ? file : dirname(file));

/**
 * @param {string} file
 * @param {string} source
 * @returns {string[]} the files that it imports, now or later, or takes types from
 */
function importsOf(file, source) {
  const found = source.matchAll(/(?:\bfrom|\bimport)[\s(]*"(\.[^"]+)"/g);
  return [...new Set([...found].map(([, path]) => join(dirname(file), path ?? "")))];
}

/** @type {Map<string, string[]>} */
const files = new Map(readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"))
  .map((name) => [name, importsOf(name, readFileSync(join(root, name), "utf8"))]));

/**
 * @param {Map<string, string[]>} imports
 * @returns {string[]} those that do not go down
 */
function climbing(imports) {
  const floor = (/** @type {string} */ file) => FLOORS.indexOf(roomOf(file));
  return [...imports].flatMap(([file, targets]) => targets
    .filter((target) => roomOf(target) !== roomOf(file) && floor(target) >= floor(file)).map((target) => `${file} -> ${target}`));
}

/**
 * @param {Map<string, string[]>} imports
 * @returns {string[] | null} files each of which imports the next one, and the last one the first
 */
function circleIn(imports) {
  /** @type {Set<string>} */ const done = new Set();
  /**
   * @param {string} file
   * @param {string[]} way
   * @returns {string[] | null}
   */
  const walk = (file, way) => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return null;
    for (const target of imports.get(file) ?? []) {
      const circle = walk(target, [...way, file]);
      if (circle) return circle;
    }
    done.add(file);
    return null;
  };
  for (const file of imports.keys()) {
    const circle = walk(file, []);
    if (circle) return circle;
  }
  return null;
}

test("every room has a floor, and every floor a room", () => {
  const rooms = new Set([...files.keys()].map(roomOf));
  assert.deepEqual([...rooms].sort(), [...FLOORS].sort());
});

test("every import leads to a file", () => {
  for (const [file, targets] of files) for (const target of targets) assert.ok(files.has(target), `${file} imports ${target}`);
});

test("no import climbs", () => {
  assert.deepEqual(climbing(files), []);
  assert.deepEqual(climbing(new Map([["state/store.js", ["verbs/ask.js"]]])), ["state/store.js -> verbs/ask.js"]);
});

test("no file imports itself by way of others", () => {
  assert.equal(circleIn(files), null);
  assert.deepEqual(circleIn(new Map([["a.js", ["b.js"]], ["b.js", ["c.js"]], ["c.js", ["a.js"]]])), ["a.js", "b.js", "c.js", "a.js"]);
});

test("imports of types and dynamic imports are checked, too", () => {
  const source = 'import { a } from "./a.js";\n/** @import { B } from "../b.js" */\n/** @type {import("./c.js").C} */\nawait import("./d.js");\nimport "./e.js";';
  assert.deepEqual(importsOf("x/y.js", source).map((path) => relative("x", path)), ["a.js", "../b.js", "c.js", "d.js", "e.js"]);
});

test("few names are at the top of static/js", () => {
  const names = readdirSync(root);
  assert.ok(names.length <= MOST_NAMES_AT_THE_TOP, names.join(" "));
});

test("no class and no file is long", () => {
  for (const file of files.keys()) {
    const source = readFileSync(join(root, file), "utf8");
    const lengths = [...source.matchAll(/^(?:export )?class (\w+)[\s\S]*?^\}/gm)].map(([text, name]) => `${name} ${text.split("\n").length}`);
    assert.deepEqual(lengths.filter((each) => Number(each.split(" ")[1]) > MOST_LINES_OF_A_CLASS), [], file);
    assert.ok(source.split("\n").length <= MOST_LINES_OF_A_FILE, file);
  }
});
