// The login form: ask for a code, check it, show the proof. What is pending survives a refresh.

import { call } from "./api.js";
import { deviceToken, forget, keep, keepDeviceToken, remembered, save } from "./pending.js";
import { list, read, verify } from "./proof.js";
import { attempts, clock, say } from "./words.js";

const VERDICTS = {
  genuine: "The signature is genuine: checked in this browser.",
  forged: "The signature is not genuine.",
  late: "The signature is genuine, but the proof has expired.",
  unknown: "This browser cannot check the signature. Your backend can.",
};

const ABOUT_THE_FIELD = ["invalid_phone_number", "invalid_request", "incorrect_code"];

const by = (id) => document.getElementById(id);
const steps = [by("number-step"), by("code-step"), by("done")];
const key = by("demo").dataset.publishableKey;
let pending = remembered();
let listening = null; // ends the wait for an SMS

function show(step, title) {
  for (const each of steps) each.hidden = each !== step;
  by("title").textContent = title;
  tell({});
}

// `invalid` is the field that the message is about, where it is about one.
function tell({ wrong = "", said = "", invalid = null }) {
  by("wrong").textContent = wrong;
  by("said").textContent = said;
  for (const input of [by("number"), by("code")]) input.setAttribute("aria-invalid", String(input === invalid));
}

function tellProblem(problem, field) {
  tell({ wrong: say(problem), invalid: ABOUT_THE_FIELD.includes(problem.code) ? field : null });
  field.focus();
}

// One call at a time: a second press, or Enter held down, does nothing.
async function busy(form, work) {
  if (form.ariaBusy === "true") return;
  form.ariaBusy = "true";
  try {
    await work();
  } finally {
    form.ariaBusy = "false";
  }
}

function askForNumber(message = {}) {
  listening?.abort();
  pending = forget();
  show(by("number-step"), "Log in");
  tell(message);
  by("number").focus();
}

function askForCode() {
  show(by("code-step"), "Enter the code");
  by("masked").textContent = pending.phone_number;
  by("length").textContent = pending.code_length;
  by("code").value = "";
  by("code").focus();
  tick();
  waitForSms();
}

// Once a second: what is left of the code's life, and until it may be sent again.
function tick() {
  if (!pending) return;
  const now = Date.now();
  if (now >= pending.expires_at) {
    askForNumber({ wrong: "The code has expired. Please ask for a new one." });
    return;
  }
  by("left").textContent = attempts(pending.attempts_left);
  by("expiry").textContent = `Expires in ${clock(pending.expires_at - now)}.`;
  const resend = by("resend");
  const rest = (pending.resend_at ?? Infinity) - now;
  resend.disabled = rest > 0;
  if (rest === Infinity) resend.textContent = "No more SMS";
  else resend.textContent = rest > 0 ? `Send again in ${clock(rest)}` : "Send again";
}

async function requestCode() {
  const number = by("number").value.trim();
  if (!number) {
    tell({ wrong: "Please type your mobile number.", invalid: by("number") });
    by("number").focus();
    return;
  }
  tell({ said: "Sending …" });
  const asked = { phone_number: number, device_token: deviceToken() };
  const { answer, problem } = await call("/v1/request-code", asked, key);
  if (problem) {
    tellProblem(problem, by("number"));
    return;
  }
  pending = keep(answer);
  askForCode();
}

async function resend() {
  const { answer, problem } = await call("/v1/request-code", { verification_id: pending.verification_id }, key);
  if (answer) {
    pending = keep(answer);
    tell({ said: "We sent the code again." });
  } else if (!pending || problem.code === "no_pending_verification") {
    askForNumber({ wrong: say(problem) });
    return;
  } else {
    if (problem.retry_after) save(pending, { resend_at: Date.now() + problem.retry_after * 1000 });
    tell({ wrong: say(problem) });
  }
  tick();
  by("code").focus();
}

async function verifyCode() {
  const code = by("code").value;
  const { verification_id, code_length } = pending;
  if (!code.trim()) {
    tell({ wrong: `Please type the ${code_length} digits from the SMS.`, invalid: by("code") });
    by("code").focus();
    return;
  }
  tell({ said: "Checking …" });
  const { answer, problem } = await call("/v1/verify-code", { verification_id, code }, key);
  if (answer) await showProof(answer);
  else refuse({ ...problem, step: "code", code_length });
}

function refuse(problem) {
  const over = ["no_pending_verification", "too_many_attempts"].includes(problem.code) || problem.attempts_left === 0;
  if (over) {
    askForNumber({ wrong: say(problem) });
    return;
  }
  if (pending && problem.code === "incorrect_code") {
    save(pending, { attempts_left: problem.attempts_left });
    tick();
  }
  tellProblem(problem, by("code"));
  by("code").select();
}

async function showProof({ proof, device_token }) {
  keepDeviceToken(device_token);
  listening?.abort();
  pending = forget();
  show(by("done"), "You are logged in");
  const { header, claims } = read(proof);
  list(by("header"), header);
  list(by("claims"), claims);
  by("proof").textContent = proof;
  by("verdict").textContent = "Checking the signature …";
  by("title").focus();
  const verdict = await verify(proof);
  by("verdict").dataset.verdict = verdict;
  by("verdict").textContent = VERDICTS[verdict];
}

// Where the phone's browser hands SMS to pages (WebOTP), nothing needs to be typed.
async function waitForSms() {
  if (!("OTPCredential" in window)) return;
  listening?.abort();
  listening = new AbortController();
  try {
    const sms = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: listening.signal });
    by("code").value = sms.code;
    by("code-step").requestSubmit();
  } catch {
    // No SMS came, or the person said no: typing still works.
  }
}

function on(id, event, act) {
  const form = by(id).closest("form") ?? by(id);
  by(id).addEventListener(event, (happened) => {
    happened.preventDefault();
    busy(form, act);
  });
}

on("number-step", "submit", requestCode);
on("code-step", "submit", verifyCode);
on("resend", "click", resend);
on("restart", "click", () => askForNumber());
on("again", "click", () => askForNumber());
by("phone").addEventListener("click", (event) => {
  if (window.open("/dev/phone", "otp-phone", "popup,width=440,height=760")) event.preventDefault();
});
setInterval(tick, 1000);

if (pending) askForCode();
else askForNumber();
