/** Tools by their server. Pure. */

/** Between the name of a server and that of its tool. */
export const BETWEEN = "__";

/** The tools of each server, those of Parley itself under "". @param {string[]} names @returns {Map<string, string[]>} */
export function groupsOf(names) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const name of names) {
    const end = name.indexOf(BETWEEN);
    const server = end > 0 ? name.slice(0, end) : "";
    groups.set(server, [...(groups.get(server) ?? []), name]);
  }
  return groups;
}
