/**
 * Every event by which the parts of the page speak to each other without an import: its name, and what it carries.
 * They are sent on the document, or on an element, from which they bubble up to the listener.
 */

/** @import { FilePart, MessageId } from "../state/types.js" */
/**
 * @typedef {{
 *   "parley:attached": string,
 *   "parley:change": {change: () => void, asked: boolean},
 *   "parley:choose-model": null,
 *   "parley:decide": {index: number, approve: boolean, arguments?: string},
 *   "parley:drawer": boolean,
 *   "parley:edit": MessageId,
 *   "parley:edit-last": null,
 *   "parley:go-to": MessageId,
 *   "parley:options": null,
 *   "parley:reveal": {message: number, words: string[]},
 *   "parley:share": null,
 *   "parley:take-back-last": null,
 *   "parley:toast": {text: string, undo: (() => void) | null},
 *   "parley:went": number | null,
 *   "parley:write": {text: string, files: FilePart[], until: () => Promise<void>},
 * }} Events
 * `attached`: the files of this form have changed; what there is to say of it, or "".
 * `change`: a body wants to run `change`, which may move what is read; `asked`: a person asked for it at this very element.
 *   A listener that runs it prevents the event.
 * `decide`: a person has decided on the tool call at this index of the message.
 * `drawer`: open the list of conversations on a narrow window, or close it.
 * `reveal`: show a message of the shown path once the thread is there, and mark it, and one of `words` in it.
 * `take-back-last`: prevented where a message of this person waited in the queue.
 * `went`: the page shows a conversation, at this message or at its end.
 * `write`: put `text` before what is written, and take it away again if `until` fails.
 */

/**
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {Events[Name]} detail
 * @param {EventTarget} [target]
 * @returns {boolean} false where a listener prevented it
 */
export const emit = (name, detail, target = document) => target.dispatchEvent(new CustomEvent(name, { bubbles: true, cancelable: true, detail }));

/**
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {(detail: Events[Name], event: Event) => void} listener
 * @param {{on?: EventTarget, signal?: AbortSignal}} [where] on the document, until the page ends
 */
export function listen(name, listener, { on = document, signal } = {}) {
  on.addEventListener(name, (event) => listener(/** @type {CustomEvent<Events[Name]>} */ (event).detail, event), { signal });
}
