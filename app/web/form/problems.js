// problems: the text that a user reads about a problem. The page gets its code, in `otp:problem`.

import { isWord } from "./words.js";

// Problem code -> name of its text, where they differ.
const WORD_OF = {
  too_many_attempts: "too_many",
  no_pending_verification: "over",
  invalid_phone_number: "invalid_number",
  invalid_request: "invalid",
  destination_not_allowed: "not_allowed",
  destination_blocked: "blocked",
  human_check_required: "human",
  human_check_failed: "human",
  unauthorized: "misconfigured",
  forbidden: "misconfigured",
  not_found: "misconfigured",
  temporarily_unavailable: "unavailable",
};

// Never the `detail` of the service: it is English, and for developers.
export function wordOf({ code, attempts_left: count }) {
  if (code === "incorrect_code") return count ? "incorrect" : "incorrect_last";
  return WORD_OF[code] ?? (isWord(code) ? code : "bug");
}
