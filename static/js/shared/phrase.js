/**
 * Marks a sentence that the page will `say` later; used by the worker, which does not know the page's language.
 * @template {string} T
 * @param {T} sentence
 * @returns {T}
 */
export const phrase = (sentence) => sentence;
