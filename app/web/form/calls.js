// calls: what the form asks the service. It gives {answer}, or {problem}; it never throws.

import { solve } from "./altcha.js";

const LONGEST = 15_000; // milliseconds, on the slowest network; then the person is told

// `isOpen` says that nobody knows whether it was done.
async function fetchAnswer(address, { signal, ...options } = {}) {
  const ends = new AbortController();
  const end = () => ends.abort();
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", end);
    setTimeout(end, LONGEST);
    const response = await fetch(address, { ...options, signal: ends.signal });
    // A proxy's refusal may be HTML; a success that cannot be read is as good as none.
    const said = await response.json().catch((error) => (response.ok ? Promise.reject(error) : {}));
    if (response.ok) return { answer: said };
    const retry_after = Number(response.headers.get("retry-after")) || undefined;
    return { problem: { retry_after, ...said }, isOpen: response.status >= 500 };
  } catch {
    return { problem: { code: "offline" }, isOpen: true };
  }
}

export class Calls {
  #host;
  #open = {}; // the last call, while nobody knows whether it was done
  #shown = {}; // a token that shows a person, and what it is for

  constructor(host) {
    this.#host = host;
  }

  // The words of a language, if they come; English is inside.
  async words(language) {
    return language === "en" ? {} : (await this.#fetch(`otp-form/${language}.json`)).answer;
  }

  verifyCode(body, { signal }) {
    return this.#call("v1/verify-code", body, signal);
  }

  // Asks for a code; once more, as a person, where the service wants to see one: most do not.
  async requestCode(body, phone, { signal, says }) {
    const asking = JSON.stringify(body);
    // The work that was done for an answer that got lost is not done again, and under another key would buy nothing.
    if (this.#shown.asking !== asking) this.#shown = {};
    const ask = () => this.#call("v1/request-code", { ...body, human_check: this.#shown.token }, signal);
    const first = await ask();
    // A check is bound to the number, which is not here any more after a refresh.
    if (!/^human_check_/.test(first.problem?.code) || !phone.phone_number) return first;
    says("human_wait");
    const { token, problem } = await this.#showPerson(phone, signal);
    if (problem) return { problem };
    this.#shown = { asking, token };
    return ask();
  }

  async #showPerson({ phone_number, country }, signal) {
    const headers = { "otp-phone-number": phone_number, ...(country && { "otp-country": country }) };
    const { answer, problem } = await this.#fetch("v1/human-check", { headers, signal });
    if (problem) return { problem };
    try {
      const { provider, challenge } = answer;
      const token = provider === "altcha" ? await solve(challenge, signal) : await this.#host.humanCheck(answer);
      if (token) return { token };
    } catch {
      // The page has no check, or it failed: nobody was seen.
    }
    return { problem: { code: "human_check_failed" } };
  }

  // Under the same key a call that is made again is answered again, and done once: no second SMS, no lost proof.
  async #call(path, body, signal) {
    const json = JSON.stringify(body);
    if (this.#open.json !== json) this.#open = { json, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
    const headers = {
      authorization: `Bearer ${this.#host.getAttribute("publishable-key")}`,
      "content-type": "application/json",
      "idempotency-key": this.#open.key,
    };
    const result = await this.#fetch(path, { method: "POST", headers, body: json, signal });
    if (!result.isOpen) this.#open = {};
    return result;
  }

  // The parts are one script when they are served: its address is where the service is.
  #fetch(path, options) {
    const service = this.#host.getAttribute("service") || ".";
    try {
      const address = new URL(path, new URL(service.replace(/\/?$/, "/"), import.meta.url));
      return fetchAnswer(address, options);
    } catch {
      return { problem: { code: "misconfigured" } };
    }
  }
}
