/** One line under the header while the connection is not in order, with what can be done about it. */

import { link } from "../link/link.js";
import { store } from "../state/store.js";
import { say, sayDuration } from "../words/words.js";
import { ChatElement } from "./chat_element.js";
import { announce, find, write } from "./dom.js";

/** @import { LinkReport } from "../shared/port.js" */
/** @typedef {{text: string, spoken?: string, step: string, act: () => void, danger: boolean}} Notice `spoken`: what of it is said aloud, once */

/** A shorter interruption is not mentioned. */
const QUIET_MS = 1500;

export class ChatBanner extends ChatElement {
  #act = () => {};
  #clock = 0;
  #quiet = 0;
  #wasOpen = false;
  #spoken = "";
  /** When the connection was lost, on the page's clock; several short tries are one interruption. */
  #lostAt = 0;

  /** @param {AbortSignal} signal */
  begin(signal) {
    find(this, ".banner__step", HTMLButtonElement).addEventListener("click", () => this.#act(), { signal });
    link.on("link", (/** @type {LinkReport} */ report) => this.#hear(report), signal);
    signal.addEventListener("abort", () => {
      clearInterval(this.#clock);
      clearTimeout(this.#quiet);
    });
  }

  /** @param {LinkReport} report */
  #hear(report) {
    clearInterval(this.#clock);
    if (report.state === "open") {
      clearTimeout(this.#quiet);
      this.#wasOpen = true;
      this.#lostAt = 0;
      if (!this.matches("[hidden]")) this.#speak(say("The connection is back."));
      this.hidden = true;
      store.connect(true);
      return;
    }
    const trying = report.state === "connecting";
    // The first connection is not a loss, and a loss that is already shown stays shown while the worker reconnects.
    if (trying && (!this.#wasOpen || this.#lostAt)) return;
    if (trying) report = { type: "link", state: "closed", retry_in_seconds: 0 };
    this.#lostAt ||= performance.now();
    clearTimeout(this.#quiet);
    const until = performance.now() + (report.retry_in_seconds ?? 0) * 1000;
    const draw = () => this.#draw(report, Math.ceil((until - performance.now()) / 1000));
    const shown = !this.matches("[hidden]");
    const urgent = shown || report.state !== "closed";
    this.#quiet = window.setTimeout(() => {
      draw();
      if (report.state === "closed" && report.retry_in_seconds) this.#clock = window.setInterval(draw, 1000);
    }, urgent ? 0 : this.#lostAt + QUIET_MS - performance.now());
  }

  /** @param {LinkReport} report @param {number} left seconds to the next try */
  #draw(report, left) {
    store.connect(false);
    const notice = this.#notice(report, left);
    this.hidden = false;
    this.classList.toggle("banner--danger", notice.danger);
    write(find(this, ".banner__text", HTMLElement), notice.text);
    const step = find(this, ".banner__step", HTMLButtonElement);
    step.hidden = !notice.step;
    write(step, notice.step);
    this.#act = notice.act;
    this.#speak(notice.spoken ?? notice.text);
  }

  /** Announce a sentence, but not again at each second of the countdown. @param {string} words */
  #speak(words) {
    if (words !== this.#spoken) announce(words);
    this.#spoken = words;
  }

  /**
   * @param {LinkReport} report
   * @param {number} left
   * @returns {Notice}
   */
  #notice(report, left) {
    const none = () => {};
    const reload = () => location.reload();
    const reason = say(report.reason || "The connection is lost.");
    switch (report.state) {
      case "offline":
        return { text: say("You are offline. Answers keep running and will appear when you reconnect."), step: "", act: none, danger: false };
      case "reload":
        return { text: say("Parley has been updated. Your draft is kept."), step: say("Reload"), act: reload, danger: false };
      case "signed_out":
        return { text: say("You are signed out. Your draft is kept."), step: say("Sign in"), act: reload, danger: true };
      default:
        if (report.retry_in_seconds === undefined) return { text: reason, step: say("Reload"), act: reload, danger: true };
        return {
          text: left > 0 ? say("{reason} Trying again in {seconds}.", { reason, seconds: sayDuration(left) }) : say("{reason} Trying again.", { reason }),
          spoken: reason, step: left > 2 ? say("Try now") : "", act: () => link.retry(), danger: false,
        };
    }
  }
}
