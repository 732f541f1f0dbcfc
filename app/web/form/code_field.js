// code_field: the input of the code. It is one field, because phones fill in one; its boxes are decoration.

import { codeIn } from "./digits.js";

export class CodeField {
  #view;
  #send;
  #digits = 0;
  #refused = ""; // a code that was wrong: sending it again would cost an attempt

  constructor(view, send) {
    const { code } = view.by;
    this.#view = view;
    this.#send = send;
    view.on("code", "paste", (event) => this.take(event.clipboardData.getData("text")));
    code.addEventListener("input", () => this.take(code.value));
    for (const event of ["keyup", "pointerup", "focus", "select"]) code.addEventListener(event, () => this.#markNext());
  }

  get value() {
    return this.#view.by.code.value;
  }

  get isFull() {
    return this.value.length === this.#digits;
  }

  get isRefused() {
    return this.value === this.#refused;
  }

  // Typed, pasted or filled in: a complete code is submitted automatically, once.
  take(text) {
    const { code } = this.#view.by;
    const { value, isWhole } = codeIn(text, this.#digits);
    if (code.value !== value) code.value = value; // otherwise the caret would jump
    this.#markNext();
    if (isWhole && !this.isRefused && !this.#view.isBusy) this.#send();
  }

  refuse(typed) {
    this.#refused = typed;
  }

  // Empties the field, and draws a box for each digit.
  clear(digits) {
    const { boxes, code, whole } = this.#view.by;
    boxes.replaceChildren(...Array.from({ length: digits }, () => document.createElement("i")));
    whole.style.setProperty("--digits", digits);
    code.value = "";
    this.#digits = digits;
    this.#refused = "";
    this.#markNext();
  }

  // Marks the box of the next digit, or those of the selected digits, which the next one replaces.
  #markNext() {
    const { boxes, code } = this.#view.by;
    const start = Math.min(code.selectionStart, this.#digits - 1);
    const end = Math.max(code.selectionEnd, start + 1);
    [...boxes.children].forEach((box, index) => box.classList.toggle("next", index >= start && index < end));
  }
}
