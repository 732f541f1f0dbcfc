// number_step: prompts for country and number, and requests a code.

import { optionsOf, regionOf, regionsIn } from "./countries.js";
import { isInternational, plainNumber } from "./digits.js";
import { findSent } from "./sent_codes.js";
import { localesOf } from "./words.js";

export class NumberStep {
  #form;

  constructor(form) {
    const { view } = form;
    this.#form = form;
    view.on("number-step", "submit", () => this.#submit());
    view.by.number.addEventListener("input", () => this.#follow());
  }

  // The typed number stays, so the user can correct it.
  show() {
    this.#form.view.show("number-step");
  }

  clearCountry() {
    this.#form.view.by.country.value = "";
  }

  clear() {
    this.#form.view.by.number.value = "";
  }

  // Prefers the country of the page, then those that the languages of browser and form suggest; hides the list if it
  // has one country. A chosen country stays.
  offerCountries() {
    const { host, view } = this.#form;
    const { country, where } = view.by;
    const offered = regionsIn(host.getAttribute("countries"));
    const options = optionsOf(offered, view.language);
    const locales = localesOf([...navigator.languages, new Intl.Locale(view.language).maximize()]);
    const named = [country.value, host.getAttribute("country")?.toUpperCase()];
    const likely = [...named, ...locales.map(({ region }) => region)];
    country.replaceChildren(...options);
    country.value = likely.find((region) => offered.includes(region)) ?? options[0].value;
    where.hidden = offered.length === 1;
  }

  // A number with a calling code selects the country.
  #follow() {
    const { country, number } = this.#form.view.by;
    const found = regionOf(plainNumber(number.value), country.value);
    if (country.querySelector(`[value="${found}"]`)) country.value = found;
  }

  // The number as it was typed.
  #phone() {
    const { number, country } = this.#form.view.by;
    const isComplete = isInternational(plainNumber(number.value));
    return { phone_number: number.value.trim(), country: isComplete ? undefined : country.value };
  }

  // Requests a code. If one is pending for the number, that one is sent again: another would make it a wrong code.
  async #submit() {
    const { host, view, resend } = this.#form;
    const { number } = view.by;
    const phone = this.#phone();
    if (!phone.phone_number) {
      view.notify({ error: "number_missing", invalid: number });
      return;
    }
    const names = ["publishable-key", "purpose", "reference", "service"];
    const known = { phone, scope: names.map((name) => host.getAttribute(name)).join() };
    const sent = findSent(known);
    if (!sent || !(await resend.resume(sent))) await this.#request(known);
  }

  async #request(known) {
    const { host, view, calls, state, code } = this.#form;
    const { phone } = known;
    const body = {
      ...phone,
      purpose: host.getAttribute("purpose") ?? undefined,
      locale: view.language,
      reference: host.getAttribute("reference") ?? undefined,
      device_token: state.device,
    };
    const send = (options) => calls.requestCode(body, phone, options);
    const { answer, problem } = await view.whileBusy("sending", "send", send);
    if (answer) code.begin(answer, {}, known);
    else if (problem) view.showProblem(problem, view.by.number);
  }
}
