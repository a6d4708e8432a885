/**
 * Every pair of a text colour and the ground it stands on reaches WCAG AA in both appearances; what only marks a
 * control reaches 3:1. The tokens are read from the style sheet itself.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("../../static/css/global.css", import.meta.url), "utf8");
const RAW = /--([\w-]+):\s*light-dark\(oklch\(([^)]+)\),\s*oklch\(([^)]+)\)\)/g;

/** @type {Map<string, [number[], number[]]>} each token's value in the light and in the dark */
const tokens = new Map([...css.matchAll(RAW)].map(([, name = "", light = "", dark = ""]) => [name, [numbers(light), numbers(dark)]]));

const GROUNDS = ["paper", "paper-side", "paper-raised", "paper-tint", "paper-hover"];
const CODE = ["ink", "comment", "keyword", "string", "number", "name", "type"].map((name) => `code-${name}`);

/** @type {[string, string, number][]} text, ground, least ratio */
const PAIRS = [
  ...GROUNDS.flatMap((ground) => /** @type {[string, string, number][]} */ ([["ink", ground, 7], ["ink-soft", ground, 4.5], ["accent", ground, 4.5], ["accent-strong", ground, 4.5]])),
  ...CODE.map((name) => /** @type {[string, string, number]} */ ([name, "paper-code", 4.5])),
  ["ink-soft", "paper-code", 4.5], ["danger", "paper-code", 4.5],
  ["accent-ink", "accent", 4.5], ["accent-ink", "accent-strong", 4.5], ["ink", "accent-tint", 7],
  ["danger", "paper", 4.5], ["danger", "paper-raised", 4.5], ["danger", "danger-tint", 4.5],
  ["waiting", "paper", 4.5], ["waiting", "waiting-tint", 4.5],
  ["ink", "danger-tint", 7], ["ink", "waiting-tint", 7], ["ink-soft", "danger-tint", 4.5], ["ink-soft", "waiting-tint", 4.5],
  ["live", "paper", 3], ["live", "paper-side", 3], ["live", "paper-hover", 3],
  ["line-strong", "paper", 3], ["line-strong", "paper-raised", 3],
];

for (const [appearance, place] of /** @type {[string, 0 | 1][]} */ ([["light", 0], ["dark", 1]])) {
  test(`text can be read in the ${appearance}`, () => {
    for (const [text, ground, least] of PAIRS) {
      const ratio = contrast(token(text)[place], token(ground)[place]);
      assert.ok(ratio >= least, `${text} on ${ground}: ${ratio.toFixed(2)}, at least ${least}`);
    }
  });
}

test("the dark is warm charcoal, never black, and its text is about 90 % light", () => {
  assert.ok((token("paper")[1][0] ?? 0) > 0.18);
  assert.ok(Math.abs((token("ink")[1][0] ?? 0) - 0.9) < 0.03);
});

/** @param {string} name */
function token(name) {
  const values = tokens.get(name);
  assert.ok(values, `the style sheet has no --${name}`);
  return values;
}

/** @param {string} text */
function numbers(text) {
  return text.trim().split(/\s+/).map(Number);
}

/**
 * WCAG 2.2, 1.4.3.
 * @param {number[]} a
 * @param {number[]} b
 */
function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return ((light ?? 0) + 0.05) / ((dark ?? 0) + 0.05);
}

/**
 * Relative luminance of an OKLCH colour, by way of linear sRGB clipped to its gamut (CSS Color 4, 9.2 and sample code).
 * @param {number[]} colour lightness 0…1, chroma, hue in degrees
 */
function luminance([lightness = 0, chroma = 0, hue = 0]) {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const channels = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((channel) => Math.min(1, Math.max(0, channel)));
  return 0.2126 * (channels[0] ?? 0) + 0.7152 * (channels[1] ?? 0) + 0.0722 * (channels[2] ?? 0);
}
