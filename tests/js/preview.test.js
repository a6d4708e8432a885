/** What a preview shows of a file's text: tables as tables, pages under their headings, code with its lines counted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { piecesOf, separated } from "../../static/js/elements/thread/preview_pieces.js";

const sheets = { kind: "sheets", name: "a.xlsx" };

test("sheets become tables under their names, and the server's escapes are undone", () => {
  const text = "[Sheet 1: Costs]\n| Day | a\\|b |\n| --- | --- |\n| 1 | c:\\\\d |\n\n[Sheet 2: Empty]";
  assert.deepEqual(piecesOf(sheets, text), [
    { kind: "heading", text: "Sheet 1: Costs", page: 0 },
    { kind: "table", rows: [["Day", "a|b"], ["1", "c:\\d"]], left: 0 },
    { kind: "heading", text: "Sheet 2: Empty", page: 0 },
  ]);
});

test("prose and tables take turns, and a page knows its number", () => {
  const text = "[Page 7]\nWords\n\n| a |\n| --- |\n| b |\nmore words";
  assert.deepEqual(piecesOf({ kind: "document", name: "a.docx" }, text), [
    { kind: "heading", text: "Page 7", page: 7 },
    { kind: "text", text: "Words" },
    { kind: "table", rows: [["a"], ["b"]], left: 0 },
    { kind: "text", text: "more words" },
  ]);
});

test("a text is code with its lines counted, and its brackets are no headings", () => {
  assert.deepEqual(piecesOf({ kind: "text", name: "a.ini" }, "[Page 1]\nx\n"), [{ kind: "code", text: "[Page 1]\nx", lines: 2 }]);
});

test("CSV is a table, whatever separates it", () => {
  for (const sign of [",", ";", "\t", "|"]) assert.deepEqual(separated(`a${sign}b\n1${sign}2\n`), [["a", "b"], ["1", "2"]]);
  assert.deepEqual(separated('a;b\n"x;""y""\nz";2\n'), [["a", "b"], ['x;"y"\nz', "2"]]);
  assert.deepEqual(separated('a,b\n1,\n"open,2'), [["a", "b"], ["1", ""], ["open,2"]]);
  assert.equal(piecesOf({ kind: "text", name: "a.CSV" }, "a,b\n1,2")[0]?.kind, "table");
});

test("a large table is cut, and says how many rows are left", () => {
  const [table] = piecesOf({ kind: "text", name: "a.csv" }, "1,2,3,4\n".repeat(10_000));
  assert.ok(table?.kind === "table");
  assert.deepEqual([table.rows.length, table.left], [2500, 7500]);
});

test("hostile texts cost no more than they are long", () => {
  for (const unit of ['"', '""', '"a', "| ", "\\", "[Page ", ",\n", "| --- |\n"]) {
    const begin = performance.now();
    piecesOf(sheets, unit.repeat(100_000));
    piecesOf({ kind: "text", name: "a.csv" }, unit.repeat(100_000));
    // Quadratic work on this length would take minutes.
    assert.ok(performance.now() - begin < 5000, unit);
  }
});
