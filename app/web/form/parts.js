// parts: the elements of the form; `data-word` names their texts.
//
// Created one by one, because a page with Trusted Types does not allow scripts to insert markup.

function make(name, attributes, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

const numberInput = { type: "tel", autocomplete: "tel", inputmode: "tel", "aria-describedby": "error" };
const codeInput = { autocomplete: "one-time-code", inputmode: "numeric", "aria-describedby": "sent error" };
const link = { type: "button", part: "link" };

const numberStep = () => [
  make(
    "div",
    { id: "where" },
    make("label", { for: "country", "data-word": "country_label" }),
    make("select", { id: "country", part: "input", autocomplete: "country" }),
  ),
  make("label", { for: "number", "data-word": "number_label" }),
  make("input", { id: "number", part: "input", dir: "ltr", ...numberInput }),
  make("button", { part: "button", "data-word": "send" }),
];

const codeStep = () => [
  make("p", { id: "sent" }),
  make("label", { for: "code", "data-word": "code_label" }),
  make(
    "div",
    { id: "boxed" },
    make("div", { id: "boxes" }),
    make("input", { id: "code", part: "input", dir: "ltr", ...codeInput }),
  ),
  make("p", { class: "row" }, make("span", { id: "expiry" }), make("span", { id: "left" })),
  make("button", { part: "button", "data-word": "check" }),
  make(
    "div",
    { class: "row" },
    make("button", { id: "resend", ...link }),
    make("button", { id: "change", "data-word": "change", ...link }),
  ),
];

export const makeParts = () =>
  make(
    "div",
    { id: "whole", hidden: "" },
    make("p", { id: "error", role: "alert" }),
    make("form", { id: "number-step" }, ...numberStep()),
    make("form", { id: "code-step" }, ...codeStep()),
    make("p", { id: "done", tabindex: "-1", "data-word": "approved" }),
    make("p", { id: "status", role: "status" }),
  );
