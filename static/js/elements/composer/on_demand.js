/** What the composer needs only for prompts and options, as one chunk: with two chunks, esbuild would split the rest of the page. */

export { openOptions } from "./options_dialog.js";
export { PromptMenu } from "./prompt_menu.js";
