// code_step: prompts for the code from the SMS, until it is approved, ends, or the user goes back.

import { CodeField } from "./code_field.js";
import { isOver } from "./pending.js";
import { writePending } from "./pending_view.js";
import { forget, recall, remember } from "./sent_codes.js";
import { Sms } from "./sms.js";

export class CodeStep {
  pending = null; // the pending verification
  #form;
  #sms = new Sms();
  #field;
  #isChecking = false;

  constructor(form) {
    const { view } = form;
    this.#form = form;
    this.#field = new CodeField(view, () => this.#submit());
    view.on("code-step", "submit", () => this.#submit());
    view.on("change", "click", () => (this.leave(), view.by.number.focus()));
  }

  // Starts the step after an SMS was sent. `known` is what only this page knows of the code.
  begin(answer, notice, known) {
    const { isTried } = recall(answer).pending ?? this.pending ?? {};
    this.show({ ...answer, isTried, at: performance.now() }, notice, known);
    this.#form.view.emit("otp:sent", answer);
  }

  // Shows a pending verification, with an empty field.
  show(pending, notice, known) {
    this.#keep(pending, known);
    this.#show(notice);
    this.#form.view.by.code.focus();
  }

  // After a failed resend: what was typed stays.
  keep(pending) {
    if (!this.pending) this.show(pending);
    this.#keep(pending);
    this.tick();
  }

  // Restores the step after a reload or a change of purpose. A check in progress finishes first.
  resume() {
    if (this.#isChecking) return;
    this.pending = this.#form.state.pending;
    if (this.pending) this.#show();
    else this.#form.number.show();
  }

  // To the number. The code stays valid, and this page remembers it.
  leave() {
    this.stop();
    this.#keep(null);
    this.#form.number.show();
  }

  // The verification has ended: back to the number.
  end(problem) {
    forget(this.pending);
    this.leave();
    this.#form.view.showProblem(problem);
  }

  // Once a second.
  tick() {
    const { view } = this.#form;
    if (!this.pending || !view.translate) return;
    if (isOver(this.pending) && !view.isBusy) this.end({ code: "expired" });
    else writePending(view, this.pending);
  }

  listen() {
    if (this.pending && this.#form.host.isConnected) this.#sms.listen((code) => this.#field.take(code));
  }

  stop() {
    this.#sms.stop();
  }

  #show(notice) {
    this.#field.clear(this.pending.code_length);
    this.#form.view.show("code-step", notice);
    this.listen();
    this.tick();
  }

  async #submit() {
    const { view, calls, state } = this.#form;
    const { code } = view.by;
    const { verification_id, code_length: digits, attempts_left: count } = this.pending;
    if (!this.#field.isFull) view.notify({ error: "code_missing", digits, invalid: code });
    else if (this.#field.isRefused) view.notify({ error: "incorrect", count, invalid: code });
    else {
      this.stop();
      const typed = this.#field.value;
      this.#isChecking = true;
      const check = (options) => calls.verifyCode({ verification_id, code: typed }, options);
      const { answer, problem } = await view.whileBusy("checking", "check", check);
      this.#isChecking = false;
      if (answer) this.#approve(answer, state);
      else if (state !== this.#form.state) this.resume();
      else if (problem) this.#refuse(problem, typed);
    }
  }

  // For the purpose of the request, even if the page has changed it since.
  #approve(answer, state) {
    const { view, number } = this.#form;
    forget(answer);
    state.device = answer.device_token;
    state.pending = this.pending = null;
    number.clear();
    view.show("done");
    view.by.done.focus();
    view.emit("otp:approved", answer);
  }

  #refuse(problem, typed) {
    const { view } = this.#form;
    const { code, attempts_left } = problem;
    if (["no_pending_verification", "too_many_attempts"].includes(code) || attempts_left === 0) {
      this.end(problem);
      return;
    }
    if (code === "incorrect_code") {
      this.#field.refuse(typed);
      this.#keep({ ...this.pending, attempts_left, isTried: true });
    }
    view.showProblem(problem, view.by.code);
    view.by.code.select(); // so the next digit replaces it
    this.listen();
    this.tick();
  }

  #keep(pending, known) {
    if (pending) remember(pending, known);
    this.pending = this.#form.state.pending = pending;
  }
}
