/** The shapes of what the page and its worker post to each other. Nothing here runs; dom/play.js says what the ops mean. */

export {};

/**
 * @typedef {number[]} Path
 * @typedef {string | [kind: string, fields: Record<string, any> | null, ...children: any[]]} Tree
 * @typedef {["reset"] | ["cut", Path, number] | ["add", Path, ...Tree[]] | ["text", Path, string]
 *   | ["set", Path, Record<string, any>] | ["paint", Path, number, (number | string)[]]} Op
 * @typedef {{ type: string, [field: string]: any }} Frame
 * @typedef {"connecting" | "open" | "closed" | "offline" | "reload" | "signed_out"} LinkState
 * @typedef {{ type: "link", state: LinkState, retry_in_seconds?: number, reason?: string }} LinkReport
 * @typedef {{ type: "render", run: number | null, message: number | string, ops: Op[],
 *   state: Record<string, any> | null, seq: number, done: boolean }} Render
 *   `ops` is played on the message's body in order; `state` is the run's fields, null where there is nothing new to say
 *   about a run (a stored message without one; colours that follow later); `done` says that the run has ended
 */
