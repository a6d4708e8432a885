/** Links whose words look like one address and lead to another. Pure. */

/** Words that a reader takes for an address: with a scheme, or a name with dots that does not end like a file's. */
const ADDRESS = /^\s*(?<scheme>[a-z][a-z0-9+.-]*:\/\/)?(?<authority>[^\s/?#]+)/iu;
const NAME = /^(?:[\p{L}\p{N}_-]+\.)+\p{L}{2,}\.?$/u;
/** Ends of file names that could also be a country's: "Node.js" is no address. */
const FILES = new Set("c cc cpp cs css go h html ini java jpg js json lock log md mjs pdf php pl png py rb rs sh sql svg toml ts txt xml yaml yml zip".split(" "));

/**
 * Whether a link's text names another host than the one it leads to, or one that can be misread.
 *
 * @param {any[]} children trees
 * @param {unknown} href
 */
export function isDisguised(children, href) {
  const target = parsed(String(href ?? ""));
  if (!target || !/^https?:$/.test(target.protocol)) return false;
  // In "https://bank.example@evil.example" the part before the @ is not the host.
  if (target.username || target.password) return true;
  const words = textOf(children).replace(/\p{Cf}/gu, "");
  const found = ADDRESS.exec(words)?.groups;
  if (!found?.authority) return false;
  const name = found.authority.replace(/:\d*$/, "");
  if (!found.scheme && (!NAME.test(name) || FILES.has(name.split(".").at(-1)?.toLowerCase() ?? ""))) return false;
  const shown = parsed(`http://${found.authority}`);
  return !shown || bare(shown.hostname) !== bare(target.hostname) || /(^|\.)xn--/.test(target.hostname);
}

/** @param {string} host */
const bare = (host) => host.toLowerCase().replace(/^www\./, "").replace(/\.$/, "");

/** @param {string} address */
function parsed(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

/** @param {any[]} trees @returns {string} */
function textOf(trees) {
  return trees.map((tree) => (typeof tree === "string" ? tree : textOf(tree.slice(2)))).join("");
}
