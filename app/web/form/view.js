// view: what is seen and read aloud. It holds the parts by their ids, and shows one step at a time.

import { makeParts } from "./parts.js";
import { wordOf } from "./problems.js";
import CSS from "./sheet.css" with { type: "text" };
import { directionOf, speaker } from "./words.js";

const STEPS = ["number-step", "code-step", "done"];
const HABIT = 600; // milliseconds: a double click, or Enter behind a code that sent itself

// A sheet that is put together by a script needs no leave for inline styles from the page's policy.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(CSS);

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
  #deaf = 0; // until then, to presses that were meant for the step before
  #told = {};
  #work = null; // ends what is on its way

  constructor(host) {
    this.#host = host;
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [SHEET];
    root.append(makeParts());
    for (const element of root.querySelectorAll("[id]")) this.by[element.id] = element;
    root.addEventListener("keydown", (event) => event.key === "Enter" && event.repeat && event.preventDefault());
  }

  get isBusy() {
    return this.#work !== null;
  }

  // One thing at a time, and what was pressed twice out of habit is not meant for the step that came between.
  on(id, event, act) {
    this.by[id].addEventListener(event, (happened) => {
      happened.preventDefault();
      if (!this.isBusy && (event === "paste" || performance.now() > this.#deaf)) act(happened);
    });
  }

  // Gives what the work gives, or {} if it was stopped: then nobody waits for its answer.
  async whileBusy(word, work) {
    const ours = new AbortController();
    const { signal } = ours;
    this.#work = ours;
    this.by[this.#step].setAttribute("aria-busy", "true");
    this.tell({ said: word });
    try {
      const result = await work({ signal, says: (said) => this.tell({ said }) });
      return signal.aborted ? {} : result;
    } finally {
      if (!signal.aborted) this.stop();
    }
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

  // The focus follows, if it was in the form.
  show(step, told = {}) {
    const hadFocus = this.#host.shadowRoot.activeElement;
    const isNew = step !== this.#step;
    this.stop();
    this.#step = step;
    this.tell(told);
    if (!isNew) return;
    this.#deaf = performance.now() + HABIT;
    if (hadFocus) this.by[step].querySelector("input")?.focus();
  }

  // `told` has the words to say, their values, and the field that is `invalid`.
  tell(told) {
    this.#told = told;
    this.by.wrong.textContent = ""; // so that the same again is read again
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
