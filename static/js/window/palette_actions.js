/**
 * What opens the palette, the sheet of shortcuts and the settings, and the actions that have no keys until a person
 * gives them some. What they open is loaded at its first use.
 */

import { emit } from "../browser/events.js";
import { register } from "../browser/shortcuts.js";
import { store } from "../state/store.js";
import { copyLink } from "../verbs/navigation.js";
import { prefer } from "../verbs/preferences.js";
import { downloadConversation, printConversation } from "../verbs/taking.js";
import { say } from "../words/words.js";

export function startPaletteActions() {
  registerDialogs();
  registerActions();
  document.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-open]") : null;
    if (!(opener instanceof HTMLElement)) return;
    const menu = opener.closest("[popover]");
    if (menu instanceof HTMLElement) menu.hidePopover();
    if (opener.dataset.open === "settings") void openSettings();
    if (opener.dataset.open === "shortcuts") void openSheet();
    if (opener.dataset.open === "palette") void openPalette();
  });
  // The hits of the server below the list are loaded when the box is first used.
  document.querySelector(".sidebar__query")?.addEventListener("focus", () => void listHits(), { once: true });
}

async function openPalette() {
  const { togglePalette } = await import("../elements/palette.js");
  togglePalette();
}

async function openSheet() {
  const { showSheet } = await import("../elements/shortcut_sheet.js");
  showSheet();
}

async function openSettings() {
  const { showSettings } = await import("../elements/settings.js");
  showSettings();
}

async function listHits() {
  const { ChatFound } = await import("../elements/sidebar/chat_found.js");
  if (!customElements.get("chat-found")) customElements.define("chat-found", ChatFound);
}

const noDialog = () => !document.querySelector("dialog[open]");

function registerDialogs() {
  register({ id: "palette", label: say("Command palette"), keys: ["Mod+K"], run: () => void openPalette(), when: () => noDialog() || Boolean(document.querySelector(".palette[open]")) });
  register({ id: "shortcuts", label: say("Keyboard shortcuts"), keys: ["?", "Mod+/"], run: () => void openSheet(), when: noDialog });
  register({ id: "settings", label: say("Settings"), keys: ["Mod+,"], run: () => void openSettings(), when: noDialog });
  register({ id: "find", label: say("Find in conversations"), keys: ["Mod+Shift+F"], run: toSearch, when: noDialog });
}

function registerActions() {
  const isOpen = () => Boolean(store.open.id) && !store.open.gone && noDialog();
  const mayWrite = () => isOpen() && store.open.role !== "viewer";
  register({ id: "conversation.rename", label: say("Rename this conversation"), keys: [], run: rename, when: mayWrite });
  register({ id: "conversation.share", label: say("Share this conversation"), keys: [], run: () => void emit("parley:share", null), when: isOpen });
  register({ id: "conversation.copylink", label: say("Copy the link to this conversation"), keys: [], run: () => void copyLink(store.open.id), when: isOpen });
  register({ id: "conversation.print", label: say("Print this conversation"), keys: [], run: () => printConversation(store.open.id ?? ""), when: isOpen });
  register({ id: "conversation.download", label: say("Download this conversation"), keys: [], run: () => downloadConversation(store.open.id ?? "", "md"), when: isOpen });
  register({ id: "conversation.pin", label: say("Pin this conversation, or unpin it"), keys: [], run: () => void pin(), when: isOpen });
  register({ id: "conversation.archive", label: say("Archive this conversation"), keys: [], run: () => void archiveOpen(), when: isOpen });
  register({ id: "model.choose", label: say("Choose a model"), keys: [], run: () => void emit("parley:choose-model", null), when: noDialog });
  register({ id: "composer", label: say("Write a message"), keys: [], run: toComposer, when: noDialog });
  register({ id: "theme.light", label: say("Light appearance"), keys: [], run: () => setTheme("light") });
  register({ id: "theme.dark", label: say("Dark appearance"), keys: [], run: () => setTheme("dark") });
  register({ id: "theme.system", label: say("Same appearance as the system"), keys: [], run: () => setTheme("") });
  register({ id: "signout", label: say("Sign out"), keys: [], run: signOut, when: noDialog });
}

/** @param {string} theme */
const setTheme = (theme) => void prefer({ theme }).catch(() => {});

const toComposer = () => document.getElementById("composer-text")?.focus();

function toSearch() {
  emit("parley:drawer", true);
  const query = document.querySelector(".sidebar__query");
  if (query instanceof HTMLInputElement) query.select();
}

function rename() {
  const title = document.querySelector(".header__title");
  if (!(title instanceof HTMLInputElement)) return;
  title.focus();
  title.select();
}

const listed = () => store.list.items.get(store.open.id ?? "");

async function pin() {
  const item = listed();
  const { file } = await import("../verbs/listed.js");
  if (item) await file(item, { pinned: !item.pinned });
}

async function archiveOpen() {
  const item = listed();
  const { archive } = await import("../verbs/listed.js");
  if (item) await archive(item);
}

function signOut() {
  const form = document.querySelector(".sidebar__menu form");
  if (form instanceof HTMLFormElement) form.requestSubmit();
}
