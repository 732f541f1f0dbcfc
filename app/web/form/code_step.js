// code_step: asks for the code from the SMS, until it is right, dead, or the person turns back.

import { CodeField } from "./code_field.js";
import { isOver, writePending } from "./pending.js";
import { Sms } from "./sms.js";

export class CodeStep {
  #form;
  #sms = new Sms();
  #field;
  #pending = null; // what waits for its code
  #isChecking = false;

  constructor(form) {
    const { view } = form;
    this.#form = form;
    this.#field = new CodeField(view, () => this.#submit());
    view.on("code-step", "submit", () => this.#submit());
    view.on("resend", "click", () => this.#resend());
    view.on("change", "click", () => (this.leave(), view.by.number.focus()));
  }

  // An SMS is on its way.
  begin(answer, told) {
    this.#keep({ ...answer, at: Date.now() });
    this.#show(told);
    this.#form.view.by.code.focus();
    this.#form.view.emit("otp:sent", answer);
  }

  // After a refresh, or for another purpose: where that was. A code that is being checked is first heard of.
  resume() {
    if (this.#isChecking) return;
    this.#pending = this.#form.kept.pending;
    if (this.#pending) this.#show();
    else this.#form.number.show();
  }

  leave() {
    this.deafen();
    this.#keep(null);
    this.#form.number.show();
  }

  // Once a second.
  tick() {
    const { view } = this.#form;
    if (!this.#pending || !view.say) return;
    const now = Date.now();
    this.#pending.at = Math.min(this.#pending.at, now); // if the clock was set back, nothing takes longer than was said
    if (isOver(this.#pending, now) && !view.isBusy) this.#over({ code: "expired" });
    else writePending(view, this.#pending, now);
  }

  listen() {
    if (this.#pending && this.#form.host.isConnected) this.#sms.listen((code) => this.#field.take(code));
  }

  deafen() {
    this.#sms.stop();
  }

  #show(told) {
    this.#field.clear(this.#pending.code_length);
    this.#form.view.show("code-step", told);
    this.listen();
    this.tick();
  }

  async #submit() {
    const { view, calls, kept } = this.#form;
    const { code } = view.by;
    const { verification_id, code_length: digits, attempts_left: count } = this.#pending;
    if (!this.#field.isFull) view.tell({ wrong: "code_missing", digits, invalid: code });
    else if (this.#field.isRefused) view.tell({ wrong: "incorrect", count, invalid: code });
    else {
      this.deafen();
      const typed = this.#field.value;
      this.#isChecking = true;
      const check = (how) => calls.verifyCode({ verification_id, code: typed }, how);
      const { answer, problem } = await view.whileBusy("checking", check);
      this.#isChecking = false;
      if (answer) this.#approve(answer, kept);
      else if (kept !== this.#form.kept) this.resume();
      else if (problem) this.#refuse(problem, typed);
    }
  }

  // For the purpose that was asked for, whatever the page wants by now.
  #approve(answer, kept) {
    const { view, number } = this.#form;
    kept.device = answer.device_token;
    kept.pending = this.#pending = null;
    number.forget();
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
    view.tellProblem(problem, view.by.code);
    view.by.code.select(); // the next digit replaces it
    this.listen();
    this.tick();
  }

  async #resend() {
    const { view, calls, number } = this.#form;
    const { verification_id } = this.#pending;
    const phone = number.phone();
    const send = (how) => calls.requestCode({ verification_id }, phone, how);
    const { answer, problem } = await view.whileBusy("sending", send);
    if (answer) this.begin(answer, { said: "sent_again" });
    else if (problem) this.#refuseResend(problem, phone);
  }

  #refuseResend(problem, { phone_number }) {
    const { view } = this.#form;
    const { code, retry_after } = problem;
    // Nobody can show a person for a number that is not here: after a refresh it must be typed again.
    if (code === "no_pending_verification" || (code === "human_check_required" && !phone_number)) {
      this.#over(problem);
      return;
    }
    if (retry_after) this.#keep({ ...this.#pending, resend_in: retry_after + (Date.now() - this.#pending.at) / 1000 });
    view.tellProblem(problem);
    view.by.code.focus();
    this.tick();
  }

  // The code is dead: back to the number.
  #over(problem) {
    this.leave();
    this.#form.view.tellProblem(problem);
  }

  #keep(pending) {
    this.#pending = this.#form.kept.pending = pending;
  }
}
