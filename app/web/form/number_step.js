// number_step: asks for the country and the number, and sends for a code.

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

  // The number stays as it was typed, to be mended.
  show() {
    this.#form.view.show("number-step");
  }

  // What was typed. It stands in the fields only, while the code is awaited too; so after a refresh it is not there.
  phone() {
    const { number, country } = this.#form.view.by;
    const phone_number = plainNumber(number.value);
    return { phone_number, country: isInternational(phone_number) ? undefined : country.value };
  }

  forgetCountry() {
    this.#form.view.by.country.value = "";
  }

  forget() {
    this.#form.view.by.number.value = "";
  }

  // Whom the page names first, then whom the languages of browser and form suggest; of one alone nobody is asked.
  // What is chosen already stays.
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

  // A number that begins with its calling code chooses the country.
  #follow() {
    const { country, number } = this.#form.view.by;
    const found = regionOf(plainNumber(number.value), country.value);
    if (country.querySelector(`[value="${found}"]`)) country.value = found;
  }

  async #submit() {
    const { host, view, calls, kept, code } = this.#form;
    const { number } = view.by;
    const phone = this.phone();
    if (!phone.phone_number) {
      view.tell({ wrong: "number_missing", invalid: number });
      return;
    }
    const body = {
      ...phone,
      purpose: host.getAttribute("purpose") ?? undefined,
      locale: view.language,
      reference: host.getAttribute("reference") ?? undefined,
      device_token: kept.device,
    };
    const { answer, problem } = await view.whileBusy("sending", (how) => calls.requestCode(body, phone, how));
    if (answer) code.begin(answer);
    else if (problem) view.tellProblem(problem, number);
  }
}
