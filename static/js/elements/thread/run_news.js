/** Announces that an answer starts, that it ends and what went wrong, and nothing in between. */

import { isLive } from "../../state/messages.js";
import { say } from "../../words/words.js";
import { announce } from "../dom.js";
import { faultOf } from "./chat_error.js";

/** @import { Message } from "../../state/types.js" */

export class RunNews {
  /** @type {Map<number, string>} the last announced status of each run */
  #announced = new Map();

  /** Call it when another conversation is shown. */
  clear() {
    this.#announced.clear();
  }

  /** @param {Message[]} messages */
  tell(messages) {
    for (const message of messages) {
      const { run } = message;
      if (!run) continue;
      const status = run.status === "waiting" ? "waiting" : isLive(run) ? "live" : run.status;
      const before = this.#announced.get(run.id);
      this.#announced.set(run.id, status);
      if (before === status || (before === undefined && !isLive(run))) continue;
      if (status === "waiting") announce(say("The model wants to run a tool and is waiting for approval."));
      else if (before === "waiting" && status === "live") continue;
      else if (status === "live") announce(say("The answer has started."));
      else announce(faultOf(message)?.what ?? (status === "stopped" ? say("The answer was stopped.") : say("The answer is complete.")));
    }
  }
}
