// pending: a pending verification: the answer of the service, and when it arrived by the clock of this device (`at`).
//
// That clock may be wrong, so the form shows the time left, and never a time of day.

import { write } from "./view.js";

const NUMBERS = ["at", "expires_in", "code_length", "attempts_left"];

const leftOf = (seconds, { at }, now) => at + seconds * 1000 - now;

// A stored value may come from another version, or be anything.
export function isPending(saved, now) {
  return NUMBERS.every((name) => Number.isFinite(saved?.[name])) && !isOver(saved, now);
}

export function isOver(pending, now) {
  return leftOf(pending.expires_in, pending, now) <= 0;
}

// Runs each second, outside of live regions: a screen reader must not read the countdown aloud.
export function writePending({ by, translate }, pending, now) {
  const { phone_number: number, code_length: digits, attempts_left: count, expires_in, resend_at, resend_in } = pending;
  const clock = leftOf(resend_in, pending, now);
  write(by.sent, translate("sent_to", { digits, number }));
  write(by.expiry, translate("expires_in", { clock: Math.max(0, leftOf(expires_in, pending, now)) }));
  write(by.left, translate("attempts", { count }));
  write(by.resend, translate(!resend_at ? "no_more" : clock > 0 ? "resend_in" : "resend", { clock }));
  by.resend.disabled = !resend_at || clock > 0;
}
