/** The panel beside an answer that tells how it came about. It is loaded at its first use. */

import { copy } from "../../browser/clipboard.js";
import { store } from "../../state/store.js";
import { say, sayCount, sayDuration, sayNumber, sayTenths } from "../../words/words.js";
import { announce, copyOf, find, make } from "../dom.js";
import { float } from "../floating.js";

/** @import { Message, Run, Timeline } from "../../state/types.js" */

const SVG = "http://www.w3.org/2000/svg";
/** The size of the drawing in its units; the style sheet sets how large it is shown. */
const WIDTH = 300;
const HEIGHT = 44;

/** @param {Message} message @param {HTMLElement} anchor */
export function openDetails(message, anchor) {
  const { run } = message;
  if (!run) return;
  const panel = find(copyOf("details-template"), ".details", HTMLElement);
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-label", say("Answer details"));
  find(panel, ".details__rows", HTMLElement).append(...rowsOf(message, run).flatMap(([name, value]) => row(name, value)));
  const id = run.request_id ?? run.error?.request_id;
  if (id) find(panel, ".details__rows", HTMLElement).append(...row(say("Request"), requestId(id)));
  drawCourse(find(panel, ".details__course", HTMLElement), run.timeline);
  find(panel, ".details__close", HTMLButtonElement).addEventListener("click", () => panel.hidePopover());
  float(panel, anchor);
  find(panel, ".details__close", HTMLButtonElement).focus({ preventScroll: true });
}

/**
 * @param {Message} message
 * @param {Run} run
 * @returns {[string, string][]}
 */
function rowsOf(message, run) {
  const upstream = run.upstream ?? message.upstream ?? "";
  const model = run.model || message.model || "";
  const named = store.models.known.find((each) => each.upstream === upstream)?.upstream_name ?? upstream;
  /** @type {[string, string | null | undefined | false][]} */
  const rows = [
    [say("Model"), run.model_said && run.model_said !== model ? say("{model} (reported as {name})", { model, name: run.model_said }) : model],
    [say("Provider"), named],
    ...tokens(run),
    [say("First token"), run.ttft_seconds != null && sayDuration(run.ttft_seconds)],
    [say("Speed"), run.tokens_per_second ? say("{rate} tok/s", { rate: sayTenths(run.tokens_per_second) }) : ""],
    [say("Time taken"), run.elapsed_seconds != null && sayDuration(run.elapsed_seconds)],
    [say("Ended"), ending(run)],
    [say("Attempts"), tries(run)],
    [say("Left out"), run.cut_turns ? sayCount("{count} earlier turn", "{count} earlier turns", run.cut_turns) : ""],
    [say("Tools left out"), run.left_out_tools?.join(", ")],
    ...Object.entries(run.options ?? {}).map(([name, value]) => /** @type {[string, string]} */ ([optionName(name), String(value)])),
  ];
  return rows.filter(/** @returns {pair is [string, string]} */ (pair) => Boolean(pair[1]));
}

/** @param {Run} run @returns {[string, string][]} */
function tokens({ usage, output_tokens, tokens_estimated }) {
  const { input_tokens, cached_input_tokens, reasoning_tokens, cache_write_input_tokens } = usage ?? {};
  const out = usage?.output_tokens ?? output_tokens;
  const about = usage?.output_tokens == null && tokens_estimated;
  const number = (/** @type {number} */ count) => (about ? say("about {count}", { count: sayNumber(count) }) : sayNumber(count));
  return [
    [say("Tokens in"), input_tokens == null ? "" : cached_input_tokens ? say("{count}, {part} of them cached", { count: sayNumber(input_tokens), part: sayNumber(cached_input_tokens) }) : sayNumber(input_tokens)],
    [say("Written to the cache"), cache_write_input_tokens ? sayNumber(cache_write_input_tokens) : ""],
    [say("Tokens out"), out == null ? "" : reasoning_tokens ? say("{count}, {part} of them reasoning", { count: number(out), part: sayNumber(reasoning_tokens) }) : number(out)],
  ];
}

/** @param {Run} run */
function ending({ status, finish_reason, raw_finish_reason, error }) {
  /** @type {Record<string, string>} */
  const reasons = {
    stop: say("normally"), length: say("at the length limit"), tool_calls: say("to call a tool"),
    content_filter: say("by the provider's content filter"), refusal: say("with a refusal"), error: say("with an error"),
    unstated: say("normally; the server gave no reason"),
  };
  const word = status === "stopped" ? say("stopped by a person") : reasons[finish_reason ?? ""] ?? "";
  const raw = raw_finish_reason && raw_finish_reason !== finish_reason ? raw_finish_reason : "";
  return [word, raw || (error?.code ?? "")].filter(Boolean).join(" · ");
}

/** @param {Run} run */
function tries({ attempt = 1, claims = 0 }) {
  const words = attempt > 1 ? [sayNumber(attempt)] : [];
  if (claims) words.push(sayCount("taken over by another process {count} time", "taken over by another process {count} times", claims));
  return words.join(", ");
}

/** @param {string} name of an option, as the protocol has it */
function optionName(name) {
  /** @type {Record<string, string>} */
  const names = {
    system: say("System prompt"), system_prompt: say("System prompt"), temperature: say("Temperature"),
    max_tokens: say("Length limit"), reasoning_effort: say("Reasoning effort"), effort: say("Reasoning effort"),
  };
  return names[name] ?? name;
}

/** @param {string} name @param {string | Node} value */
function row(name, value) {
  const description = make("dd", "details__value");
  description.append(value);
  return [make("dt", "details__name", name), description];
}

/** @param {string} id */
function requestId(id) {
  const line = make("span", "details__request");
  const button = make("button", "details__copy", say("Copy"));
  button.setAttribute("aria-label", say("Copy the request's id"));
  button.addEventListener("click", async () => {
    button.textContent = (await copy(id)) ? say("Copied") : say("Not copied");
    announce(button.textContent);
  });
  line.append(make("code", "details__id", id), button);
  return line;
}

/** @param {HTMLElement} course @param {Timeline | undefined} timeline */
function drawCourse(course, timeline) {
  const { moments = [], tokens: counts = [], every_seconds: every = 1 } = timeline ?? {};
  course.hidden = moments.length === 0;
  if (course.hidden) return;
  const list = find(course, ".details__moments", HTMLElement);
  for (const [phase, seconds] of moments) {
    const item = make("li", "details__moment");
    item.append(make("span", "details__at", sayDuration(Number(seconds.toFixed(1)))), make("span", "", phaseWord(phase)));
    list.append(item);
  }
  if (counts.length > 1) find(course, ".details__figure", HTMLElement).append(sparkline(counts.map((count) => count / every), every, moments));
}

/** @param {string} phase */
function phaseWord(phase) {
  /** @type {Record<string, string>} */
  const words = {
    queued: say("queued"), connecting: say("connecting"), waiting: say("waiting for the model"), thinking: say("thinking"),
    writing: say("writing"), retrying: say("trying again"), continuing: say("resuming after a break"),
  };
  return words[phase] ?? phase;
}

/**
 * The speed of the text over time.
 * @param {number[]} rates tokens per second
 * @param {number} every seconds that each of them covers
 * @param {[string, number][]} moments
 */
function sparkline(rates, every, moments) {
  const most = Math.max(...rates, 1);
  const svg = shape("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  const seconds = rates.length * every;
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  svg.setAttribute("aria-label", say("Speed over {seconds}: {average} tokens per second on average, {most} at most.", {
    seconds: sayDuration(Math.round(seconds)), average: sayNumber(Math.round(average)), most: sayNumber(Math.round(most)),
  }));
  const step = WIDTH / rates.length;
  // The line has steps: each interval has one speed, and nothing is known in between.
  const line = rates.map((rate, index) => {
    const y = (HEIGHT - 2 - (rate / most) * (HEIGHT - 4)).toFixed(1);
    return `${(index * step).toFixed(1)} ${y} L${((index + 1) * step).toFixed(1)} ${y}`;
  });
  svg.append(
    shape("path", { class: "spark__area", d: `M0 ${HEIGHT} L${line.join(" L")} L${WIDTH} ${HEIGHT} Z` }),
    ...moments.slice(1).map(([, at]) => {
      const x = Math.min(WIDTH, (at / seconds) * WIDTH).toFixed(1);
      return shape("path", { class: "spark__moment", d: `M${x} 0 V${HEIGHT}` });
    }),
    shape("path", { class: "spark__line", d: `M${line.join(" L")}` }),
  );
  return svg;
}

/** @param {string} tag @param {Record<string, string>} attributes */
function shape(tag, attributes) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}
