const [base, number] = process.argv.slice(2);
const headers = { authorization: "Bearer sk_dev", "content-type": "application/json" };
const post = async (path, body) =>
  (await fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) })).json();

const { verification_id } = await post("/v1/request-code", { phone_number: number });
let code;
for (let i = 0; i < 100 && !code; i++) {
  await new Promise((done) => setTimeout(done, 100));
  const messages = await fetch(`${base}/dev/inbox/messages?to=${encodeURIComponent(number)}`);
  code = /#(\d+)/.exec(await messages.text())?.[1];
}
console.log((await post("/v1/verify-code", { verification_id, code })).status);
