/** Texts that come into a draft from elsewhere: from the queue, or from another device. */

import { toast } from "../../browser/toast.js";
import { store } from "../../state/store.js";
import { say } from "../../words/words.js";

/** @import { Events } from "../../browser/events.js" */
/** @import { Refusal } from "../../verbs/ask.js" */
/** @import { Draft } from "../../verbs/drafts.js" */
/** @import { Uploads } from "../../verbs/uploads.js" */

/**
 * Put a text and its files before what is written. Where `until` fails because the message has gone out after all, they
 * are taken away again.
 * @param {HTMLTextAreaElement} box
 * @param {Draft} draft
 * @param {Uploads} uploads
 * @param {Events["parley:write"]} wanted
 */
export async function putBefore(box, draft, uploads, { text, files, until }) {
  uploads.put(files);
  const before = draft.text;
  const joined = before.trim() ? `${text}\n\n${before}` : text;
  draft.type(joined);
  store.tellDraft();
  box.focus();
  box.setSelectionRange(text.length, text.length);
  try {
    await until();
  } catch (refusal) {
    const { code, message } = /** @type {Refusal} */ (refusal);
    if (code === "not_found") {
      if (draft.text === joined) draft.type(before);
      for (const { key, part } of [...uploads.items]) if (files.some((file) => file.id === part?.id)) uploads.remove(key);
    }
    store.tellDraft();
    if (message) toast(message);
  }
}

/** Take the other device's text, or decline it. @param {Draft} draft @param {boolean} takes */
export function answerOffer(draft, takes) {
  if (!takes) return draft.dismissOther();
  const before = draft.takeOther();
  toast(say("The draft from the other device was inserted."), () => {
    draft.type(before);
    store.tellDraft();
  });
}
