/** What the composer needs only when somebody calls a prompt or opens the options: one chunk, so that the rest is not cut up. */

export { openOptions } from "./options_dialog.js";
export { PromptMenu } from "./prompt_menu.js";
