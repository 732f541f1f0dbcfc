// <otp-form>: prompts for a mobile number, then for the code from the SMS, and passes a proof to the page.
//
// The service bundles this file and all its imports into one script (app/web/form.py).

import { Calls } from "./calls.js";
import { CodeStep } from "./code_step.js";
import { NumberStep } from "./number_step.js";
import { logProblem } from "./problems.js";
import { Resend } from "./resend.js";
import { State } from "./state.js";
import { View } from "./view.js";
import { closestOf, languageAround } from "./words.js";

const FALLBACK_DELAY = 2_000; // milliseconds without text before the form shows English

class OtpForm extends HTMLElement {
  static observedAttributes = ["publishable-key", "purpose", "reference", "country", "countries", "locale", "service"];

  #form = null; // its components, which reach each other by these names
  #language = ""; // the requested one; its texts may still be loading
  #timer = 0;

  connectedCallback() {
    if (!this.#form) this.#build();
    this.#timer = setInterval(() => this.#form.code.tick(), 1000);
    this.#loadWords();
    this.#form.code.listen();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#form.code.stop();
    // Frameworks move elements: an element that is attached again at once continues.
    queueMicrotask(() => this.isConnected || this.#form.view.stop());
  }

  attributeChangedCallback(name, before, now) {
    if (!this.#form || before === now) return;
    if (["publishable-key", "purpose"].includes(name)) this.#resume();
    else if (name === "country") this.#form.number.clearCountry(); // so the new attribute wins
    if (/^(locale|countr|service)/.test(name)) this.#loadWords();
  }

  // Returns to the first step, with empty fields.
  reset() {
    this.#form?.number.clear();
    this.#form?.code.leave();
  }

  #build() {
    const form = { host: this, view: new View(this), calls: new Calls(this) };
    form.number = new NumberStep(form);
    form.code = new CodeStep(form);
    form.resend = new Resend(form);
    this.#form = form;
    this.#resume();
  }

  #resume() {
    this.#form.state = new State(this);
    this.#form.code.resume();
  }

  async #loadWords() {
    const language = closestOf([this.getAttribute("locale"), languageAround(this), ...navigator.languages]);
    this.#language = language;
    setTimeout(() => this.#setWords("en"), FALLBACK_DELAY);
    const words = await this.#form.calls.words(language);
    const { mistake } = this.#form.calls; // frameworks have set the attributes by now
    if (mistake) logProblem(mistake);
    if (language === this.#language) this.#setWords(words ? language : "en", words); // else it changed since
  }

  // Without texts, shows English if nothing is shown yet.
  #setWords(language, words) {
    const { view, number, code } = this.#form;
    if (view.translate && !words) return;
    view.setLanguage(language, words ?? {});
    number.offerCountries();
    code.tick();
  }
}

if (!customElements.get("otp-form")) customElements.define("otp-form", OtpForm);
