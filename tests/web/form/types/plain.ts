// A page without a framework. Each `@ts-expect-error` fails where TypeScript accepts its line.

import type { CodeApproved, FormProblem, OtpFormElement } from "./otp-form";

const form: OtpFormElement = document.createElement("otp-form");
const found: OtpFormElement | null = document.querySelector("otp-form");

form.addEventListener("otp:approved", ({ detail }) => {
  const approved: CodeApproved = detail;
  const proof: string = approved.proof;
  const reference: string | null = approved.reference;
  console.log(proof, reference);
});
document.addEventListener("otp:sent", ({ detail }) => {
  const resendAt: string | null = detail.resend_at;
  const attemptsLeft: number = detail.attempts_left;
  console.log(resendAt, attemptsLeft);
});
window.addEventListener("otp:problem", ({ detail }) => {
  if (detail.code === "rate_limited" || detail.code === "a_later_code") found?.reset();
});

const report = ({ detail }: CustomEvent<FormProblem>) => console.log(detail.code);
form.addEventListener("otp:problem", report, { once: true });
form.removeEventListener("otp:problem", report);
form.setAttribute("publishable-key", "pk_…");
form.humanCheck = async ({ provider, site_key, action }) => `${provider} ${site_key} ${action ?? ""}`;
form.humanCheck = undefined;

// @ts-expect-error: the response has no such member
form.addEventListener("otp:approved", ({ detail }) => console.log(detail.code));
// @ts-expect-error: a number may be missing after the last resend
form.addEventListener("otp:sent", ({ detail }) => detail.resend_in.toFixed());
// @ts-expect-error: a listener of another event
form.addEventListener("otp:sent", report);
// @ts-expect-error: attributes are no properties
form.country = "NL";
// @ts-expect-error: a token is a promise
form.humanCheck = () => "token";
// @ts-expect-error: no such provider has a widget
form.humanCheck = async ({ provider }) => (provider === "altcha" ? "" : provider);
// @ts-expect-error: it takes no argument
form.reset(true);
