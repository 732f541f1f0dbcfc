// resend: sends the code of a pending verification again. A second code would make the first one wrong, whose SMS may
// still arrive.

import { waitOf } from "./pending.js";
import { forget, recall } from "./sent_codes.js";

export class Resend {
  #form;

  constructor(form) {
    const { view, code } = form;
    this.#form = form;
    view.on("resend", "click", () => this.#resend(code.pending));
  }

  // For a number that was entered again. Returns false if its verification has ended, so that a new one is needed.
  async resume(pending) {
    const wait = waitOf(pending) / 1000;
    if (wait > 0) {
      const status = wait < Infinity ? ["sent_before", "again_in"] : "sent_before";
      this.#form.code.show(pending, { status, wait });
      return true;
    }
    const problem = await this.#send(pending, "send");
    const isOver = problem?.code === "no_pending_verification";
    if (isOver) forget(pending);
    else if (problem) this.#refuse(pending, problem);
    return !isOver;
  }

  async #resend(pending) {
    const problem = await this.#send(pending, "resend");
    // A human check needs the number, which must be typed again after a reload.
    const isLost = problem?.code === "human_check_required" && !recall(pending).phone;
    if (isLost || problem?.code === "no_pending_verification") this.#form.code.end(problem);
    else if (problem) this.#refuse(pending, problem);
  }

  // Returns the problem, if there is one.
  async #send(pending, button) {
    const { view, calls, code } = this.#form;
    const { verification_id } = pending;
    const send = (options) => calls.requestCode({ verification_id }, recall(pending).phone, options);
    const { answer, problem } = await view.whileBusy("sending", button, send);
    if (answer) code.begin(answer, { status: "sent_again" });
    return problem;
  }

  // The code that was sent stays valid.
  #refuse(pending, problem) {
    const { view, code } = this.#form;
    const { retry_after: seconds } = problem;
    code.keep(seconds ? { ...pending, resend_in: seconds + (performance.now() - pending.at) / 1000 } : pending);
    view.showProblem(problem);
    view.by.code.focus();
  }
}
