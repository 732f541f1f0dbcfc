// What is pending, kept for this tab alone, so that a refresh comes back to the code step.
// Its times are milliseconds by this device's clock, made of the server's durations: the clock may be wrong.

const KEPT = "otp-demo";
const DEVICE = "otp-device";

export function remembered() {
  const pending = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  return pending && pending.expires_at > Date.now() ? pending : forget();
}

export function keep(answer) {
  const now = Date.now();
  const { verification_id, phone_number, code_length, attempts_left } = answer;
  return save(
    { verification_id, phone_number, code_length, attempts_left },
    { expires_at: now + answer.expires_in * 1000, resend_at: answer.resend_at ? now + answer.resend_in * 1000 : null },
  );
}

export function save(pending, news) {
  Object.assign(pending, news);
  sessionStorage.setItem(KEPT, JSON.stringify(pending));
  return pending;
}

// What an approval left on this device: with it strangers cannot use up the person's SMS.
export function deviceToken() {
  return localStorage.getItem(DEVICE) ?? undefined;
}

export function keepDeviceToken(token) {
  localStorage.setItem(DEVICE, token);
}

export function forget() {
  sessionStorage.removeItem(KEPT);
  return null;
}
