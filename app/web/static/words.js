// What we say for each problem code. A person never sees the service's own sentence.

export function wait(seconds) {
  if (!seconds) return "in a moment";
  if (seconds < 90) return `in ${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `in ${minutes} minutes` : `in about ${Math.ceil(minutes / 60)} hours`;
}

// Minutes and seconds, as on a stopwatch.
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function attempts(left) {
  return left === 1 ? "1 attempt left." : `${left} attempts left.`;
}

const NOT_US = "This page may not use the service: its key is not accepted.";
const NO_CHECK = "The service wants to see that a person asks, and this page cannot show it.";
const NEW_CODE = "Please ask for a new code.";

const WORDS = {
  incorrect_code: ({ attempts_left: left }) =>
    left > 0 ? `That is not the code. ${attempts(left)}` : `That is not the code, and it was the last attempt. ${NEW_CODE}`,
  too_many_attempts: ({ retry_after }) => `Too many wrong codes. You can ask for a new one ${wait(retry_after)}.`,
  rate_limited: ({ retry_after }) => `That was often in a short time. Please try again ${wait(retry_after)}.`,
  no_pending_verification: () => `This code does not work any more. ${NEW_CODE}`,
  invalid_phone_number: () =>
    "This number cannot receive an SMS. Write a mobile number with + and its country code, like +31 6 12345678.",
  destination_not_allowed: () => "We do not send SMS to this country or kind of number.",
  destination_blocked: () => "We do not send SMS to this number.",
  invalid_request: ({ step, code_length }) =>
    step === "code" ? `The code has ${code_length} digits.` : "Please check what you typed.",
  human_check_required: () => NO_CHECK,
  human_check_failed: () => NO_CHECK,
  unauthorized: () => NOT_US,
  forbidden: () => NOT_US,
  temporarily_unavailable: ({ retry_after }) => `The service is busy. Please try again ${wait(retry_after)}.`,
  offline: () => "We cannot reach the service. Check your connection and try again.",
};

export function say(problem) {
  const words = WORDS[problem.code];
  return words ? words(problem) : "Something went wrong on our side. Please try again.";
}
