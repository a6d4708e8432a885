/** The reviewer's worker: stored parts in, ops for dom/play.js out; the colours of code follow in a second message. */
import { Body } from "./body.js";
import { Colours } from "./colours.js";

const colours = new Colours(({ message, ops }) => postMessage({ number: message, ops }));

addEventListener("message", ({ data: { number, parts, sources, isPrinted } }) => {
  const body = new Body();
  body.cite(sources);
  // A reviewer sees the comments of a text as well; paper shows what the conversation shows.
  postMessage({ number, ops: body.flush(parts, isPrinted ? { status: "done" } : null, true) });
  void colours.take(body, number);
});
