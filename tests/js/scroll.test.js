import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Scroll } from "../../static/js/dom/scroll.js";

/** A thread of blocks, as far as scrolling needs one: each block has a height, and the window shows `room` of it. */
class Thread {
  scrollTop = 0;
  clientHeight = 400;
  /** @type {{heights: number[], selection: any}} */
  page = { heights: [], selection: null };
  /** @type {Map<string, (event?: any) => void>} */
  heard = new Map();
  /** @type {any[]} */
  nodes = [];

  constructor(/** @type {number[]} */ heights) {
    heights.forEach((height) => this.add(height));
    this.list = { children: htmlCollection(this.nodes), isConnected: true, getBoundingClientRect: () => ({ top: -this.scrollTop, bottom: this.scrollHeight - this.scrollTop, height: this.scrollHeight }) };
    this.firstElementChild = this.list;
    this.children = htmlCollection([this.list]);
    this.ownerDocument = { addEventListener: () => {}, removeEventListener: () => {}, getSelection: () => null };
  }

  add(/** @type {number} */ height) {
    const node = { height, isConnected: true, children: htmlCollection([]), getBoundingClientRect: () => this.boxOf(node) };
    this.nodes.push(node);
    return node;
  }

  boxOf(/** @type {any} */ node) {
    const before = this.nodes.slice(0, this.nodes.indexOf(node)).reduce((sum, each) => sum + each.height, 0);
    return { top: before - this.scrollTop, bottom: before + node.height - this.scrollTop, height: node.height };
  }

  get scrollHeight() {
    return this.nodes.reduce((sum, node) => sum + node.height, 0);
  }

  getBoundingClientRect() {
    return { top: 0, bottom: this.clientHeight };
  }

  addEventListener(/** @type {string} */ name, /** @type {() => void} */ listener) {
    this.heard.set(name, listener);
  }

  /** The reader, or the browser, moves the page. */
  move(/** @type {number} */ top) {
    this.scrollTop = Math.max(0, Math.min(top, this.scrollHeight - this.clientHeight));
    this.heard.get("scroll")?.();
  }

  get end() {
    return this.scrollHeight - this.clientHeight;
  }
}

/** @param {any[]} nodes */
function htmlCollection(nodes) {
  return { get length() { return nodes.length; }, item: (/** @type {number} */ place) => nodes[place] ?? null };
}

/** @type {Thread} */ let thread;
/** @type {Scroll} */ let scroll;
/** @type {boolean[]} */ let below;

beforeEach(() => {
  thread = new Thread(Array(20).fill(100));
  below = [];
  scroll = new Scroll(/** @type {any} */ (thread), { below: (is) => below.push(is) });
  scroll.connect();
  thread.scrollTop = 0;
  scroll.follow(() => {});
  thread.scrollTop = Math.min(thread.scrollTop, thread.end);
  thread.heard.get("scroll")?.();
});

/** What the browser does with a position beyond the end. */
function settled() {
  thread.scrollTop = Math.min(thread.scrollTop, thread.end);
  return thread.scrollTop;
}

test("a reader at the end follows what is added", () => {
  scroll.follow(() => thread.add(50));
  assert.equal(settled(), thread.end);
});

test("a small move up ends the following, also within the last line", () => {
  thread.move(thread.end - 8);
  assert.equal(scroll.following, false);
  const place = thread.scrollTop;
  scroll.follow(() => thread.add(50));
  assert.equal(thread.scrollTop, place);
  assert.deepEqual(below, [true]);
});

test("a page that becomes shorter does not count as a reader's scrolling", () => {
  thread.nodes.at(-1).height = 20;
  thread.move(thread.scrollTop);
  assert.equal(scroll.following, true);
  thread.move(600);
  thread.nodes.splice(8);
  thread.move(thread.scrollTop);
  assert.equal(scroll.following, false, "the end came to the reader, not the reader to the end");
});

test("a reader who scrolls to the end follows again", () => {
  thread.move(500);
  assert.equal(scroll.following, false);
  thread.move(thread.end - 10);
  assert.equal(scroll.following, true);
});

test("text that grows above does not move the text that is read", () => {
  thread.move(730);
  scroll.keep(() => (thread.nodes[2].height += 240));
  assert.equal(thread.scrollTop, 970);
  scroll.keep(() => (thread.nodes[2].height -= 140));
  assert.equal(thread.scrollTop, 830);
});

test("the message in view is found among a thousand", () => {
  thread.nodes.splice(0);
  for (let number = 0; number < 1000; number += 1) thread.add(100);
  thread.move(54_321);
  scroll.keep(() => (thread.nodes[7].height += 33));
  assert.equal(thread.scrollTop, 54_354);
});

test("messages added above the very first line do not move the text that is read", () => {
  thread.move(0);
  scroll.keep(() => thread.nodes.unshift(thread.nodes.pop(), thread.nodes.pop()));
  assert.equal(thread.scrollTop, 200);
});
