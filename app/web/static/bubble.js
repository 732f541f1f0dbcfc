// One SMS as a bubble: its text, size and status, and the buttons that simulate the vendor.

import { saveStatus, statusOf } from "./status.js";
import { report } from "./vendor.js";

export const part = (parent, name) => parent.querySelector(`[data-part="${name}"]`);

export function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

// The digits of the last, machine-readable line, or else the first ones.
export function codeIn(text) {
  return (text.match(/#(\d{4,10})(?: \S+)?$/) ?? text.match(/(\d{4,10})/))?.[1];
}

// Marks the first occurrence of the code, as phones do.
export function write(parent, text, code) {
  const start = code ? text.indexOf(code) : -1;
  if (start < 0) {
    parent.append(text);
    return;
  }
  const strong = document.createElement("strong");
  strong.textContent = code;
  parent.append(text.slice(0, start), strong, text.slice(start + code.length));
}

// Each line is a paragraph with its own direction: an Arabic sentence, and below it the autofill line.
function writeLines(parent, text) {
  const code = codeIn(text);
  let left = code;
  for (const line of text.split("\n").filter(Boolean)) {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    paragraph.classList.toggle("machine", line.startsWith("@"));
    write(paragraph, line, left);
    if (left && line.includes(left)) left = undefined;
    parent.append(paragraph);
  }
}

function showStatus(item, status) {
  part(item, "status").dataset.status = status;
  part(item, "status").textContent = status;
}

export function bubble(sms, template) {
  const item = template.content.firstElementChild.cloneNode(true);
  writeLines(part(item, "text"), sms.text);
  part(item, "at").dateTime = sms.at;
  part(item, "at").textContent = time(sms.at);
  part(item, "size").textContent = `${sms.encoding}, ${sms.segments} ${sms.segments === 1 ? "segment" : "segments"}`;
  showStatus(item, statusOf(sms));
  const show = ({ answer, status, refused = false }) => {
    part(item, "answer").textContent = answer;
    part(item, "answer").dataset.refused = refused;
    if (!status) return;
    showStatus(item, status);
    saveStatus(sms, status);
  };
  for (const button of item.querySelectorAll("[data-act]")) {
    button.addEventListener("click", () => report(button.dataset.act, sms, { status: statusOf(sms), show }));
  }
  return item;
}
