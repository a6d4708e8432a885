import { parseHTML } from "linkedom";
import assert from "node:assert/strict";
import { test } from "node:test";

import { plainTextOf } from "../../static/js/dom/plain_text.js";

/** @param {string} html */
function seen(html) {
  return plainTextOf(/** @type {any} */ (parseHTML(`<div id="body">${html}</div>`).document.querySelector("#body")));
}

test("paragraphs, breaks and marks are read as they are seen", () => {
  assert.equal(seen("<div class=prose><h1>Plan</h1><p>Take <strong>two</strong><br>steps, <a href=x>here</a>.</p></div>"), "Plan\n\nTake two\nsteps, here.");
});

test("lists keep their numbers, their order and their depth", () => {
  assert.equal(seen("<ol start=3><li>three</li><li><p>four</p><ul><li>deep</li></ul></li></ol>"), "3. three\n4. four\n  • deep");
  assert.equal(seen("<ul><li><input type=checkbox checked>done</li><li><input type=checkbox>open</li></ul>"), "☑ done\n☐ open");
});

test("code is copied without its header", () => {
  assert.equal(seen("<figure class=code><figcaption>sh<button>Copy</button></figcaption><pre><code>if x\n  y\n</code></pre></figure>"), "if x\n  y");
});

test("a table can be pasted into a spreadsheet", () => {
  assert.equal(seen("<div class=table-scroll><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>"), "a\tb\n1\t2");
});

test("a formula is copied as its source, once", () => {
  const formula = "<span class='math math--set'><code class='math__source'>x^2</code><span class='math__set'><math><mi>x</mi></math><span>x2</span></span></span>";
  assert.equal(seen(`<p>So ${formula} it is.</p>`), "So x^2 it is.");
});

test("thoughts, tools and seams are left out", () => {
  assert.equal(seen("<details class=reasoning>hm</details><p>Yes.</p><p class=seam>Continued</p>"), "Yes.");
});
