// number_step: prompts for country and number, and requests a code.

import { optionsOf, regionOf, regionsIn } from "./countries.js";
import { isInternational, plainNumber } from "./digits.js";
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

  // The number as it was typed. Only the fields store it, also while the code is pending, so a refresh clears it.
  phone() {
    const { number, country } = this.#form.view.by;
    const isComplete = isInternational(plainNumber(number.value));
    return { phone_number: number.value.trim(), country: isComplete ? undefined : country.value };
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

  async #submit() {
    const { host, view, calls, state, code } = this.#form;
    const { number } = view.by;
    const phone = this.phone();
    if (!phone.phone_number) {
      view.notify({ error: "number_missing", invalid: number });
      return;
    }
    const body = {
      ...phone,
      purpose: host.getAttribute("purpose") ?? undefined,
      locale: view.language,
      reference: host.getAttribute("reference") ?? undefined,
      device_token: state.device,
    };
    const { answer, problem } = await view.whileBusy("sending", (options) => calls.requestCode(body, phone, options));
    if (answer) code.begin(answer);
    else if (problem) view.showProblem(problem, number);
  }
}
