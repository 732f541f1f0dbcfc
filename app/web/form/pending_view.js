// pending_view: shows a pending verification: its number, the time left, the attempts left.

import { lifeOf, waitOf } from "./pending.js";
import { shownNumber } from "./sent_codes.js";
import { write } from "./view.js";

// Runs each second, outside of live regions: a screen reader must not read the countdown aloud.
export function writePending(view, pending) {
  const { by, translate } = view;
  const { code_length: digits, attempts_left: count } = pending;
  const [life, wait] = [lifeOf(pending), waitOf(pending)];
  writeNumber(by.sent, translate("sent_to", { digits, number: shownNumber(pending) }));
  write(by.expiry, life > 0 ? translate("expires_in", { clock: life }) : "");
  write(by.left, pending.isTried && !by.error.textContent ? translate("attempts", { count }) : "");
  if (view.isBusy) return;
  write(by.resend, translate(wait === Infinity ? "no_more" : wait > 0 ? "resend_in" : "resend", { clock: wait }));
  by.resend.disabled = wait > 0;
}

// The number is bold, on one line, and left to right in any language.
function writeNumber(element, text) {
  const [before, number, after] = text.split(/[\u2066\u2069]/);
  if (element.textContent === before + number + after) return;
  const whole = document.createElement("bdi");
  whole.dir = "ltr";
  whole.textContent = number;
  element.replaceChildren(before, whole, after);
}
