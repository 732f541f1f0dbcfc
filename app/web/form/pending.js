// pending: a verification that waits for its code: the service's answer, and by this device's clock when it came (`at`).
//
// That clock may be wrong, so a person is told what is left, and never what time it is.

import { write } from "./view.js";

const NUMBERS = ["at", "expires_in", "code_length", "attempts_left"];

const leftOf = (seconds, { at }, now) => at + seconds * 1000 - now;

// What was kept may be another version's, or anything.
export function isPending(kept, now) {
  return NUMBERS.every((name) => Number.isFinite(kept?.[name])) && !isOver(kept, now);
}

export function isOver(pending, now) {
  return leftOf(pending.expires_in, pending, now) <= 0;
}

// It changes each second and stands in no live region: nobody wants to hear a clock read aloud.
export function writePending({ by, say }, pending, now) {
  const { phone_number: number, code_length: digits, attempts_left: count, expires_in, resend_at, resend_in } = pending;
  const clock = leftOf(resend_in, pending, now);
  write(by.sent, say("sent_to", { digits, number }));
  write(by.expiry, say("expires_in", { clock: Math.max(0, leftOf(expires_in, pending, now)) }));
  write(by.left, say("attempts", { count }));
  write(by.resend, say(!resend_at ? "no_more" : clock > 0 ? "resend_in" : "resend", { clock }));
  by.resend.disabled = !resend_at || clock > 0;
}
