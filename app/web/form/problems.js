// problems: the text that a user reads about a problem, and what the developer of the page finds in the console.

import { isWord } from "./words.js";

// Problem code -> name of its text, where they differ.
const WORD_OF = {
  human_check_required: "human_check_failed",
  unauthorized: "misconfigured",
  forbidden: "misconfigured",
  not_found: "misconfigured",
};
// What a page does wrong, and not the person who uses it.
const FOR_DEVELOPERS = ["misconfigured", "invalid_request", "human_check_failed", "internal_error"];

// Never the `detail` of the service: it is English, and for developers.
export function wordOf({ code, attempts_left: count }) {
  if (code === "incorrect_code") return count ? "incorrect" : "incorrect_last";
  return WORD_OF[code] ?? (isWord(code) ? code : "internal_error");
}

// Logs what the developer of the page can correct. Long numbers are left out, in case that a proxy repeats what was typed.
export function logProblem(problem) {
  const { code, status, detail, errors } = problem;
  if (!FOR_DEVELOPERS.includes(wordOf(problem)) && (code !== "offline" || !navigator.onLine)) return;
  const text = ["<otp-form>", status, code, detail, JSON.stringify(errors)].filter(Boolean).join(" ");
  console.error(text.replace(/\d[\d\s().-]{2,}\d/g, "…"));
}
