// pending: a verification that waits for its code, as the form keeps it and as a person sees it.

import { write } from "./view.js";

// From the service's answer. The device's clock may be wrong, so it is told what is left and never what time it is.
export function pendingOf(answer, now) {
  return {
    verification_id: answer.verification_id,
    number: answer.phone_number, // masked
    digits: answer.code_length,
    count: answer.attempts_left,
    expires: now + answer.expires_in * 1000,
    resend_at: answer.resend_at && now + answer.resend_in * 1000,
  };
}

// What is left of it. It changes each second and stands in no live region: nobody wants to hear a clock read aloud.
export function writePending({ by, say }, { number, digits, count, expires, resend_at }, now) {
  const clock = resend_at - now;
  write(by.sent, say("sent_to", { digits, number }));
  write(by.expiry, say("expires_in", { clock: Math.max(0, expires - now) }));
  write(by.left, say("attempts", { count }));
  write(by.resend, say(!resend_at ? "no_more" : clock > 0 ? "resend_in" : "resend", { clock }));
  by.resend.disabled = !resend_at || clock > 0;
}
