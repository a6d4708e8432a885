/** Signing out leaves nothing of the person in this browser. What is stored nowhere else is asked about first. */

import { renewToken } from "../browser/csrf.js";
import { makeDialog } from "../elements/dialog.js";
import { make } from "../elements/dom.js";
import { forgetAll } from "../state/memory.js";
import { store } from "../state/store.js";
import { allUnsent } from "../state/unsent.js";
import { saveDrafts } from "../verbs/drafts.js";
import { say, sayCount } from "../words/words.js";

export function startSignOut() {
  // The other tabs of this browser would store their drafts again when they close.
  const tabs = new BroadcastChannel("parley.signed-out");
  tabs.addEventListener("message", ({ data }) => data === store.person.user.id && forgetAll());
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-sign-out]")) return;
    event.preventDefault();
    const go = () => {
      tabs.postMessage(store.person.user.id);
      forgetAll();
      void renewToken().then(() => form.submit());
    };
    void saveDrafts().then((drafts) => {
      const lost = drafts + allUnsent().length;
      if (lost) ask(lost, go);
      else go();
    });
  });
}

/** @param {number} lost @param {() => void} go */
function ask(lost, go) {
  const dialog = makeDialog("sign-out", say("Sign out?"));
  const words = sayCount("{count} text has not reached the server. Signing out deletes it.", "{count} texts have not reached the server. Signing out deletes them.", lost);
  const foot = make("div", "dialog__foot");
  const stay = make("button", "button", say("Stay signed in"));
  const leave = make("button", "button button--danger", say("Sign out and delete"));
  for (const button of [stay, leave]) button.type = "button";
  stay.addEventListener("click", () => dialog.close());
  leave.addEventListener("click", go);
  foot.append(stay, leave);
  dialog.append(make("p", "", words), foot);
  document.body.append(dialog);
  dialog.showModal();
}
