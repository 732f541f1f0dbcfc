// <otp-form>: asks for a mobile number, then for the code from the SMS, and hands the page a proof.
//
// The service puts this file and all that it imports together, and serves them as one script (app/web/form.py).

import { Calls } from "./calls.js";
import { CodeStep } from "./code_step.js";
import { Kept } from "./kept.js";
import { NumberStep } from "./number_step.js";
import { View } from "./view.js";
import { closestOf } from "./words.js";

class OtpForm extends HTMLElement {
  static observedAttributes = ["publishable-key", "purpose", "reference", "country", "countries", "locale", "service"];

  #form = null; // its parts, which know each other by these names
  #language = ""; // the one that is wanted; its words may still be on their way
  #timer = 0;

  connectedCallback() {
    if (!this.#form) this.#build();
    this.#timer = setInterval(() => this.#form.code.tick(), 1000);
    this.#speak();
    this.#form.code.listen();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#form.code.deafen();
    // Frameworks move elements about: one that is back at once goes on with what it does.
    queueMicrotask(() => this.isConnected || this.#form.view.stop());
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#form || before === now) return;
    if (["publishable-key", "purpose"].includes(name)) this.#form.code.resume();
    if (name === "country") this.#form.number.forgetCountry(); // and so the one that is named now is likeliest
    this.#speak();
  }

  // Back to the first step, as if nothing had been typed.
  reset() {
    this.#form?.number.forget();
    this.#form?.code.leave();
  }

  #build() {
    const form = { host: this, view: new View(this), calls: new Calls(this), kept: new Kept(this) };
    form.number = new NumberStep(form);
    form.code = new CodeStep(form);
    form.code.resume();
    this.#form = form;
  }

  async #speak() {
    const { view, calls, number, code } = this.#form;
    const near = this.closest("[lang]") ?? document.documentElement;
    const language = closestOf([this.getAttribute("locale"), near.lang, ...navigator.languages]);
    this.#language = language;
    const words = await calls.words(language);
    if (language !== this.#language) return; // another one is wanted by now
    view.speak(language, words);
    number.offerCountries();
    code.tick();
  }
}

if (!customElements.get("otp-form")) customElements.define("otp-form", OtpForm);
