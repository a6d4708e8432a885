/** The page's words. They stand in templates/chat/_words.html, where they are translated; here they are filled in. */

/** @type {Map<string, string> | null} */
let words = null;

/**
 * The sentence called `key`, with each `{name}` replaced by `values.name`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(key, values = {}) {
  words ??= read();
  const sentence = words.get(key) ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A length of time for reading: "0.4 s", "12 s", "3 min 5 s".
 * @param {number} seconds
 */
export function sayDuration(seconds) {
  if (seconds < 10 && !Number.isInteger(seconds)) return say("seconds", { seconds: seconds.toFixed(1) });
  const whole = Math.round(seconds);
  if (whole < 60) return say("seconds", { seconds: whole });
  return say("minutes", { minutes: Math.floor(whole / 60), seconds: whole % 60 });
}

/** @returns {Map<string, string>} */
function read() {
  const template = document.getElementById("words");
  const nodes = template instanceof HTMLTemplateElement ? template.content.querySelectorAll("[data-word]") : [];
  return new Map([...nodes].map((node) => [node.getAttribute("data-word") ?? "", node.textContent ?? ""]));
}
