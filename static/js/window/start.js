/** What belongs to the window and to no element: its title and icon, its shortcuts, the appearance. */

import { listen } from "../browser/events.js";
import { register, startShortcuts } from "../browser/shortcuts.js";
import { toast } from "../browser/toast.js";
import { isLive } from "../state/messages.js";
import { store } from "../state/store.js";
import { liveAnswer, stop } from "../verbs/actions.js";
import { prefer } from "../verbs/preferences.js";
import { say } from "../words/words.js";
import { startDrawer } from "./drawer.js";
import { startKeyboard } from "./soft_keyboard.js";

/** How browsers say that a script which is loaded on demand did not come. */
const NOT_LOADED = /dynamically imported module|Importing a module script failed/;

/** @param {{go: (id: string | null) => void}} doors */
export function startWindow({ go }) {
  store.on("conversation", drawTitle);
  store.on(["messages", "run", "conversation"], drawIcon);
  startShortcuts(document);
  startKeyboard();
  startDrawer();
  registerShortcuts(go);
  listen("parley:went", (message) => {
    if (message === null && matchMedia("(pointer: fine)").matches) document.getElementById("composer-text")?.focus();
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-developer]")) void developer();
  });
  addEventListener("unhandledrejection", (event) => {
    if (!NOT_LOADED.test(String(event.reason))) return;
    event.preventDefault();
    toast(say("A part of this page could not be loaded. Try again, or reload the page."));
  });
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "theme") void prefer({ theme: event.target.value }).catch(() => {});
  });
}

function drawTitle() {
  const { id, title, loaded } = store.open;
  if (id && !loaded && !title) return;
  document.title = id ? `${title || say("New conversation")} · Parley` : "Parley";
}

function drawIcon() {
  const icon = document.querySelector("link[rel=icon]");
  if (!(icon instanceof HTMLLinkElement)) return;
  icon.dataset.still ??= icon.href;
  const running = !store.open.gone && [...store.open.messages.values()].some((message) => isLive(message.run));
  const wanted = (running && icon.dataset.running) || icon.dataset.still;
  if (icon.href !== wanted) icon.href = wanted;
}

/** @param {(id: string | null) => void} go */
function registerShortcuts(go) {
  register({
    id: "conversation.new",
    label: say("New conversation"),
    keys: ["Mod+Shift+O"],
    run() {
      go(null);
      document.getElementById("composer-text")?.focus();
    },
  });
  register({
    id: "developer.panel",
    label: say("Show or hide the developer panel"),
    keys: ["Mod+Alt+D"],
    run: () => void developer(),
  });
  register({
    id: "answer.stop",
    label: say("Stop the answer"),
    keys: ["Escape"],
    when: () => !document.querySelector("dialog[open], :popover-open") && liveAnswer() !== null,
    run: stop,
  });
}

async function developer() {
  (await import("./developer.js")).toggle();
}
