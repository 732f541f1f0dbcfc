// view: what is seen and read aloud. It holds the parts by their ids, and shows one step at a time.

import PARTS from "./parts.html" with { type: "text" };
import { wordOf } from "./problems.js";
import CSS from "./sheet.css" with { type: "text" };
import { directionOf, speaker } from "./words.js";

const STEPS = ["number-step", "code-step", "done"];

// A sheet that is put together by a script needs no leave for inline styles from the page's policy.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(CSS);

// Some pages take markup from named hands only.
const MARKUP = window.trustedTypes?.createPolicy("otp-form", { createHTML: String }).createHTML(PARTS) ?? PARTS;

// Writes only what changed: a screen reader would read it again.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class View {
  by = {}; // id -> element
  language = "en";
  say = null; // speaks, once its words are here; till then nothing is seen
  #host;
  #step = STEPS[0];
  #told = {};
  #work = null; // ends what is on its way

  constructor(host) {
    this.#host = host;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHEET];
    root.innerHTML = MARKUP;
    for (const element of root.querySelectorAll("[id]")) this.by[element.id] = element;
  }

  get isBusy() {
    return this.#work !== null;
  }

  get hasFocus() {
    return this.#host.shadowRoot.activeElement !== null;
  }

  // One thing at a time: a second press does nothing.
  on(id, event, act) {
    this.by[id].addEventListener(event, (happened) => {
      happened.preventDefault();
      if (!this.isBusy) act(happened);
    });
  }

  // Gives what the work gives, or {} if it was stopped: then nobody waits for its answer.
  async whileBusy(word, work) {
    const ours = new AbortController();
    const { signal } = ours;
    this.#work = ours;
    this.by[this.#step].setAttribute("aria-busy", "true");
    this.tell({ said: word });
    const result = await work({ signal, says: (said) => this.tell({ said }) });
    if (signal.aborted) return {};
    this.stop();
    return result;
  }

  stop() {
    if (!this.#work) return;
    this.#work.abort();
    this.#work = null;
    this.by[this.#step].setAttribute("aria-busy", "false");
    this.tell({});
  }

  speak(language, words) {
    const { whole } = this.by;
    this.language = language;
    this.say = speaker(language, words);
    whole.lang = language;
    whole.dir = directionOf(language);
    whole.hidden = false;
    this.#paint();
  }

  show(step, told = {}) {
    this.stop();
    this.#step = step;
    this.tell(told);
  }

  // `told` has the words to say, their values, and the field that is `invalid`.
  tell(told) {
    this.#told = told;
    for (const field of [this.by.number, this.by.code]) field.setAttribute("aria-invalid", field === told.invalid);
    this.#paint();
    told.invalid?.focus();
  }

  // A field is to blame only for what was typed into it.
  tellProblem(problem, field) {
    const { code = "internal_error", status, attempts_left: count, retry_after: wait } = problem;
    this.tell({ wrong: wordOf(problem), count, wait, invalid: [400, 422].includes(status) ? field : null });
    this.emit("otp:problem", { code });
  }

  emit(name, detail) {
    this.#host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  #paint() {
    for (const id of STEPS) this.by[id].hidden = id !== this.#step;
    if (!this.say) return;
    for (const element of this.by.whole.querySelectorAll("[data-word]")) write(element, this.say(element.dataset.word));
    const { wrong, said } = this.#told;
    write(this.by.wrong, wrong ? this.say(wrong, this.#told) : "");
    write(this.by.said, said ? this.say(said) : "");
  }
}
