// calls: requests to the service. Each returns {answer} or {problem}, and never throws.

import { solve } from "./altcha.js";

// `isOpen` means that the outcome of the call is unknown.
async function fetchAnswer(address, { signal, ...options } = {}) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  try {
    signal?.throwIfAborted();
    signal?.addEventListener("abort", abort);
    setTimeout(abort, 15_000); // milliseconds, for the slowest network; then the form shows a problem
    const response = await fetch(address, { ...options, signal: controller.signal });
    // A proxy may answer an error in HTML; a success that cannot be parsed counts as a failure.
    const body = await response.json().catch((error) => (response.ok ? Promise.reject(error) : {}));
    if (response.ok) return { answer: body };
    const retry_after = Number(response.headers.get("retry-after")) || undefined;
    return { problem: { retry_after, ...body }, isOpen: response.status >= 500 };
  } catch {
    // For developers: a browser does not tell a script why a call failed.
    const detail = "No answer. Check the origins of the app, and the connect-src of this page.";
    return { problem: { code: "offline", detail }, isOpen: true };
  }
}

export class Calls {
  #host;
  #open = {}; // path -> its last call, while the outcome is unknown
  #checked = {}; // a human check token, and the request that it is for

  constructor(host) {
    this.#host = host;
  }

  // The texts of a language, or undefined if they do not load; English is bundled.
  async words(language) {
    return language === "en" ? {} : (await this.#fetch(`otp-form/${language}.json`)).answer;
  }

  // A mistake of the page that needs no call to be found.
  get mistake() {
    const problem = { code: "misconfigured", detail: "The attribute publishable-key is missing." };
    return this.#host.getAttribute("publishable-key") ? undefined : problem;
  }

  verifyCode(body, { signal }) {
    return this.#call("v1/verify-code", body, signal);
  }

  // Requests a code; repeats the request with a human check token if the service requires one of more work.
  async requestCode(body, phone, { signal, notify }, done = 0) {
    const json = JSON.stringify(body);
    // A lost answer is requested again with the same token: a new one would change the body and the idempotency key.
    if (this.#checked.json !== json) this.#checked = {};
    const result = await this.#call("v1/request-code", { ...body, human_check: this.#checked.token }, signal);
    const { code, work = 1 } = { ...result.problem };
    // A check is bound to the number, which a reload forgets. Another one is solved only where it takes more work.
    if (!/^human_check_/.test(code) || !phone || work <= done) return result;
    notify("human_wait");
    const { token, problem } = await this.#solve(phone, work, signal);
    if (problem) return { problem };
    this.#checked = { json, token };
    return this.requestCode(body, phone, { signal, notify }, work);
  }

  async #solve({ phone_number, country }, work, signal) {
    const headers = { "otp-phone-number": phone_number, ...(country && { "otp-country": country }) };
    const { answer, problem } = await this.#fetch(`v1/human-check?work=${work}`, { headers, signal });
    if (problem) return { problem };
    try {
      const { provider, challenge } = answer;
      const token = provider === "altcha" ? await solve(challenge, signal) : await this.#host.humanCheck(answer);
      if (token) return { token };
    } catch {
      // The page has no check, or it failed.
    }
    return { problem: { code: "human_check_failed", detail: "The humanCheck of this page gave no token." } };
  }

  // A repeated call uses the same idempotency key, so it is executed once: no second SMS, no lost proof.
  async #call(path, body, signal) {
    if (this.mistake) return { problem: this.mistake };
    const json = JSON.stringify(body);
    if (this.#open[path]?.json !== json) {
      this.#open[path] = { json, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
    }
    const headers = {
      authorization: `Bearer ${this.#host.getAttribute("publishable-key")}`,
      "content-type": "application/json",
      "idempotency-key": this.#open[path].key,
    };
    const result = await this.#fetch(path, { method: "POST", headers, body: json, signal });
    if (!result.isOpen) delete this.#open[path];
    return result;
  }

  // The parts are served as one script, so the URL of the script is the URL of the service.
  #fetch(path, options) {
    const service = this.#host.getAttribute("service") || ".";
    try {
      const address = new URL(path, new URL(service.replace(/\/?$/, "/"), import.meta.url));
      return fetchAnswer(address, options);
    } catch {
      return { problem: { code: "misconfigured", detail: "The attribute service is not a URL." } };
    }
  }
}
