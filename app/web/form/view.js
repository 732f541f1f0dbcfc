// view: what is shown and read aloud. It holds the elements by id, and shows one step at a time.

import { makeParts } from "./parts.js";
import { logProblem, wordOf } from "./problems.js";
import CSS from "./sheet.css" with { type: "text" };
import { directionOf, translator } from "./words.js";

// Step -> name of its heading.
const STEPS = { "number-step": "heading_number", "code-step": "heading_code", done: "" };
const PAUSE = 600; // milliseconds: a double click, or Enter after a code that was submitted automatically

// A constructed style sheet works under a policy of the page that forbids inline styles.
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(CSS);

// Writes only changes: a screen reader would read the text again.
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export class View {
  by = {}; // id -> element
  language = "en";
  translate = null; // translates, once the texts are loaded; the form is hidden until then
  #host;
  #step = "number-step";
  #ignoreUntil = 0; // until this time, clicks and keys meant for the previous step are ignored
  #notice = {};
  #work = null; // the call in progress: what aborts it, the button that shows it, and the name of its text

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

  // Handles one action at a time, and ignores the second click of a double click after a change of step.
  on(id, event, handler) {
    this.by[id].addEventListener(event, (domEvent) => {
      domEvent.preventDefault();
      if (!this.isBusy && (event === "paste" || performance.now() > this.#ignoreUntil)) handler(domEvent);
    });
  }

  // Returns the result of the work, or {} if it was stopped. The button with this id shows that it is in progress.
  async whileBusy(word, id, work) {
    const button = this.by[id];
    const controller = new AbortController();
    const { signal } = controller;
    this.#work = { controller, button, word };
    button.setAttribute("aria-busy", "true");
    this.notify({ status: word });
    try {
      const result = await work({ signal, notify: (status) => this.notify({ status }) });
      return signal.aborted ? {} : result;
    } finally {
      if (!signal.aborted) this.stop();
    }
  }

  stop() {
    if (!this.#work) return;
    this.#work.controller.abort();
    this.#work.button.setAttribute("aria-busy", "false");
    this.#work = null;
    this.notify({});
  }

  setLanguage(language, words) {
    const { whole } = this.by;
    this.language = language;
    this.translate = translator(language, words);
    whole.lang = language;
    whole.dir = directionOf(language);
    whole.hidden = false;
    this.#paint();
  }

  // Moves the focus along if it was in the form.
  show(step, notice = {}) {
    const hadFocus = this.#host.shadowRoot.activeElement;
    const isNew = step !== this.#step;
    this.stop();
    this.#step = step;
    this.notify(notice);
    if (!isNew) return;
    this.#ignoreUntil = performance.now() + PAUSE;
    if (hadFocus) this.by[step].querySelector("input")?.focus();
  }

  // `notice` has the names of the texts, their values, and the `invalid` field.
  notify(notice) {
    this.#notice = notice;
    this.by.error.textContent = ""; // so the same text is read again
    for (const field of [this.by.number, this.by.code]) field.setAttribute("aria-invalid", field === notice.invalid);
    this.#paint();
    notice.invalid?.focus();
  }

  // Marks the field as invalid only if its input was wrong.
  showProblem(problem, field) {
    const { code = "internal_error", status, attempts_left: count, retry_after: wait } = problem;
    logProblem(problem);
    this.notify({ error: wordOf(problem), count, wait, invalid: [400, 422].includes(status) ? field : null });
    this.emit("otp:problem", { code });
  }

  emit(name, detail) {
    this.#host.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
  }

  #paint() {
    const { whole, heading, error: alert, status: note } = this.by;
    for (const id of Object.keys(STEPS)) this.by[id].hidden = id !== this.#step;
    heading.dataset.word = STEPS[this.#step];
    heading.hidden = !STEPS[this.#step];
    if (!this.translate) return;
    const translate = (word) => (word ? this.translate(word, this.#notice) : "");
    const busy = this.#work;
    for (const element of whole.querySelectorAll("[data-word], [aria-busy=true]")) {
      write(element, translate(element === busy?.button ? busy.word : element.dataset.word));
    }
    const { error, status } = this.#notice;
    write(alert, translate(error));
    write(note, [status].flat().map(translate).join(" "));
    note.classList.toggle("unseen", status === busy?.word); // the button shows it
  }
}
