/** The page's start: what came with the shell, the elements, and which frame changes what. */

import { serveTools } from "./dom/tools.js";
import { ChatBanner } from "./elements/chat_banner.js";
import { ChatHeader } from "./elements/chat_header.js";
import { ChatShare } from "./elements/chat_share.js";
import { ChatToast } from "./elements/chat_toast.js";
import { ChatAttachments } from "./elements/composer/chat_attachments.js";
import { ChatComposer } from "./elements/composer/chat_composer.js";
import { ChatModels } from "./elements/composer/chat_models.js";
import { ChatQueue } from "./elements/composer/chat_queue.js";
import { ChatSidebar } from "./elements/sidebar/chat_sidebar.js";
import { ChatError } from "./elements/thread/chat_error.js";
import { ChatGap } from "./elements/thread/chat_gap.js";
import { ChatMessage } from "./elements/thread/chat_message.js";
import { ChatStatus } from "./elements/thread/chat_status.js";
import { ChatTimeline } from "./elements/thread/chat_timeline.js";
import { link } from "./link/link.js";
import { recallObject } from "./state/memory.js";
import { store } from "./state/store.js";
import { forgetUnsent, refuseUnsent } from "./state/unsent.js";
import { markAnswered, sendUnanswered } from "./verbs/actions.js";
import { startApprovals } from "./verbs/approvals.js";
import { settle } from "./verbs/ask.js";
import { draftOf, receiveDraft, startDrafts } from "./verbs/drafts.js";
import { refresh, take, takeFolders } from "./verbs/listing.js";
import { beginConversation, followAddress, go, startNavigation, turnTo } from "./verbs/navigation.js";
import { receivePreferences } from "./verbs/preferences.js";
import { sendFollowers } from "./verbs/queue.js";
import { startPaletteActions } from "./window/palette_actions.js";
import { startSignOut } from "./window/sign_out.js";
import { startWindow } from "./window/start.js";

/** What each frame from the server changes. @type {Record<string, (frame: any) => void>} */
const FRAMES = {
  welcome(frame) {
    // Somebody else has signed in in this browser since: nothing on this page is theirs.
    if (frame.user.id !== store.person.user.id) return location.reload();
    store.person.become(frame.user, { max_message_chars: frame.max_message_chars });
    receivePreferences(frame.preferences);
    link.send({ type: "model.list" });
    void refresh();
  },
  "conversation.patch": (frame) => store.conversation.applyPatch(frame),
  "conversation.history": (frame) => {
    store.conversation.applyHistory(frame);
    settle(frame, true);
  },
  "conversation.around": (frame) => {
    store.conversation.applyAround(frame);
    settle(frame, true);
  },
  "search.results": (frame) => settle(frame, true),
  preferences: (frame) => {
    receivePreferences(frame.preferences);
    settle(frame, true);
  },
  "conversation.listed": ({ item }) => {
    store.list.put([item]);
    // It was restored, or this person was added again, while the page still showed it.
    if (store.open.gone && item.id === store.open.id && !item.trashed_at) turnTo(item.id);
  },
  "conversation.gone": ({ conversation }) => store.lose(conversation),
  "conversation.list": (frame) => settle(frame, true),
  "folder.list": (frame) => {
    takeFolders(frame.folders);
    settle(frame, true);
  },
  "model.list": (frame) => store.models.learn(frame.models, frame.default),
  "message.posted": (frame) => {
    const { client_id, conversation } = frame;
    markAnswered(client_id);
    store.conversation.outgoing.store(client_id, frame.answer);
    sendFollowers(frame);
    forgetUnsent(client_id);
    if (store.open.id === null && store.conversation.outgoing.posted(client_id)) beginConversation(conversation);
  },
  "message.queued": (frame) => {
    sendFollowers(frame);
    forgetUnsent(frame.client_id);
  },
  draft(frame) {
    receiveDraft(frame);
    settle(frame, true);
  },
  "prompt.list": (frame) => settle(frame, true),
  "server.given": (frame) => settle(frame, true),
  "persona.list": (frame) => settle(frame, true),
  ok: (frame) => settle(frame, true),
  error: (frame) => {
    markAnswered(frame.client_id);
    if (frame.client_id) {
      store.conversation.outgoing.refuse(frame.client_id, frame.message);
      store.conversation.outgoing.changeQueued(frame.client_id, { error: frame.message });
      refuseUnsent(frame.client_id, frame.message);
    }
    settle(frame, false);
  },
};

/** @type {Record<string, CustomElementConstructor>} */
const ELEMENTS = {
  "chat-status": ChatStatus, "chat-error": ChatError, "chat-message": ChatMessage, "chat-sidebar": ChatSidebar, "chat-header": ChatHeader,
  "chat-gap": ChatGap, "chat-share": ChatShare, "chat-toast": ChatToast, "chat-banner": ChatBanner, "chat-models": ChatModels, "chat-queue": ChatQueue,
  "chat-attachments": ChatAttachments, "chat-composer": ChatComposer, "chat-timeline": ChatTimeline,
};

/** What the server wrote into the shell. */
function readShell() {
  const shell = JSON.parse(document.getElementById("page-data")?.textContent ?? "{}");
  store.person.become(shell.user ?? store.person.user, shell.settings);
  store.models.learn(shell.models ?? [], shell.default ?? null);
  store.list.putFolders(shell.folders ?? []);
  for (const page of shell.lists ?? []) take(page);
  receivePreferences(shell.preferences ?? {});
  const preferred = recallObject("model");
  if (preferred) store.models.prefer({ upstream: String(preferred.upstream), model: String(preferred.model) });
  if (shell.draft) draftOf(shell.draft.conversation).hear(shell.draft);
  return /** @type {string | null} */ (shell.conversation ?? null);
}

const conversation = readShell();
for (const [type, change] of Object.entries(FRAMES)) link.on(type, change);
for (const [name, element] of Object.entries(ELEMENTS)) customElements.define(name, element);
serveTools();
startNavigation();
startApprovals();
startDrafts();
startWindow({ go });
startPaletteActions();
startSignOut();
link.start();
sendUnanswered();
turnTo(conversation);
followAddress();
