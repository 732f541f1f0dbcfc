// code_step: prompts for the code from the SMS, until it is approved, ends, or the user goes back.

import { CodeField } from "./code_field.js";
import { isOver, writePending } from "./pending.js";
import { Sms } from "./sms.js";

export class CodeStep {
  #form;
  #sms = new Sms();
  #field;
  #pending = null; // the pending verification
  #isChecking = false;

  constructor(form) {
    const { view } = form;
    this.#form = form;
    this.#field = new CodeField(view, () => this.#submit());
    view.on("code-step", "submit", () => this.#submit());
    view.on("resend", "click", () => this.#resend());
    view.on("change", "click", () => (this.leave(), view.by.number.focus()));
  }

  // Starts the step after an SMS was sent.
  begin(answer, notice) {
    this.#keep({ ...answer, at: Date.now() });
    this.#show(notice);
    this.#form.view.by.code.focus();
    this.#form.view.emit("otp:sent", answer);
  }

  // Restores the step after a refresh or a change of purpose. A check in progress finishes first.
  resume() {
    if (this.#isChecking) return;
    this.#pending = this.#form.state.pending;
    if (this.#pending) this.#show();
    else this.#form.number.show();
  }

  leave() {
    this.stop();
    this.#keep(null);
    this.#form.number.show();
  }

  // Once a second.
  tick() {
    const { view } = this.#form;
    if (!this.#pending || !view.translate) return;
    const now = Date.now();
    this.#pending.at = Math.min(this.#pending.at, now); // if the clock is set back, no countdown gets longer
    if (isOver(this.#pending, now) && !view.isBusy) this.#over({ code: "expired" });
    else writePending(view, this.#pending, now);
  }

  listen() {
    if (this.#pending && this.#form.host.isConnected) this.#sms.listen((code) => this.#field.take(code));
  }

  stop() {
    this.#sms.stop();
  }

  #show(notice) {
    this.#field.clear(this.#pending.code_length);
    this.#form.view.show("code-step", notice);
    this.listen();
    this.tick();
  }

  async #submit() {
    const { view, calls, state } = this.#form;
    const { code } = view.by;
    const { verification_id, code_length: digits, attempts_left: count } = this.#pending;
    if (!this.#field.isFull) view.notify({ error: "code_missing", digits, invalid: code });
    else if (this.#field.isRefused) view.notify({ error: "incorrect", count, invalid: code });
    else {
      this.stop();
      const typed = this.#field.value;
      this.#isChecking = true;
      const check = (options) => calls.verifyCode({ verification_id, code: typed }, options);
      const { answer, problem } = await view.whileBusy("checking", check);
      this.#isChecking = false;
      if (answer) this.#approve(answer, state);
      else if (state !== this.#form.state) this.resume();
      else if (problem) this.#refuse(problem, typed);
    }
  }

  // For the purpose of the request, even if the page has changed it since.
  #approve(answer, state) {
    const { view, number } = this.#form;
    state.device = answer.device_token;
    state.pending = this.#pending = null;
    number.clear();
    view.show("done");
    view.by.done.focus();
    view.emit("otp:approved", answer);
  }

  #refuse(problem, typed) {
    const { view } = this.#form;
    const { code, attempts_left } = problem;
    if (["no_pending_verification", "too_many_attempts"].includes(code) || attempts_left === 0) {
      this.#over(problem);
      return;
    }
    if (code === "incorrect_code") {
      this.#field.refuse(typed);
      this.#keep({ ...this.#pending, attempts_left });
    }
    view.showProblem(problem, view.by.code);
    view.by.code.select(); // so the next digit replaces it
    this.listen();
    this.tick();
  }

  async #resend() {
    const { view, calls, number } = this.#form;
    const { verification_id } = this.#pending;
    const phone = number.phone();
    const send = (options) => calls.requestCode({ verification_id }, phone, options);
    const { answer, problem } = await view.whileBusy("sending", send);
    if (answer) this.begin(answer, { status: "sent_again" });
    else if (problem) this.#refuseResend(problem, phone);
  }

  #refuseResend(problem, { phone_number }) {
    const { view } = this.#form;
    const { code, retry_after } = problem;
    // A human check needs the number, which must be typed again after a refresh.
    if (code === "no_pending_verification" || (code === "human_check_required" && !phone_number)) {
      this.#over(problem);
      return;
    }
    if (retry_after) this.#keep({ ...this.#pending, resend_in: retry_after + (Date.now() - this.#pending.at) / 1000 });
    view.showProblem(problem);
    view.by.code.focus();
    this.tick();
  }

  // The verification has ended: back to the number.
  #over(problem) {
    this.leave();
    this.#form.view.showProblem(problem);
  }

  #keep(pending) {
    this.#pending = this.#form.state.pending = pending;
  }
}
