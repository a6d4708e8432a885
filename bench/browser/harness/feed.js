/**
 * Shows a text that grows at a given pace in one of two usual ways: ?way=marked or ?way=streaming-markdown. All tokens are
 * loaded at the start: unlike Parley's page, this one pays for no network, no worker and no WebSocket frames.
 */
const query = new URLSearchParams(location.search);
const rate = Number(query.get("rate"));
const answer = document.getElementById("answer");
const scroller = document.getElementById("scroller");
const tokens = await (await fetch(`tokens?count=${query.get("count")}`)).json();

/** Renders the whole answer again every 100 ms, as most pages do. */
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

/** Renders each piece once, into nodes that stay. */
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
  // The end counts when it is painted, which is after this frame.
  requestAnimationFrame(() => setTimeout(() => (globalThis.harness = { lateMs: performance.now() - upstreamEnded })));
}

const timer = setInterval(tick, way.pauseMs);
