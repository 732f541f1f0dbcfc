// <otp-form>: asks for a mobile number, then for the code from the SMS, and hands the page a proof.
//
// The service puts this file and all that it imports together, and serves them as one script (app/web/form.py).

import { Calls } from "./calls.js";
import { CodeStep } from "./code_step.js";
import { Kept } from "./kept.js";
import { NumberStep } from "./number_step.js";
import { View } from "./view.js";
import { closestOf, languageAround } from "./words.js";

const PATIENCE = 2_000; // milliseconds that a person looks at nothing, while words do not come

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
    if (["publishable-key", "purpose"].includes(name)) this.#resume();
    else if (name === "country") this.#form.number.forgetCountry(); // and so the one that is named now is likeliest
    if (/^(locale|countr|service)/.test(name)) this.#speak();
  }

  // Back to the first step, as if nothing had been typed.
  reset() {
    this.#form?.number.forget();
    this.#form?.code.leave();
  }

  #build() {
    const form = { host: this, view: new View(this), calls: new Calls(this) };
    form.number = new NumberStep(form);
    form.code = new CodeStep(form);
    this.#form = form;
    this.#resume();
  }

  #resume() {
    this.#form.kept = new Kept(this);
    this.#form.code.resume();
  }

  async #speak() {
    const language = closestOf([this.getAttribute("locale"), languageAround(this), ...navigator.languages]);
    this.#language = language;
    setTimeout(() => this.#say("en"), PATIENCE);
    const words = await this.#form.calls.words(language);
    if (language === this.#language) this.#say(words ? language : "en", words); // else another one is wanted by now
  }

  // Without words it is English, if the form is silent still.
  #say(language, words) {
    const { view, number, code } = this.#form;
    if (view.say && !words) return;
    view.speak(language, words ?? {});
    number.offerCountries();
    code.tick();
  }
}

if (!customElements.get("otp-form")) customElements.define("otp-form", OtpForm);
