// Drives the client of openapi-fetch, typed by openapi-typescript: `client.js <url> <number>`, and two codes as lines
// of input. It prints a line of JSON after the request of a code, and one at the end.

import { createInterface } from "node:readline";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Problem = components["schemas"]["Problem"];

const [baseUrl, phone_number] = process.argv.slice(2) as [string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: "Bearer sk_dev" } });
const input = createInterface(process.stdin)[Symbol.asyncIterator]();

async function check(verification_id: string) {
  const code: string = (await input.next()).value;
  return client.POST("/v1/verify-code", { body: { verification_id, code } });
}

async function redeem(proof: string) {
  const { data } = await client.POST("/v1/proofs/redeem", { body: { proof } });
  if (!data) throw new Error("no answer");
  return data;
}

const requested = await client.POST("/v1/request-code", { body: { phone_number, reference: "cart-77" } });
if (!requested.data) throw new Error(requested.error.code satisfies Problem["code"]);
const pending = requested.data;
console.log(JSON.stringify({ phone_number: pending.phone_number, sends_left: pending.sends_left }));

const wrong = (await check(pending.verification_id)).error;
if (wrong?.code !== "incorrect_code") throw new Error(wrong?.code);
const attempts_left: number | undefined = wrong.attempts_left;
const approved = (await check(pending.verification_id)).data;
if (!approved) throw new Error("not approved");
const first = await redeem(approved.proof);
const second = await redeem(approved.proof);
if (!first.active || !first.sub) throw new Error("no number in the proof");
const sub: string = first.sub;

const result = {
  wrong: { code: wrong.code, status: wrong.status, attempts_left },
  phone_number: approved.phone_number,
  claims: { sub, aud: first.aud, nonce: first.nonce, amr: first.amr satisfies string[] | undefined },
  active: [first.active, second.active],
};
console.log(JSON.stringify(result));
