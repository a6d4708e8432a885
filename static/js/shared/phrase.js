/**
 * Marks a sentence that the page will `say` later, for those who must not know the page's language: the worker.
 * @template {string} T
 * @param {T} sentence
 * @returns {T}
 */
export const phrase = (sentence) => sentence;
