/** What an answer or a tool's result has besides text, as trees: files and sources. */

/** @import { Tree } from "../shared/port.js" */
/** @import { Part } from "../shared/transcript.js" */

/** The tree of a file. @param {Part} part @returns {Tree} */
export function fileTree({ id, name, kind, media_type: type, width, height, size_bytes: size, problem }) {
  if (!id) return ["problem", { name, problem }];
  if (kind === "image") return ["picture", { id, name, width, height }];
  if (kind === "audio") return ["sound", { id, name, type }];
  return ["file", { id, name, size }];
}

/** The tree of one source. @param {Part} part @returns {Tree} */
const sourceTree = ({ number, title, url }) => ["source", { number, title, href: url }];

/** The list of an answer's sources. @param {Part[]} parts in the order of their numbers @returns {Tree} */
export const sourcesTree = (parts) => ["sources", { count: parts.length }, ...parts.map(sourceTree)];

/** What came with a result: its files, then its links. @param {unknown} contents @returns {Tree[]} */
export function contentTrees(contents) {
  const parts = /** @type {Part[]} */ (Array.isArray(contents) ? contents : []);
  const links = parts.filter(({ type }) => type === "source");
  const files = parts.filter(({ type }) => type === "attachment").map(fileTree);
  return links.length ? [...files, ["sources", { bare: true }, ...links.map(sourceTree)]] : files;
}
