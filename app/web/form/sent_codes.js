// sent_codes: the codes that this page has requested, with their numbers as they were typed.
//
// All forms of the page share them. They are only in memory, so a reload forgets the whole numbers.

import { CODE_OF } from "./countries.js";
import { isInternational, plainNumber } from "./digits.js";
import { isOver } from "./pending.js";

const SENT = new Map(); // verification_id -> {pending, phone, scope}

// What this page knows of a verification; {} after a reload.
export const recall = ({ verification_id }) => SENT.get(verification_id) ?? {};

// `known` has the phone (number and country) and the scope (what else the code is for); left out, it stays.
export function remember(pending, known = recall(pending)) {
  SENT.set(pending.verification_id, { ...known, pending });
}

export const forget = ({ verification_id }) => SENT.delete(verification_id);

// The pending verification of a number, however it is spelt this time.
export function findSent({ phone, scope }) {
  const isSame = (sent) => sent.scope === scope && keyOf(sent.phone, sent.pending) === keyOf(phone, sent.pending);
  return [...SENT.values()].find((sent) => sent.phone && isSame(sent) && !isOver(sent.pending))?.pending;
}

// The whole number for the person who typed it; masked after a reload.
export function shownNumber(pending) {
  const { phone } = recall(pending);
  if (!phone) return pending.phone_number;
  const plain = plainNumber(phone.phone_number);
  return isInternational(plain) ? plain : (wholeNumber(phone, pending) ?? plain);
}

function keyOf(phone, pending) {
  return wholeNumber(phone, pending) ?? `${phone.country} ${plainNumber(phone.phone_number).replace(/\W/g, "")}`;
}

// The number in E.164, if it fits the masked one in the answer of the service: "+", the calling code, a star for each
// hidden digit, the last two digits.
function wholeNumber({ phone_number, country }, { phone_number: masked }) {
  const [, code, hidden, end] = masked.match(/^\+(\d+)(\*+)(\d+)$/) ?? [];
  if (!code) return undefined;
  const plain = plainNumber(phone_number);
  const home = CODE_OF.get(country) === code ? `|(?:${code})?` : "";
  // The calling code with a prefix for calls abroad, or none; then perhaps a prefix for calls within the country.
  const abroad = isInternational(plain) ? `(?:00)?${code}` : `(?:(?:0?011|010|001|810)${code}${home})`;
  const within = code === "52" ? "01|04[45]|1" : "0|06|80?"; // Mexico; Hungary; Russia and its neighbours
  const pattern = `^${abroad}(?:${within})?(\\d{${hidden.length}}${end})$`;
  const found = plain.replace(/\D/g, "").match(pattern);
  return found && `+${code}${found[1]}`;
}
