// parts: the elements of the form; `data-word` names their texts.
//
// Created one by one, because a page with Trusted Types does not allow scripts to insert markup.

function make(name, attributes, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

const numberInput = { type: "tel", autocomplete: "tel", inputmode: "tel", "aria-describedby": "hint error" };
const codeInput = { autocomplete: "one-time-code", inputmode: "numeric", "aria-describedby": "sent error" };
const link = { type: "button", part: "link", class: "link" };

const numberStep = () => [
  make(
    "div",
    { id: "where" },
    make("label", { for: "country", "data-word": "country_label" }),
    make("select", { id: "country", part: "input", autocomplete: "country" }),
  ),
  make("label", { for: "number", "data-word": "number_label" }),
  make("p", { id: "hint", "data-word": "number_hint" }),
  make("input", { id: "number", part: "input", dir: "ltr", ...numberInput }),
  make("button", { id: "send", part: "button", "data-word": "send" }),
];

const codeStep = () => [
  make("p", {}, make("span", { id: "sent" }), " ", make("button", { id: "change", "data-word": "change", ...link })),
  make("label", { for: "code", "data-word": "code_label" }),
  make(
    "div",
    { id: "boxed" },
    make("div", { id: "boxes" }),
    make("input", { id: "code", part: "input", dir: "ltr", ...codeInput }),
  ),
  make("p", { class: "row" }, make("span", { id: "expiry" }), make("span", { id: "left" })),
  make("button", { id: "check", part: "button", "data-word": "check" }),
  make("div", { class: "row" }, make("button", { id: "resend", ...link })),
];

export const makeParts = () =>
  make(
    "div",
    { id: "whole", hidden: "" },
    make("slot", { name: "heading" }, make("h2", { id: "heading", part: "heading" })),
    make("p", { id: "error", role: "alert" }),
    make("form", { id: "number-step" }, ...numberStep()),
    make("form", { id: "code-step" }, ...codeStep()),
    make("p", { id: "done", tabindex: "-1", "data-word": "approved" }),
    make("p", { id: "status", role: "status" }),
  );
