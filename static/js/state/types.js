/** The shapes of what the page knows. Nothing here runs. */

export {};

/** @typedef {number | string} MessageId a stored message's number, or "pending:<client id>" */
/** @typedef {"user" | "assistant" | "system"} Role */
/** @typedef {{type: string, text?: string, [field: string]: unknown}} Part */
/** @typedef {{type: "attachment", id: string, name: string, media_type: string, kind: string, size_bytes: number, width: number | null, height: number | null, count?: number, encoding?: string, scans?: number[], is_scan?: boolean}} FilePart `scans`: the numbers of the pages that are pictures */
/**
 * @typedef {object} RunError `message` is all of it in English; older errors have only that and `code`
 * @property {string} code
 * @property {string} message
 * @property {string | null} [request_id]
 * @property {string} [sentence] the upstream's fault as it was raised, with its `fields`; one called `time` is in seconds
 * @property {Record<string, string | number>} [fields]
 * @property {number | null} [wait_seconds] how long the upstream asks to wait
 * @property {string} [said] the upstream's own words
 */
/** @typedef {{moments: [string, number][], every_seconds: number, tokens: number[]}} Timeline see docs/protocol.md */
/**
 * @typedef {object} Run the run's state as the transcript folds it, and its id
 * @property {number} id
 * @property {string} status queued running waiting done stopped failed interrupted
 * @property {number} [seq]
 * @property {string} [phase]
 * @property {number} [phase_since] ms since the epoch, by the server's clock
 * @property {number} [attempt]
 * @property {number} [of]
 * @property {number} [wait_seconds]
 * @property {string} [why]
 * @property {number} [started_at]
 * @property {number | null} [ttft_seconds]
 * @property {number | null} [elapsed_seconds]
 * @property {number | null} [output_tokens]
 * @property {boolean} [tokens_estimated]
 * @property {number | null} [tokens_per_second]
 * @property {{input_tokens?: number | null, output_tokens?: number | null, cached_input_tokens?: number | null, reasoning_tokens?: number | null, cache_write_input_tokens?: number | null} | null} [usage]
 * @property {string | null} [finish_reason]
 * @property {string} [raw_finish_reason] the upstream's own word
 * @property {string} [request_id]
 * @property {string} [model_said] what the model calls itself
 * @property {Timeline} [timeline]
 * @property {Record<string, unknown>} [options] what it was asked with
 * @property {number} [claims] how many processes took it over
 * @property {RunError | null} [error]
 * @property {string} [upstream]
 * @property {string} [model]
 * @property {number} [cut_turns]
 * @property {string[]} [left_out_tools] for which there was no room
 * @property {string[]} [learned] what the model refused, so that it was left out
 */
/** @typedef {{value: number, reason: string}} Feedback */
/** @typedef {{error: string | null, answer?: number}} Pending a message on its way; `error` says why it was not taken, `answer` is its answer once it is stored */
/** @typedef {{system?: string, temperature?: number, max_tokens?: number, reasoning_effort?: "low" | "medium" | "high", tools?: false | string[]}} Options what a person has set for the model, besides the messages */
/** @typedef {{client_id: string, author: {id: number, name: string}, after: number, text: string, attachments: FilePart[], held: boolean}} Queued a message that waits on the server */
/** @typedef {Unsent & {stored: boolean}} Waiting one of this browser's that is not in the server's queue yet; `stored` while only its row in the queue is missing */
/**
 * @typedef {object} Message
 * @property {MessageId} id
 * @property {MessageId | null} parent
 * @property {Role} role
 * @property {{id: number, name: string} | null} author
 * @property {Part[]} parts
 * @property {string} created_at
 * @property {string | null} client_id
 * @property {string} [upstream]
 * @property {string} [model]
 * @property {Run | null} run
 * @property {Pending} [pending]
 * @property {Feedback} [feedback] what this person thinks of it
 * @property {boolean} [trashed] it is to be removed, with all below it
 */
/** @typedef {{user: number, username: string, name: string, role: "owner" | "editor" | "viewer", present: boolean}} Member */
/**
 * @typedef {object} Listed an entry of the list of conversations, as this person sees it
 * @property {string} id
 * @property {string} title
 * @property {string} updated_at
 * @property {boolean} running
 * @property {boolean} unread
 * @property {"owner" | "editor" | "viewer"} role
 * @property {number} people how many others are in it
 * @property {boolean} pinned
 * @property {boolean} archived
 * @property {number | null} folder
 * @property {string | null} trashed_at
 */
/** @typedef {{id: number, name: string, open: boolean, unread: boolean}} Folder */
/** @typedef {{upstream: string, upstream_name: string, model: string, demo: boolean, images: boolean}} Model */
/** @typedef {{upstream: string, model: string}} ModelChoice */
/** @typedef {{id: number, name: string, is_staff: boolean}} User */
/** @typedef {{max_message_chars: number, max_attachment_bytes: number, max_attachments: number, trash_days: number}} Limits */
/**
 * @typedef {object} OpenData the conversation on the page; `id` is null until its first message is stored
 * @property {string | null} id
 * @property {number} revision
 * @property {string} title
 * @property {"owner" | "editor" | "viewer"} role
 * @property {string} upstream
 * @property {string} model
 * @property {Member[]} members
 * @property {Map<MessageId, Message>} messages
 * @property {boolean} more older messages exist
 * @property {number} oldest all messages from this one on are loaded; an older one may have come alone, because it changed
 * @property {boolean} loaded
 * @property {boolean} gone
 * @property {Chosen} chosen
 * @property {Gap | null} gap where the shown path has a hole
 * @property {MessageId | null} anchor a message that the shown path goes through, where that is not the newest one's
 * @property {Options} options
 * @property {{id: number, name: string, version: number} | null} persona whose options these are
 * @property {Queued[]} queue
 * @property {Map<string, Waiting>} waiting by client id
 */
/** @typedef {Readonly<Omit<OpenData, "messages" | "waiting">> & {readonly messages: ReadonlyMap<MessageId, Message>, readonly waiting: ReadonlyMap<string, Waiting>}} Open the same for those who only read it; state/conversation.js changes it */
/** @typedef {"models" | "list" | "conversation" | "messages" | "run" | "queue" | "draft" | "connected" | "preferences"} Topic */
/** @typedef {{theme?: string, language?: string, send_with?: string, shortcuts?: Record<string, string[]>, folded?: string[]}} Preferences */
/** @typedef {{conversation: string, after: number, revision: number, title: string, role: Open["role"], upstream: string, model: string, options: Options, persona: Open["persona"], members: Member[], messages: Message[], queue: Queued[], more: boolean}} ConversationPatch */
/** @typedef {Record<string, MessageId>} Chosen the sibling chosen below each parent; "root" stands for no parent */
/** @typedef {{message: Message, siblings: MessageId[], version: number, gap: boolean}} Step `version` counts from 0; `gap`: some messages before it are not loaded */
/** @typedef {{after: number, before: number}} Gap two messages of the path between which some are not loaded */
/** @typedef {{gap: Gap | null, anchor: MessageId | null}} Island `anchor` is a message that the path goes through; else the newest one counts */
/**
 * @typedef {object} Unsent
 * @property {string} client_id
 * @property {string | null} conversation null for the first message of a new one
 * @property {number | null} parent
 * @property {string} text
 * @property {FilePart[]} [attachments] uploaded before
 * @property {string} upstream
 * @property {string} model
 * @property {string} created_at
 * @property {string | null} error why the server did not take it; null as long as it has not refused
 * @property {Options} [options] of the conversation that it begins
 * @property {number} [persona] that answers in it
 * @property {boolean} [waits] it was written while something before it was not settled: it is shown in the queue, not in the thread
 * @property {string | null} [after] client id of one on its way that it follows: it is sent once that one is stored
 * @property {boolean} [behind] it follows what waits below `parent`, wherever that has gone meanwhile
 */
