// A client with Twilio's SDK for Node: runs one call for each line of JSON on stdin, and prints what it got.
// Nothing but the base URL differs from a client of Twilio.
import { createInterface } from "node:readline";
import twilio from "twilio";

const origin = process.argv[2];

async function call({ operation, user, token, account, service, target, ...parameters }) {
  const client = twilio(user, token, { accountSid: account });
  client.verify.baseUrl = `${origin}/twilio`;
  const verify = client.verify.v2.services(service);
  let found;
  switch (operation) {
    case "start":
      found = await verify.verifications.create(parameters);
      break;
    case "check":
      found = await verify.verificationChecks.create(parameters);
      break;
    case "prove": {
      const { body, headers } = await verify.verificationChecks.createWithHttpInfo(parameters);
      return { status: body.status, proof: headers["otp-proof"] };
    }
    case "fetch":
      found = await verify.verifications(target).fetch();
      break;
    case "cancel":
      found = await verify.verifications(target).update({ status: "canceled" });
      break;
    case "service": {
      const listed = await client.verify.v2.services.list();
      return { sid: (await verify.fetch()).sid, listed: listed.map((one) => one.sid) };
    }
  }
  return {
    sid: found.sid,
    to: found.to,
    channel: found.channel,
    status: found.status,
    valid: found.valid,
    attempts: found.sendCodeAttempts?.length ?? null,
    created: found.dateCreated.toISOString(),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = await call(JSON.parse(line));
  } catch (error) {
    result = { class: error.constructor.name, code: error.code, status: error.status, message: error.message };
  }
  console.log(JSON.stringify(result));
}
