// <otp-form>: asks for a mobile number, then for the code from the SMS, and hands the page a proof.
//
// One file, longer than our others: a page loads it by one tag, and nothing is built. The element is at its end.

const ENGLISH = {
  country_label: "Country or region",
  number_label: "Mobile number",
  send: "Send code",
  sending: "Sending …",
  sent_to: "We sent a code of {digits} digits to {number}.",
  code_label: "Code from the SMS",
  check: "Confirm",
  checking: "Checking …",
  expires_in: "Expires in {clock}.",
  attempts: "Attempts left: {count}.",
  resend: "Send again",
  resend_in: "Send again in {clock}",
  no_more: "No more SMS",
  sent_again: "We sent the code again.",
  change: "Other number",
  approved: "Your number is confirmed.",
  number_missing: "Please type your mobile number.",
  code_missing: "Please type the {digits} digits from the SMS.",
  incorrect: "That is not the code. Attempts left: {count}.",
  incorrect_last: "That is not the code, and it was the last attempt. Please ask for a new code.",
  expired: "The code has expired. Please ask for a new one.",
  over: "This code does not work any more. Please ask for a new one.",
  too_many: "Too many wrong codes. You can ask for a new one {wait}.",
  rate_limited: "That was often in a short time. Please try again {wait}.",
  invalid_number: "This number cannot receive an SMS. Please check it.",
  not_allowed: "We do not send SMS to this country or kind of number.",
  blocked: "We do not send SMS to this number.",
  human: "We could not see that a person asks. Please try again.",
  human_wait: "One moment: we make sure that a person asks …",
  misconfigured: "This page may not use the service.",
  unavailable: "The service is busy. Please try again {wait}.",
  offline: "We cannot reach the service. Check your connection and try again.",
  invalid: "Please check what you typed.",
  bug: "Something went wrong on our side. Please try again.",
};

// A problem's code -> our word for it, where they differ.
const WORD_OF = {
  too_many_attempts: "too_many",
  no_pending_verification: "over",
  invalid_phone_number: "invalid_number",
  invalid_request: "invalid",
  destination_not_allowed: "not_allowed",
  destination_blocked: "blocked",
  human_check_required: "human",
  human_check_failed: "human",
  unauthorized: "misconfigured",
  forbidden: "misconfigured",
  not_found: "misconfigured",
  temporarily_unavailable: "unavailable",
};

const LANGUAGES =
  "en nl de fr es pt pt-BR it pl cs hu ro el ru uk tr ar he fa ur hi bn id ms fil vi th zh-Hans zh-Hant ja ko sv da nb fi";

// Calling codes (left out: one more than the last) and their regions, the largest first.
const CALLING_CODES = `
  USAGAIASBBBMBSCADMDOGDGUJMKNKYLCMPMSPRSXTCTTVCVGVI 7RUKZ 20EG 27ZA 30GR NL BE FR ES 36HU 39ITVA RO CH 43AT
  GBGGIMJE DK SE NOSJ PL DE 51PE MX CU AR BR CL CO VE 60MY AUCCCX ID PH NZ SG TH 81JP KR 84VN 86CN 90TR IN PK AF LK
  MM 98IR 211SS MAEH DZ 216TN 218LY 220GM SN MR ML GN CI BF NE TG BJ MU LR SL GH NG TD CF CM CV ST GQ GA CG CD AO GW
  IO AC SC SD RW ET SO DJ KE TZ UG BI MZ 260ZM MG REYT ZW NA MW LS BW SZ KM 290SHTA ER 297AW FO GL 350GI PT LU IE IS
  AL MT CY FIAX BG 370LT LV EE MD AM BY AD MC SM 380UA RS ME XK 385HR SI BA 389MK 420CZ SK 423LI 500FK BZ GT SV HN
  NI CR PA PM HT 590GPBLMF BO GY EC GF PY MQ SR UY CWBQ 670TL 672NF BN NR PG TO SB VU FJ PW WF CK NU 685WS KI NC TV
  PF TK FM MH 850KP 852HK MO 855KH LA 880BD 886TW 960MV LB JO SY IQ KW SA YE OM 970PS AE IL BH QA BT MN NP 992TJ TM
  AZ GE KG 998UZ`;
const CODE_OF = new Map(); // region -> calling code
let next = 0;
for (const [, code, regions] of CALLING_CODES.matchAll(/(\d*)([A-Z]+)/g)) {
  next = Number(code || next + 1);
  for (const region of regions.match(/../g)) CODE_OF.set(region, `${next}`);
}

// The code is one field, for phones fill in one; its boxes are only drawn.
const PARTS = `
  <div id="whole" hidden>
    <p id="wrong" role="alert"></p>
    <form id="number-step">
      <div id="where">
        <label for="country" data-word="country_label"></label>
        <div id="choice"><select id="country" part="input" autocomplete="country"></select></div>
      </div>
      <label for="number" data-word="number_label"></label>
      <input id="number" part="input" type="tel" autocomplete="tel" inputmode="tel" dir="ltr" aria-describedby="wrong">
      <button part="button" data-word="send"></button>
    </form>
    <form id="code-step">
      <p id="sent"></p>
      <label for="code" data-word="code_label"></label>
      <div id="boxed">
        <div id="boxes"></div>
        <input id="code" part="input" autocomplete="one-time-code" inputmode="numeric" dir="ltr" aria-describedby="sent wrong">
      </div>
      <p class="row"><span id="expiry"></span> <span id="left"></span></p>
      <button part="button" data-word="check"></button>
      <div class="row"><button type="button" id="resend" part="link"></button>
        <button type="button" id="change" part="link" data-word="change"></button></div>
    </form>
    <p id="done" tabindex="-1" data-word="approved"></p>
    <p id="said" role="status"></p>
  </div>`;

// Light or dark, as the page's `color-scheme` says.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
  :host { display: block; }
  [hidden] { display: none !important; }
  * { box-sizing: border-box; }
  #whole {
    --accent: var(--otp-accent, light-dark(#2f5fd0, #8db0ff));
    --accent-ink: var(--otp-accent-ink, light-dark(#fff, #0d1526));
    --ink: var(--otp-ink, light-dark(#1a1f2b, #e7eaf1));
    --quiet: var(--otp-quiet, light-dark(#5a6376, #a0a9bb));
    --paper: var(--otp-paper, light-dark(#fff, #191e28));
    --field: var(--otp-field, light-dark(#858fa3, #6f7a90));
    --bad: var(--otp-bad, light-dark(#ab2328, #ff9c9c));
    --bad-soft: var(--otp-bad-soft, light-dark(#fdebeb, #3a1d20));
    color: var(--ink);
    font-family: var(--otp-font, inherit);
    line-height: 1.5;
    max-width: 24rem;
    text-align: start;
  }
  p { margin: 0 0 1rem; overflow-wrap: anywhere; }
  label { display: block; font-weight: 600; margin-bottom: 0.375rem; }
  #wrong, input, select, button, i { border: 1px solid; border-radius: var(--otp-radius, 0.625rem); padding: 0.625rem 0.875rem; }
  #wrong { background: var(--bad-soft); color: var(--bad); }
  #wrong:empty { display: none; }

  input, select, button { color: inherit; font: inherit; min-height: 3rem; width: 100%; }
  input, select { font-size: max(1em, 16px); } /* below, an iPhone zooms in */
  input, select, i, option { background: var(--paper); border-color: var(--field); }
  [aria-invalid="true"] { border-color: var(--bad); }
  :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
  #choice { margin-bottom: 1rem; position: relative; }
  #country { appearance: none; padding-inline-end: 2.5rem; }
  #choice::after { content: "▾" / ""; inset-inline-end: 1rem; line-height: 3rem; pointer-events: none; position: absolute; top: 0; }
  [dir="rtl"] #number { text-align: right; }

  button { background: var(--accent); border-color: transparent; color: var(--accent-ink); font-weight: 600; margin-top: 1rem; }
  [aria-busy="true"] button { opacity: 0.75; }
  .row { color: var(--quiet); display: flex; flex-wrap: wrap; font-variant-numeric: tabular-nums; gap: 0 1rem; justify-content: space-between; margin: 0.5rem 0 0; }
  .row button { background: none; border: 0; color: var(--accent); font-weight: 500; margin: 0; padding: 0; width: auto; }
  .row button:disabled { color: inherit; }

  #boxed { container-type: inline-size; direction: ltr; overflow: clip; position: relative; }
  #boxes { display: flex; height: 3.5rem; }
  i { flex: 1; margin: 0.1875rem; }
  #boxed:has([aria-invalid="true"]) i { border-color: var(--bad); }
  #boxed:focus-within i { outline: 2px solid var(--accent); }
  #code {
    --pitch: calc(100cqi / var(--digits));
    background: none;
    border: 0;
    font: 600 min(1.625rem, var(--pitch) * 0.75) ui-monospace, Menlo, Consolas, monospace;
    height: 100%;
    inset: 0 auto auto 0;
    letter-spacing: calc(var(--pitch) - 1ch);
    outline: 0;
    padding: 0 0 0 calc((var(--pitch) - 1ch) / 2);
    position: absolute;
    width: calc(100% + var(--pitch)); /* room for the caret behind the last digit */
  }
  #code::selection { background: none; color: var(--accent); }
  #code:autofill { -webkit-background-clip: text; -webkit-text-fill-color: var(--ink); }
  #said { color: var(--quiet); margin: 0.5rem 0 0; min-height: 1.5em; }
  #done { font-weight: 600; margin: 0; outline: 0; }
  #done::before { color: var(--accent); content: "✓ " / ""; }

  @media (forced-colors: active) { #code { color: CanvasText; forced-color-adjust: none; } }`);

// Some pages take markup from named hands only.
const TRUSTED = window.trustedTypes?.createPolicy("otp-form", { createHTML: String }).createHTML(PARTS) ?? PARTS;

// --- Text ---

// Every script has its digits in a row, so each is worth its distance from the row's beginning.
function plainDigits(text) {
  return text.replace(/\p{Nd}/gu, (digit) => {
    let before = 0;
    while (/\p{Nd}/u.test(String.fromCodePoint(digit.codePointAt(0) - before - 1))) before += 1;
    return before % 10;
  });
}

// A number without the unseen marks that contacts add.
function plainNumber(typed) {
  return plainDigits(typed).replace(/＋/g, "+").replace(/[^ -~]/g, "").trim();
}

// The code in what was typed or pasted, even a whole SMS: so many digits in a row, or in groups.
function codeIn(text, length) {
  const plain = plainDigits(text);
  const find = (gap) => plain.match(new RegExp(`(?:^|\\D)(\\d(?:${gap}\\d){${length - 1}})(?!\\d)`))?.[1];
  return (find("") ?? find("[\\s-]?") ?? plain).replace(/\D/g, "").slice(0, length);
}

// The first of these languages that we speak, or English.
function closestOf(tags) {
  const spoken = LANGUAGES.split(" ");
  for (const tag of tags) {
    try {
      const asked = new Intl.Locale(tag);
      const { language, script, region } = asked.maximize();
      const names = [`${asked}`, `${language}-${region}`, `${language}-${script}`, language.replace(/^n[on]$/, "nb")];
      const found = names.find((name) => spoken.includes(name));
      if (found) return found;
    } catch {
      // No language's name.
    }
  }
  return "en";
}

// Says our words in a language, with their values put in.
function speaker(language, words) {
  const figure = (value, least) => value.toLocaleString(language, { minimumIntegerDigits: least });
  const put = {
    digits: figure,
    count: figure,
    number: (masked) => `\u2066${masked}\u2069`, // isolated: its + stays in front, right to left too
    clock(milliseconds) {
      const seconds = Math.ceil(milliseconds / 1000);
      return `${figure(Math.floor(seconds / 60))}:${figure(seconds % 60, 2)}`;
    },
    wait(seconds = 60) {
      const [size, unit] = seconds < 90 ? [1, "second"] : seconds < 5400 ? [60, "minute"] : [3600, "hour"];
      return new Intl.RelativeTimeFormat(language).format(Math.ceil(seconds / size), unit);
    },
  };
  return (word, values) =>
    (words[word] ?? ENGLISH[word]).replace(/\{(\w+)\}/g, (_, name) => put[name](values[name]));
}

// Writes only what changed: a screen reader would read it again.
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// --- What is kept, unless the browser refuses ---

function recall(storage, name) {
  try {
    return JSON.parse(window[storage][name]);
  } catch {
    return undefined;
  }
}

function keep(storage, name, value) {
  try {
    window[storage][name] = JSON.stringify(value);
  } catch {
    // A refresh will begin anew.
  }
}

// --- Calls: an answer or a problem, never an error ---

// `isOpen` says that nobody knows whether it was done.
async function fetchAnswer(address, options) {
  try {
    const response = await fetch(address, { ...options, signal: AbortSignal.timeout(15000) });
    const said = await response.json().catch((error) => (response.ok ? Promise.reject(error) : {}));
    if (response.ok) return { answer: said };
    const retry_after = Number(response.headers.get("retry-after")) || undefined;
    return { problem: { retry_after, ...said }, isOpen: response.status >= 500 };
  } catch {
    return { problem: { code: "offline" }, isOpen: true };
  }
}

// --- ALTCHA's proof of work ---

const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

async function deriveKey({ nonce, salt, cost, keyLength }, counter) {
  const password = bytesOf(nonce + counter.toString(16).padStart(8, "0"));
  const base = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations: cost };
  return hexOf(new Uint8Array(await crypto.subtle.deriveBits(how, base, keyLength * 8)));
}

// Counts up until a key begins as the challenge asks: 256 tries on average.
async function solve(challenge) {
  for (let start = 0; ; start += 16) {
    const tries = Array.from({ length: 16 }, (_, index) => deriveKey(challenge.parameters, start + index));
    const keys = await Promise.all(tries);
    const found = keys.findIndex((key) => key.startsWith(challenge.parameters.keyPrefix));
    if (found < 0) continue;
    return btoa(JSON.stringify({ challenge, solution: { counter: start + found, derivedKey: keys[found] } }));
  }
}

// --- The element ---

class OtpForm extends HTMLElement {
  static observedAttributes = ["publishable-key", "purpose", "reference", "country", "countries", "locale", "service"];

  #by = {}; // id -> element
  #say = null; // speaks, once its words are here
  #language = "";
  #told = {};
  #step = "number-step";
  #pending = null;
  #open = {}; // the last call, while nobody knows whether it was done
  #shown = {}; // a token that shows a person, and what it is for
  #refused = ""; // a code that was wrong: to send it again would cost an attempt
  #isBusy = false;
  #timer = 0;
  #listening = null; // ends the wait for an SMS

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#speak();
    this.#waitForSms();
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
    this.#listening?.abort();
  }

  attributeChangedCallback(name, before, now) {
    if (!this.shadowRoot || before === now) return;
    if (["publishable-key", "purpose"].includes(name)) this.#resume();
    if (name === "country") this.#by.country.value = "";
    this.#speak();
  }

  // Back to the first step, as if nothing had been typed.
  reset() {
    if (!this.shadowRoot) return;
    this.#by.number.value = "";
    this.#askForNumber();
  }

  #build() {
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHEET];
    root.innerHTML = TRUSTED;
    for (const element of root.querySelectorAll("[id]")) this.#by[element.id] = element;
    const by = this.#by;
    this.#on(by["number-step"], "submit", () => this.#requestCode());
    this.#on(by["code-step"], "submit", () => this.#verifyCode());
    this.#on(by.resend, "click", () => this.#resend());
    this.#on(by.change, "click", () => this.#askForNumber(true));
    this.#on(by.code, "paste", (event) => this.#takeCode(event.clipboardData.getData("text")));
    by.code.addEventListener("input", () => this.#takeCode(by.code.value));
    by.number.addEventListener("input", () => this.#followNumber());
    this.#resume();
  }

  // One thing at a time: a second press does nothing.
  #on(element, event, act) {
    element.addEventListener(event, (happened) => {
      happened.preventDefault();
      if (!this.#isBusy) act(happened);
    });
  }

  async #whileBusy(word, work) {
    const step = this.#by[this.#step];
    this.#isBusy = true;
    step.setAttribute("aria-busy", "true");
    this.#tell({ said: word });
    const result = await work();
    step.setAttribute("aria-busy", "false");
    this.#isBusy = false;
    return result;
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  async #speak() {
    const near = this.closest("[lang]") ?? document.documentElement;
    const language = closestOf([this.getAttribute("locale"), near.lang, ...navigator.languages]);
    this.#language = language;
    const { answer } = language === "en" ? {} : await fetchAnswer(this.#address(`otp-form/${language}.json`));
    if (language !== this.#language) return; // another one is wanted by now
    this.#say = speaker(language, answer ?? {});
    this.#offerCountries();
    const { whole } = this.#by;
    whole.lang = language;
    whole.dir = /^(ar|he|fa|ur)$/.test(language) ? "rtl" : "ltr";
    whole.hidden = false;
    this.#paint();
  }

  #paint() {
    const { wrong, said, sent } = this.#by;
    for (const id of ["number-step", "code-step", "done"]) this.#by[id].hidden = id !== this.#step;
    if (!this.#say) return;
    for (const element of this.shadowRoot.querySelectorAll("[data-word]")) {
      write(element, this.#say(element.dataset.word));
    }
    write(wrong, this.#told.wrong ? this.#say(this.#told.wrong, this.#told) : "");
    write(said, this.#told.said ? this.#say(this.#told.said) : "");
    if (this.#pending) write(sent, this.#say("sent_to", this.#pending));
    this.#tick();
  }

  // Once a second, and never read aloud.
  #tick() {
    if (!this.#pending || !this.#say) return;
    const { expires, resend_at: resendAt, count } = this.#pending;
    const now = Date.now();
    if (now >= expires && !this.#isBusy) {
      this.#over({ code: "expired" });
      return;
    }
    const { expiry, left, resend } = this.#by;
    write(expiry, this.#say("expires_in", { clock: Math.max(0, expires - now) }));
    write(left, this.#say("attempts", { count }));
    const clock = resendAt - now;
    resend.disabled = !resendAt || clock > 0;
    write(resend, this.#say(!resendAt ? "no_more" : clock > 0 ? "resend_in" : "resend", { clock }));
  }

  // Words to say, their values, and the field that is `invalid`.
  #tell(told) {
    this.#told = told;
    for (const id of ["number", "code"]) this.#by[id].setAttribute("aria-invalid", this.#by[id] === told.invalid);
    this.#paint();
    told.invalid?.focus();
  }

  #tellProblem({ code = "internal_error", status, attempts_left: count, retry_after: wait }, field) {
    let wrong = WORD_OF[code] ?? (code in ENGLISH ? code : "bug");
    if (code === "incorrect_code") wrong = count ? "incorrect" : "incorrect_last";
    this.#tell({ wrong, count, wait, invalid: [400, 422].includes(status) ? field : null });
    this.#emit("otp:problem", { code });
  }

  #offerCountries() {
    const { country, where } = this.#by;
    const asked = (this.getAttribute("countries") ?? "").toUpperCase().match(/[A-Z]{2}/g) ?? [];
    const known = asked.filter((region) => CODE_OF.has(region));
    const offered = known.length ? known : [...CODE_OF.keys()];
    const names = new Intl.DisplayNames(this.#language, { type: "region" });
    const order = new Intl.Collator(this.#language).compare;
    const rows = offered.map((region) => [names.of(region), region]).sort(([a], [b]) => order(a, b));
    const tags = [...navigator.languages, new Intl.Locale(this.#language).maximize()];
    const likely = [country.value, this.#pending?.ask.country, this.getAttribute("country")?.toUpperCase()];
    likely.push(...tags.map((tag) => new Intl.Locale(tag).region));
    country.replaceChildren(
      ...rows.map(([name, region]) => new Option(`${name} \u2066+${CODE_OF.get(region)}\u2069`, region)),
    );
    country.value = likely.find((region) => offered.includes(region)) ?? rows[0][1];
    where.hidden = offered.length === 1;
  }

  // A number that begins with its calling code chooses the country.
  #followNumber() {
    const { country, number } = this.#by;
    const digits = plainNumber(number.value).match(/^(?:\+|00)(.*)/)?.[1].replace(/\D/g, "");
    const fits = ({ value }) => digits?.startsWith(CODE_OF.get(value));
    if (fits(country)) return;
    const found = [...CODE_OF.keys()].find((value) => fits({ value }));
    if (country.querySelector(`[value="${found}"]`)) country.value = found;
  }

  #askForNumber(focus) {
    this.#listening?.abort();
    this.#keepPending(null);
    this.#step = "number-step";
    this.#tell({});
    if (focus) this.#by.number.focus();
  }

  async #requestCode() {
    const { number, country } = this.#by;
    const phone_number = plainNumber(number.value);
    if (!phone_number) {
      this.#tell({ wrong: "number_missing", invalid: number });
      return;
    }
    const ask = {
      phone_number,
      country: /^(\+|00)/.test(phone_number) ? undefined : country.value,
      purpose: this.#purpose,
      locale: this.#language,
      reference: this.getAttribute("reference") ?? undefined,
      device_token: recall("localStorage", `otp-device:${this.#key}`),
    };
    const { answer, problem } = await this.#whileBusy("sending", () => this.#askAsPerson(ask, ask));
    if (problem) this.#tellProblem(problem, number);
    else this.#askForCode(answer, ask, {});
  }

  // Asks; once more where the service wants to see that a person asks.
  async #askAsPerson(body, { phone_number, country }) {
    const asking = JSON.stringify(body);
    if (this.#shown.asking !== asking) this.#shown = {};
    const ask = () => this.#call("v1/request-code", { ...body, human_check: this.#shown.token });
    const first = await ask();
    if (!/^human_check_/.test(first.problem?.code)) return first;
    this.#tell({ said: "human_wait" });
    const { token, problem } = await this.#showPerson(phone_number, country);
    if (problem) return { problem };
    this.#shown = { asking, token };
    return ask();
  }

  async #showPerson(number, country) {
    const headers = { "otp-phone-number": number, ...(country && { "otp-country": country }) };
    const { answer, problem } = await fetchAnswer(this.#address("v1/human-check"), { headers });
    if (problem) return { problem };
    try {
      const { provider, challenge } = answer;
      const token = provider === "altcha" ? await solve(challenge) : await this.humanCheck(answer);
      if (token) return { token };
    } catch {
      // The page has no check, or it failed: nobody was seen.
    }
    return { problem: { code: "human_check_failed" } };
  }

  #askForCode(answer, { phone_number, country }, told) {
    const now = Date.now(); // this device's clock, which may be wrong
    this.#keepPending({
      verification_id: answer.verification_id,
      number: answer.phone_number,
      digits: answer.code_length,
      count: answer.attempts_left,
      expires: now + answer.expires_in * 1000,
      resend_at: answer.resend_at && now + answer.resend_in * 1000,
      ask: { phone_number, country },
    });
    this.#showCodeStep(told);
    this.#by.code.focus();
    this.#emit("otp:sent", answer);
  }

  #showCodeStep(told) {
    const { boxes, code, whole } = this.#by;
    const { digits } = this.#pending;
    boxes.replaceChildren(...Array.from({ length: digits }, () => document.createElement("i")));
    whole.style.setProperty("--digits", digits);
    this.#refused = "";
    code.value = "";
    this.#step = "code-step";
    this.#tell(told);
    this.#waitForSms();
  }

  // Typed, pasted or filled in: a full code sends itself, once.
  #takeCode(text) {
    const { code } = this.#by;
    const { digits } = this.#pending;
    const value = codeIn(text, digits);
    if (code.value !== value) code.value = value; // else the caret would jump
    if (value.length === digits && value !== this.#refused && !this.#isBusy) this.#verifyCode();
  }

  async #verifyCode() {
    const { code } = this.#by;
    const { verification_id, digits, count } = this.#pending;
    const typed = code.value;
    if (typed.length < digits) this.#tell({ wrong: "code_missing", digits, invalid: code });
    else if (typed === this.#refused) this.#tell({ wrong: "incorrect", count, invalid: code });
    else {
      this.#listening?.abort();
      const check = () => this.#call("v1/verify-code", { verification_id, code: typed });
      const { answer, problem } = await this.#whileBusy("checking", check);
      if (!this.#pending) return; // the page began anew meanwhile
      if (answer) this.#approve(answer);
      else this.#refuse(problem, typed);
    }
  }

  #approve(answer) {
    const { number, done } = this.#by;
    keep("localStorage", `otp-device:${this.#key}`, answer.device_token);
    this.#keepPending(null);
    number.value = "";
    this.#step = "done";
    this.#tell({});
    done.focus();
    this.#emit("otp:approved", answer);
  }

  #refuse(problem, typed) {
    const { code, attempts_left: count } = problem;
    if (["no_pending_verification", "too_many_attempts"].includes(code) || count === 0) {
      this.#over(problem);
      return;
    }
    if (code === "incorrect_code") {
      this.#refused = typed;
      this.#keepPending({ ...this.#pending, count });
    }
    this.#tellProblem(problem, this.#by.code);
    this.#by.code.select();
    this.#waitForSms();
  }

  // The code is dead: back to the number. The focus follows only if it was in the form.
  #over(problem) {
    this.#askForNumber(this.shadowRoot.activeElement);
    this.#tellProblem(problem);
  }

  async #resend() {
    const { verification_id, ask } = this.#pending;
    const { answer, problem } = await this.#whileBusy("sending", () => this.#askAsPerson({ verification_id }, ask));
    if (!this.#pending) return;
    if (answer) {
      this.#askForCode(answer, ask, { said: "sent_again" });
      return;
    }
    if (problem.code === "no_pending_verification") {
      this.#over(problem);
      return;
    }
    const { retry_after } = problem;
    if (retry_after) this.#keepPending({ ...this.#pending, resend_at: Date.now() + retry_after * 1000 });
    this.#tellProblem(problem);
    this.#by.code.focus();
  }

  // WebOTP: a phone's browser hands over the SMS.
  async #waitForSms() {
    if (!("OTPCredential" in window) || !this.isConnected || !this.#pending) return;
    this.#listening?.abort();
    const { signal } = (this.#listening = new AbortController());
    try {
      const sms = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal });
      this.#takeCode(sms.code);
    } catch {
      // No SMS came, or the person said no: typing still works.
    }
  }

  #resume() {
    const kept = recall("sessionStorage", this.#pendingName);
    this.#pending = kept?.expires > Date.now() ? kept : null;
    if (!this.#pending) {
      this.#step = "number-step";
      this.#tell({});
      return;
    }
    this.#by.number.value = this.#pending.ask.phone_number;
    this.#showCodeStep({});
  }

  #keepPending(pending) {
    this.#pending = pending;
    keep("sessionStorage", this.#pendingName, pending);
  }

  get #key() {
    return this.getAttribute("publishable-key");
  }

  get #purpose() {
    return this.getAttribute("purpose") ?? "login";
  }

  get #pendingName() {
    return `otp-form:${this.#key}:${this.#purpose}`;
  }

  #address(path) {
    return new URL(path, this.getAttribute("service") ?? import.meta.url).href;
  }

  // Under the same key a call that is made again is answered again, and done once.
  async #call(path, body) {
    const json = JSON.stringify(body);
    if (this.#open.json !== json) this.#open = { json, key: crypto.getRandomValues(new Uint32Array(4)).join("-") };
    const headers = {
      authorization: `Bearer ${this.#key}`,
      "content-type": "application/json",
      "idempotency-key": this.#open.key,
    };
    const result = await fetchAnswer(this.#address(path), { method: "POST", headers, body: json });
    if (!result.isOpen) this.#open = {};
    return result;
  }
}

if (!customElements.get("otp-form")) customElements.define("otp-form", OtpForm);
