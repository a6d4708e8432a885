/** What is in a file, in a few words. */

import { sayCount, saySize } from "./words.js";

/** @import { FilePart } from "../state/types.js" */

/** @type {Record<string, (count: number) => string>} */
const COUNTED = {
  document: (count) => sayCount("{count} page of text", "{count} pages of text", count),
  sheets: (count) => sayCount("{count} sheet", "{count} sheets", count),
  slides: (count) => sayCount("{count} slide", "{count} slides", count),
  archive: (count) => sayCount("{count} file", "{count} files", count),
  mail: (count) => sayCount("{count} attachment listed", "{count} attachments listed", count),
};

/** "12 pages of text", "3 sheets"; the size where nothing is counted. @param {FilePart} file */
export function contentWords({ kind, count, scans, is_scan, size_bytes }) {
  if (!count) return saySize(size_bytes);
  if (kind !== "pdf") return COUNTED[kind]?.(count) ?? saySize(size_bytes);
  if (is_scan) return sayCount("{count} scanned page", "{count} scanned pages", count);
  const pages = sayCount("{count} page of text", "{count} pages of text", count - (scans?.length ?? 0));
  return scans?.length ? `${pages}, ${sayCount("{count} scanned", "{count} scanned", scans.length)}` : pages;
}
