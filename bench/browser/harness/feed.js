/**
 * Shows one text, fed at a pace, in one of two ways people do it: ?way=marked or ?way=streaming-markdown. The tokens are
 * here from the start: unlike Parley's page this one pays for no network, no worker and no frames around the text.
 */
const query = new URLSearchParams(location.search);
const rate = Number(query.get("rate"));
const answer = document.getElementById("answer");
const scroller = document.getElementById("scroller");
const tokens = await (await fetch(`tokens?count=${query.get("count")}`)).json();

/** The whole answer again each 100 ms, as most pages do it. */
async function marked() {
  const [{ marked }, { default: purify }] = await Promise.all([import("./marked.js"), import("./purify.js")]);
  let text = "";
  return {
    pauseMs: 100,
    take: (more) => void (text += more),
    show: () => void (answer.innerHTML = purify.sanitize(marked.parse(text))),
    end() {},
  };
}

/** Each piece once, into nodes that stay. */
async function streamingMarkdown() {
  const smd = await import("./smd.js");
  const parser = smd.parser(smd.default_renderer(answer));
  let more = "";
  return {
    pauseMs: 50,
    take: (piece) => void (more += piece),
    show() {
      smd.parser_write(parser, more);
      more = "";
    },
    end: () => smd.parser_end(parser),
  };
}

const way = await (query.get("way") === "marked" ? marked() : streamingMarkdown());
const began = performance.now();
let said = 0;
let upstreamEnded = 0;

function tick() {
  const due = Math.min(tokens.length, Math.floor(((performance.now() - began) / 1000) * rate));
  if (due > said) {
    way.take(tokens.slice(said, due).join(""));
    said = due;
    way.show();
    scroller.scrollTop = scroller.scrollHeight;
  }
  if (said < tokens.length) return;
  clearInterval(timer);
  way.end();
  upstreamEnded = began + (tokens.length / rate) * 1000;
  // Ended is when it is seen: after the frame that shows it.
  requestAnimationFrame(() => setTimeout(() => (globalThis.harness = { lateMs: performance.now() - upstreamEnded })));
}

const timer = setInterval(tick, way.pauseMs);
