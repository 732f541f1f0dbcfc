// pending: a pending verification: the answer of the service, and when it arrived (`at`, by `performance.now()`).
//
// The time left is counted from there, because the clock of a device may be set at any moment. Only that clock is left
// after a reload, so a verification is `isRestored` then: it ends when the service says so.

const NUMBERS = ["at", "expires_in", "code_length", "attempts_left"];

const leftOf = ({ at }, seconds) => at + seconds * 1000 - performance.now();

// A stored value may come from another version, or be anything.
export function isPending(saved) {
  return NUMBERS.every((name) => Number.isFinite(saved?.[name])) && typeof saved.phone_number === "string";
}

// Milliseconds until the code expires. After a reload the true figure may be higher.
export const lifeOf = (pending) => leftOf(pending, pending.expires_in);

// Milliseconds until the code can be sent again; Infinity if it cannot.
export const waitOf = (pending) => (pending.resend_at ? leftOf(pending, pending.resend_in) : Infinity);

export const isOver = (pending) => !pending.isRestored && lifeOf(pending) <= 0;

// Between this page and its storage, where times are those of the device's clock.
export const storable = (pending) => ({ ...pending, at: pending.at - performance.now() + Date.now() });
export const restore = (saved) => ({
  ...saved,
  at: performance.now() - Math.max(0, Date.now() - saved.at),
  isRestored: true,
});
