/** What can be said of one message, or of its run, without the store. */

/** @import { FilePart, Message, Run } from "./types.js" */

const LIVE = new Set(["queued", "running", "waiting"]);

/** @param {Run | null | undefined} run */
export const isLive = (run) => Boolean(run && LIVE.has(run.status));

/** What a person reads of a message, as plain text; the two sides of a seam are one text. @param {Message} message */
export function textOf(message) {
  let joined = "";
  let separator = "";
  for (const { type, text } of message.parts) {
    if (type === "text" || type === "refusal") {
      joined += separator + (text ?? "");
      separator = joined ? "\n\n" : "";
    } else if (type === "seam") separator = "";
  }
  return joined;
}

/** The files of a message. @param {Message} message */
export const filesOf = ({ parts }) => /** @type {FilePart[]} */ (parts.filter(({ type }) => type === "attachment"));
