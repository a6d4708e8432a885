/**
 * The page's one Trusted Types policy, `app`: it allows exactly one script URL, that of the worker.
 * Nothing else in the page ever needs a policy, because text becomes DOM without parsing HTML.
 */

/**
 * @typedef {{ createScriptURL(url: string): string }} ScriptPolicy
 * @typedef {{ createPolicy(name: string, rules: ScriptPolicy): ScriptPolicy }} TrustedTypesFactory
 */

/**
 * Returns `allowed` in the form `new Worker()` accepts under Trusted Types.
 * Call it once per page: a second policy of the same name is refused by the browser.
 *
 * @param {string} allowed the worker's URL as the server rendered it; must be of this origin
 * @returns {string} a TrustedScriptURL where the browser has Trusted Types, else the same string
 * @throws {TypeError} when the URL is of another origin
 */
export function trustWorkerUrl(allowed) {
  const url = new URL(allowed, location.href);
  if (url.origin !== location.origin) throw new TypeError("the worker must come from this server");
  const factory = /** @type {{ trustedTypes?: TrustedTypesFactory }} */ (/** @type {unknown} */ (globalThis)).trustedTypes;
  if (!factory) return url.href;
  const policy = factory.createPolicy("app", {
    createScriptURL(asked) {
      if (asked !== url.href) throw new TypeError("this script URL is not allowed");
      return asked;
    },
  });
  return policy.createScriptURL(url.href);
}
